/* What the real decision code makes of a cluster, and of what the members add to it. */
import { FollowedAllocation } from '#core/allocation-from-status.ts'
import { dampedNodes } from '#core/election/damping.ts'
import type { Address } from '#core/model/address.ts'
import type { Config } from '#core/model/config.ts'
import type { Announcement, Assignment, Election, Silence } from '#core/model/decisions.ts'
import type { Facts, Holder, ShutPath } from '#core/model/facts.ts'
import { announce } from '#core/selection/announce.ts'

import { settings } from '../core/selection/fixtures.ts'
import type { ClusterState } from './cluster-state.ts'
import { Memory } from './memory.ts'
import { nameOfNode } from './names.ts'
import { configFor, factsOf, type Beside } from './objects.ts'

/** Who is elected, by address; undefined: nobody may announce it. */
export type Winners = ReadonlyMap<Address, string | undefined>

export interface Decision {
  readonly winners: Winners
  readonly assignments: readonly Assignment[]
  readonly announcements: readonly Announcement[]
  readonly owners: readonly Election[]
  readonly silences: readonly Silence[]
}

/** The decision is a function of its input: what was made once is not made again. */
export function decisionOf(state: ClusterState, beside: Beside = {}): Decision {
  const lesson = lessonOf(state)
  const { dead = nobody, holders = [], shutPaths = [], returns } = beside
  const damped = returns === undefined ? calm : dampedIn(state, beside)
  const key = `${namesIn(dead)} ${textOf(holders)} ${textOf(shutPaths)} ${namesIn(damped)}`
  return lesson.decisions.get(key, () => decided(state, beside))
}

/** Until when each is damped, on the clock of the returns. */
export function dampedIn(state: ClusterState, beside: Beside): ReadonlyMap<string, number> {
  if (state.election === 'hash' || beside.returns === undefined || beside.returns.byNode.size === 0)
    return calm
  return dampedNodes({ settings: stable, returns: beside.returns })
}

const nobody: ReadonlySet<string> = new Set()
const calm: ReadonlyMap<string, number> = new Map()
const stable = { ...settings, election: 'stable' } as const

function namesIn(names: { readonly size: number; keys(): Iterable<string> }): string {
  return names.size === 0 ? '' : [...names.keys()].sort().join()
}

function textOf(items: readonly (Holder | ShutPath)[]): string {
  if (items.length === 0) return ''
  return items.map((item) => `${item.address}=${item.node}${'state' in item ? ` ${item.state}` : ''}`).join()
}

/** What is derived from a state; of states that read alike it is the same. */
interface Lesson {
  readonly key: string
  /** By what the members add to it. */
  readonly decisions: Memory<Decision>
  assignments?: readonly Assignment[]
}

const lessons = new WeakMap<ClusterState, Lesson>()
const lessonsByKey = new Memory<Lesson>(1500)

/** The state as a text. */
export function keyOf(state: ClusterState): string {
  return lessonOf(state).key
}

function lessonOf(state: ClusterState): Lesson {
  const before = lessons.get(state)
  if (before !== undefined) return before
  const key = JSON.stringify(state)
  const lesson = lessonsByKey.get(key, () => ({ key, decisions: new Memory(200) }))
  lessons.set(state, lesson)
  return lesson
}

function decided(state: ClusterState, beside: Beside): Decision {
  const facts = factsOf(state, beside)
  const assignments = (lessonOf(state).assignments ??= assignedBy(facts, configFor(state)))
  const { announcements, elections, silences } = announce(facts, configFor(state), assignments, {
    rankings: false,
  })
  return {
    winners: winnersIn(assignments, elections),
    assignments,
    announcements,
    owners: elections,
    silences,
  }
}

function winnersIn(assignments: readonly Assignment[], elections: readonly Election[]): Winners {
  const byService = new Map(elections.map(({ service, winner }) => [service, winner]))
  const winners = new Map<Address, string | undefined>()
  for (const { service, addresses } of assignments)
    if (byService.has(service)) for (const address of addresses) winners.set(address, byService.get(service))
  return winners
}

/** As a process does that follows the statuses. */
function assignedBy({ services }: Facts, { pools }: Config): readonly Assignment[] {
  const allocation = new FollowedAllocation()
  allocation.setPools(pools)
  for (const service of services) allocation.upsert(service)
  return allocation.assignments()
}

/** A planted bug: whoever is asked for and lives is elected, fit or not. */
export function asWished(state: ClusterState, decision: Decision, dead: ReadonlySet<string>): Decision {
  const wishes = new Map(state.services.map(({ name, wish }) => [`default/${name}`, wish]))
  const owners = decision.owners.map((election) => {
    const wish = wishes.get(election.service)
    const meant = wish === undefined || wish >= state.nodes ? undefined : nameOfNode(wish)
    return meant === undefined || dead.has(meant) ? election : { ...election, winner: meant }
  })
  return { ...decision, owners, winners: winnersIn(decision.assignments, owners) }
}

/** Asked for, alive, and all the same not to be chosen: what is asked of such a node changes nothing. */
export function isUnfit(state: ClusterState, wish: number, dead: ReadonlySet<string>): boolean {
  const out: readonly (readonly number[])[] = [state.excluded, state.drained, state.cordoned, state.unready]
  return wish >= state.nodes || dead.has(nameOfNode(wish)) || out.some((list) => list.includes(wish))
}
