/* One process's own view, as it stands in `.herald/nodes/NODE.json` for people, `herald status` and tests to read. */
import type { TargetStatus } from '#core/announcer.ts'
import type { Assignment, Election, Problem, Silence } from '#core/model/decisions.ts'
import type { Member } from '#core/ports.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'
import type { Readiness } from '#metrics/server.ts'

import type { Conflict } from '../fleet.ts'

export interface AnnouncementView extends TargetStatus {
  readonly announcer: string
  /** `namespace/name`, sorted. */
  readonly services: readonly string[]
}

export interface PeerView {
  readonly announcer: string
  /** BGPPeer name. */
  readonly peer: string
  /** RFC 4271 state name. */
  readonly state: string
  readonly reason?: string
  readonly message?: string
}

export interface AnnouncerView {
  readonly name: string
  readonly phase: RunnerStatus['phase']
  readonly healthy: boolean
  readonly error?: string
}

export interface PlacedProblem extends Problem {
  readonly file?: string
  readonly line?: number
}

export interface NodeView {
  readonly format: 1
  readonly node: string
  /** Random per process: two views of one boot come from one process. */
  readonly boot: string
  readonly version: string
  /** `stopped`: ended in good order; what stands here was true then. */
  readonly role: 'allocating' | 'following' | 'stopped'
  readonly term: number
  readonly readiness: Readiness
  readonly members: readonly Member[]
  readonly services: readonly Assignment[]
  /** What this node announces, or tries to; sorted by announcer, then address. */
  readonly announcements: readonly AnnouncementView[]
  /** Who answers for each address of one-node placement, on whichever node. */
  readonly owners: readonly Omit<Election, 'ranking'>[]
  /** Why this node does not announce what it does not. */
  readonly silent: readonly Silence[]
  readonly announcers: readonly AnnouncerView[]
  readonly peers: readonly PeerView[]
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly PlacedProblem[]
  readonly assumptions: readonly string[]
  readonly notes: readonly string[]
}
