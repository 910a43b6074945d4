import type { PartitionPolicy } from '#core/membership/state.ts'
import type { MembershipTiming } from '#core/membership/timing.ts'
import type { Settings } from '#core/model/facts.ts'
import type { Budget } from '#core/moves/budget.ts'
import type { ListenAddress } from '#metrics/listen.ts'

import type { MetricsProtection } from '../../metrics-access.ts'
import type { LogLevels } from '../../log.ts'
import type { PluginEntries } from '../../plugin-entries.ts'

/** What the command line and the environment of `herald speaker` say, checked. */
export interface SpeakerOptions {
  readonly node: string
  /** Named in events; absent: the node's name. */
  readonly pod?: string
  readonly settings: Omit<Settings, 'announcers'>
  /** Absent: `KUBECONFIG`, the Pod's ServiceAccount, `~/.kube/config`. */
  readonly kubeconfig?: string
  /** Where the snapshot is kept. */
  readonly stateFolder: string
  /** Absent = no endpoint. */
  readonly metrics?: ListenAddress
  readonly protection: MetricsProtection
  /** Absent = no status page. */
  readonly statusPage?: ListenAddress
  /** The same endpoint once more, for probes that ask another port. */
  readonly probes?: ListenAddress
  readonly heartbeats: {
    readonly port: number
    readonly keyFile: string
    readonly timing: MembershipTiming
    readonly policy: PartitionPolicy
  }
  /** Of planned moves; a death is no move. */
  readonly moveBudget: Budget
  /** By plugin name: what the plugin's `parseConfig` gets. */
  readonly plugins: PluginEntries
  readonly logLevels: LogLevels
  /** Flags and variables of MetalLB's that have no effect here. */
  readonly ignored: readonly string[]
}
