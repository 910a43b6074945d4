/* What the real decision code makes of a cluster, and of what the members add to it. */
import { FollowedAllocation } from '#core/allocation-from-status.ts'
import { dampedNodes } from '#core/election/damping.ts'
import type { Address } from '#core/model/address.ts'
import type { Config } from '#core/model/config.ts'
import type { Announcement, Assignment, Election, Silence } from '#core/model/decisions.ts'
import type { Facts, Holder, ShutPath } from '#core/model/facts.ts'
import { announce } from '#core/selection/announce.ts'

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

const known = new Memory<Decision>()

/** The decision is a function of its input: what was made once is not made again. */
export function decisionOf(state: ClusterState, beside: Beside = {}): Decision {
  const lesson = lessonOf(state)
  const { dead = nobody, holders = [], shutPaths = [], returns } = beside
  if (dead.size === 0 && holders.length === 0 && shutPaths.length === 0 && returns === undefined)
    return (lesson.allThere ??= known.get(lesson.key, () => decided(state, beside)))
  const damped = returns === undefined ? [] : dampedIn(state, beside).keys()
  const members = [[...dead].sort().join(), textOf(holders), textOf(shutPaths), [...damped].sort().join()]
  const key = `${lesson.key} ${members.join(' ')}`
  return known.get(key, () => decided(state, beside))
}

/** Until when each is damped, on the clock of the returns. */
export function dampedIn(state: ClusterState, beside: Beside): ReadonlyMap<string, number> {
  if (state.election === 'hash' || beside.returns === undefined || beside.returns.byNode.size === 0)
    return calm
  return dampedNodes(factsOf(state, beside))
}

const nobody: ReadonlySet<string> = new Set()
const calm: ReadonlyMap<string, number> = new Map()

function textOf(items: readonly (Holder | ShutPath)[]): string {
  return items.map((item) => `${item.address}=${item.node}${'state' in item ? ` ${item.state}` : ''}`).join()
}

/** What is derived from a state, as long as there is that state. */
interface Lesson {
  readonly key: string
  allThere?: Decision
  assignments?: readonly Assignment[]
}

const lessons = new WeakMap<ClusterState, Lesson>()

/** The state as a text. */
export function keyOf(state: ClusterState): string {
  return lessonOf(state).key
}

function lessonOf(state: ClusterState): Lesson {
  const before = lessons.get(state)
  if (before !== undefined) return before
  const lesson = { key: JSON.stringify(state) }
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
