import type { Duration } from '#core/model/duration.ts'
import type { Settings } from '#core/model/facts.ts'
import type { ListenAddress } from '#metrics/listen.ts'

import type { MetricsProtection } from '../../metrics-access.ts'
import type { LogLevels } from '../../log.ts'
import type { PluginEntries } from '../../plugin-entries.ts'
import type { KubeconfigChoice } from '../api/kubeconfig.ts'
import type { WebhookOptions } from '../webhook/webhook.ts'

/** What the command line of `herald controller` says, checked. */
export interface ControllerOptions {
  readonly kubeconfig: KubeconfigChoice
  readonly settings: Omit<Settings, 'announcers'>
  /** Name of this Pod: identity in the Lease, and owner of the status objects. */
  readonly podName: string
  /** Replicas take turns; without, this process writes whatever others do. */
  readonly leaderElect: boolean
  readonly leaseName: string
  /** Made if it does not exist, with a fresh key for the speakers' heartbeats; absent = not made. */
  readonly heartbeatSecret?: string
  /** Who answers is asked before an address is handed out; one that is taken is in quarantine for so long. Absent: nobody is. */
  readonly probing?: { readonly quarantine: Duration }
  /** Absent = no endpoint. */
  readonly metrics?: ListenAddress
  /** The same endpoint once more, for probes that ask another port. */
  readonly probes?: ListenAddress
  readonly protection: MetricsProtection
  /** Absent = no status page. */
  readonly statusPage?: ListenAddress
  /** Absent = none. */
  readonly webhook?: WebhookOptions
  /** What the speakers announce with; of those of third parties, the controller learns what options they take. */
  readonly plugins: PluginEntries
  readonly logLevels: LogLevels
  /** Flags of MetalLB's that have no effect here. */
  readonly ignored: readonly string[]
}
