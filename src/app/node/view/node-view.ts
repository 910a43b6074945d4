/* One process's own view, as it stands in `.herald/nodes/NODE.json` for people, `herald status` and tests to read. */
import type { TargetStatus } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import type { Assignment, Election, Problem, Silence } from '#core/model/decisions.ts'
import type { Quarantined, Settings } from '#core/model/facts.ts'
import type { Member } from '#core/ports.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'
import type { Readiness } from '#metrics/server.ts'

import type { Conflict } from '../conflicts.ts'

export interface AnnouncementView extends TargetStatus {
  readonly announcer: string
  /** `namespace/name`, sorted. */
  readonly services: readonly string[]
  /** Since when it is in this phase; RFC 3339. */
  readonly since?: string
}

export interface PeerView {
  readonly announcer: string
  /** BGPPeer name. */
  readonly peer: string
  /** RFC 4271 state name. */
  readonly state: string
  readonly reason?: string
  readonly message?: string
  /** Since when it is in this state; RFC 3339. */
  readonly since?: string
}

/** Who answers for an address of one-node placement. */
export interface OwnerView extends Election {
  /** Since when it is this node; RFC 3339. */
  readonly since?: string
}

/** An address of one-node placement went from one node to another. */
export interface Move extends Pick<Election, 'service' | 'address' | 'announcer' | 'reason' | 'message'> {
  /** RFC 3339. */
  readonly at: string
  /** Absent: nobody. */
  readonly from?: string
  readonly to?: string
}

/** A Service got other addresses than it had. */
export interface AddressChange {
  /** RFC 3339. */
  readonly at: string
  /** `namespace/name`. */
  readonly service: string
  readonly before: readonly Address[]
  readonly addresses: readonly Address[]
  /** Absent: the Service is gone. */
  readonly reason?: Assignment['reason']
  readonly message?: string
}

export interface PoolView {
  readonly pool: string
  readonly ipv4: Usage
  readonly ipv6: Usage
}

export interface Usage {
  /** Distinct addresses in use. */
  readonly used: number
  /** Decimal text: a /64 has more addresses than a JSON number can count. */
  readonly total: string
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
  /** What it decides with, so that commands can decide as it does. */
  readonly settings?: Omit<Settings, 'announcers'>
  /** Why it is being drained; absent: it is not. */
  readonly drain?: string
  /** `stopped`: ended in good order; what stands here was true then. */
  readonly role: 'allocating' | 'following' | 'stopped'
  readonly term: number
  readonly readiness: Readiness
  readonly members: readonly Member[]
  readonly services: readonly Assignment[]
  /** Sorted by pool. */
  readonly pools: readonly PoolView[]
  /** What this node announces, or tries to; sorted by announcer, then address. */
  readonly announcements: readonly AnnouncementView[]
  /** Who answers for each address of one-node placement, on whichever node. */
  readonly owners: readonly OwnerView[]
  /** Why this node does not announce what it does not. */
  readonly silent: readonly Silence[]
  readonly announcers: readonly AnnouncerView[]
  readonly peers: readonly PeerView[]
  readonly conflicts: readonly Conflict[]
  /** Addresses for which strangers answered before they were handed out; absent: none, or another process allocates. */
  readonly quarantine?: readonly Quarantined[]
  /** As this process decided them since it started, newest first; bounded. */
  readonly moves: readonly Move[]
  /** Likewise, of the addresses of Services. */
  readonly changes: readonly AddressChange[]
  readonly problems: readonly PlacedProblem[]
  readonly assumptions: readonly string[]
  readonly notes: readonly string[]
}
