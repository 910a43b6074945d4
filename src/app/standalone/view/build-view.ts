/* From everything a process knows to its view. */
import { compareAddresses, type Address } from '#core/model/address.ts'
import { compareText } from '#core/model/collections.ts'
import type { Problem } from '#core/model/decisions.ts'
import type { Member } from '#core/ports.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'
import type { Readiness } from '#metrics/server.ts'

import type { ManifestSet } from '../../manifests/merge.ts'
import type { Outcome } from '../decider.ts'
import type { Conflict } from '../fleet.ts'
import type { FolderReading } from '../folder/folder-reader.ts'
import type { AnnouncementView, NodeView, PeerView, PlacedProblem } from './node-view.ts'

export interface ViewInput {
  readonly identity: Pick<NodeView, 'node' | 'boot' | 'version'>
  readonly role: NodeView['role']
  readonly term: number
  readonly readiness: Readiness
  readonly members: readonly Member[]
  readonly reading: FolderReading
  readonly outcome: Outcome
  readonly statuses: readonly RunnerStatus[]
  readonly conflicts: readonly Conflict[]
  /** Found out by the process about itself. */
  readonly troubles: readonly Problem[]
}

export function buildView(input: ViewInput): NodeView {
  const { identity, role, term, readiness, members, reading, outcome, statuses, conflicts } = input
  const { decisions } = outcome
  return {
    format: 1,
    ...identity,
    role,
    term,
    readiness,
    members,
    services: decisions.assignments,
    announcements: statuses.flatMap((status) => announcementsOf(status, servicesByAddress(outcome))),
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
    problems: problemsOf(input),
    assumptions: decisions.assumptions,
    notes: reading.set.notes.map(({ file, message }) => `${file}: ${message}`),
  }
}

function servicesByAddress({ decisions }: Outcome): ReadonlyMap<Address, readonly string[]> {
  const services = new Map<Address, string[]>()
  for (const { service, addresses } of decisions.assignments) {
    for (const address of addresses) services.set(address, [...(services.get(address) ?? []), service])
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
function problemsOf({ reading, outcome, troubles }: ViewInput): PlacedProblem[] {
  const stale = reading.stale.map((object): Problem => ({
    object,
    field: '',
    reason: 'LastGoodUsed',
    message: 'the newest version is faulty, the last good one is used',
  }))
  const placed = [...stale, ...outcome.decisions.problems].map((problem) => placedIn(reading.set, problem))
  return [...troubles, ...reading.set.problems, ...placed]
}

function placedIn(set: ManifestSet, problem: Problem): PlacedProblem {
  return { ...problem, ...set.locate(problem.object, problem.field) }
}
