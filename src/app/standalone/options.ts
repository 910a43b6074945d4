import { join } from 'node:path'

import type { PartitionPolicy } from '#core/membership/state.ts'
import type { MembershipTiming } from '#core/membership/timing.ts'
import type { Duration } from '#core/model/duration.ts'
import type { Settings } from '#core/model/facts.ts'
import type { Budget } from '#core/moves/budget.ts'
import type { ListenAddress } from '#metrics/listen.ts'

import type { MetricsProtection } from '../metrics-access.ts'
import type { LogLevels } from '../log.ts'
import type { PluginEntries } from '../plugin-entries.ts'

/** What the command line of `herald standalone` says, checked. */
export interface StandaloneOptions {
  readonly folder: string
  /** Where addresses in use, views and the key are kept; inside the folder unless the user says otherwise. */
  readonly stateFolder: string
  readonly node: string
  readonly settings: Omit<Settings, 'announcers'>
  /** Absent = no endpoint. */
  readonly metrics?: ListenAddress
  readonly protection: MetricsProtection
  /** Absent = no status page. */
  readonly statusPage?: ListenAddress
  readonly heartbeats: {
    readonly port: number
    readonly keyFile?: string
    readonly timing: MembershipTiming
    readonly policy: PartitionPolicy
  }
  /** Never allocates: another process writes the state folder. */
  readonly follow: boolean
  readonly plugins: PluginEntries
  /** Who answers is asked before an address is handed out; one that is taken is in quarantine for so long. Absent: nobody is asked. */
  readonly probing?: { readonly quarantine: Duration }
  /** Of planned moves; a death is no move. */
  readonly moveBudget: Budget
  readonly logLevels: LogLevels
}

/** The one of the state folder unless another is named. */
export function keyFileOf({ stateFolder, heartbeats }: StandaloneOptions): string {
  return heartbeats.keyFile ?? join(stateFolder, 'heartbeat.key')
}
