/* What a process finds wrong with its surroundings, as problems like any other. */
import type { Problem } from '#core/model/decisions.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'

export interface Trouble {
  /** Why the folder cannot be read. */
  readonly gone: string | undefined
  /** Why the addresses in use cannot be kept. */
  readonly state: string | undefined
  /** Why heartbeats do not work. */
  readonly heartbeats: string | undefined
  readonly announcers: readonly RunnerStatus[]
}

export function troublesOf({ gone, state, heartbeats, announcers }: Trouble): readonly Problem[] {
  return [
    ...problem('Folder', 'FolderGone', gone),
    ...problem('State', 'StateUnavailable', state),
    ...problem('Heartbeats', 'HeartbeatsFailed', heartbeats),
    ...announcers.flatMap(({ plugin, error }) => problem(`Announcer ${plugin}`, 'AnnouncerFailed', error)),
  ]
}

function problem(object: string, reason: Problem['reason'], message: string | undefined): Problem[] {
  return message === undefined ? [] : [{ object, field: '', reason, message }]
}
