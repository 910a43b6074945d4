/* From everything a process knows now to its view; what it remembers is added by remember.ts. */
import { compareAddresses, type Address } from '#core/model/address.ts'
import { compareText } from '#core/model/collections.ts'
import type { PoolUsage, Problem } from '#core/model/decisions.ts'
import { drainReason } from '#core/moves/wishes.ts'
import type { Member } from '#core/ports.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'
import type { Readiness } from '#metrics/server.ts'

import type { Decided } from '../decided.ts'
import type { Conflict } from '../conflicts.ts'
import type { AnnouncementView, NodeView, PeerView, PlacedProblem, PoolView } from './node-view.ts'

/** Where the facts came from. */
export interface Reading {
  /** Faults found in reading. */
  readonly problems: readonly PlacedProblem[]
  readonly notes: readonly string[]
  /** Objects whose last good version is used because the new one is faulty, sorted. */
  readonly stale: readonly string[]
  /** Where an object (`Kind namespace/name`) or one of its fields stands, for sources that have places. */
  locate(object: string, field: string): Pick<PlacedProblem, 'file' | 'line'> | undefined
}

export interface ViewInput {
  readonly identity: Pick<NodeView, 'node' | 'boot' | 'version' | 'settings'>
  readonly role: NodeView['role']
  readonly term: number
  readonly readiness: Readiness
  readonly members: readonly Member[]
  readonly reading: Reading
  readonly decided: Decided
  readonly statuses: readonly RunnerStatus[]
  readonly conflicts: readonly Conflict[]
  /** Found out by the process about itself. */
  readonly troubles: readonly Problem[]
}

export function buildView(input: ViewInput): NodeView {
  const { identity, role, term, readiness, members, reading, decided, statuses, conflicts } = input
  const { decisions } = decided
  return {
    format: 1,
    ...identity,
    ...drainIn(decided, identity.node),
    role,
    term,
    readiness,
    members,
    services: decisions.assignments,
    pools: decisions.pools.map(poolView),
    announcements: statuses.flatMap((status) => announcementsOf(status, servicesByAddress(decided))),
    owners: decisions.owners,
    silent: decisions.silences,
    announcers: statuses.map(({ plugin: name, phase, healthy, error }) => ({
      name,
      phase,
      healthy,
      ...(error === undefined ? {} : { error }),
    })),
    peers: statuses.flatMap(peersOf),
    conflicts,
    ...quarantineIn(decided),
    moves: [],
    changes: [],
    problems: problemsOf(input),
    assumptions: decisions.assumptions,
    notes: reading.notes,
  }
}

function drainIn({ facts }: Decided, node: string): Pick<NodeView, 'drain'> {
  const own = facts.nodes?.find(({ metadata }) => metadata.name === node)
  const drain = own && drainReason(own, facts.settings)
  return drain === undefined ? {} : { drain }
}

function quarantineIn({ facts: { quarantine = [] } }: Decided): Pick<NodeView, 'quarantine'> {
  return quarantine.length === 0 ? {} : { quarantine }
}

export function poolView({ pool, totalIPv4, totalIPv6, usedIPv4, usedIPv6 }: PoolUsage): PoolView {
  return {
    pool,
    ipv4: { used: usedIPv4, total: String(totalIPv4) },
    ipv6: { used: usedIPv6, total: String(totalIPv6) },
  }
}

function servicesByAddress({ decisions }: Decided): ReadonlyMap<Address, readonly string[]> {
  const services = new Map<Address, string[]>()
  for (const { service, addresses } of decisions.assignments) {
    for (const address of addresses) {
      const others = services.get(address)
      services.set(address, others === undefined ? [service] : [...others, service])
    }
  }
  return services
}

function announcementsOf(
  { plugin: announcer, targets }: RunnerStatus,
  services: ReadonlyMap<Address, readonly string[]>,
): AnnouncementView[] {
  return [...targets.values()]
    .sort((a, b) => compareAddresses(a.address, b.address))
    .map((target) => ({ announcer, services: services.get(target.address) ?? [], ...target }))
}

function peersOf({ plugin: announcer, peers }: RunnerStatus): PeerView[] {
  return [...peers.values()]
    .map(({ peer, state, reason, message }) => ({
      announcer,
      peer,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    }))
    .sort((a, b) => compareText(a.peer, b.peer))
}

/** Trouble first, then faults of the files, then those between objects. */
function problemsOf({ reading, decided, troubles }: ViewInput): PlacedProblem[] {
  const stale = reading.stale.map((object): Problem => ({
    object,
    field: '',
    reason: 'LastGoodUsed',
    message: 'the newest version is faulty, the last good one is used',
  }))
  const placed = [...stale, ...decided.decisions.problems].map((problem) => placedIn(reading, problem))
  return [...troubles, ...reading.problems, ...placed]
}

function placedIn(reading: Reading, problem: Problem): PlacedProblem {
  return { ...problem, ...reading.locate(problem.object, problem.field) }
}
