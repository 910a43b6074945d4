/*
 * Bringing the addresses of one Service to a node that a person names, or back to where the election puts them. The
 * plan is the difference between two decisions, with and without the wish, made by the functions that every node runs.
 */
import { notOurs } from '../allocator/ours.ts'
import { decide } from '../decide.ts'
import type { Address } from '../model/address.ts'
import type { Decisions } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf } from '../model/objects.ts'
import { closestToSuccess } from '../selection/gates.ts'
import { contestsIn, keyOf, type Contested, type PlannedMove } from './contests.ts'
import { moveOf, withMoves } from './wishes.ts'

/** A Service that shares the address and can no longer be reached by it. */
export interface Silenced {
  readonly service: string
  /** Why, in one sentence. */
  readonly message: string
}

export interface MovePlan {
  /** All that have one owner with the Service, as they share an address; sorted, the Service among them. */
  readonly services: readonly string[]
  readonly moves: readonly PlannedMove[]
  /** Where the addresses are that do not move; undefined: nobody answers for them. */
  readonly stay: readonly {
    readonly addresses: readonly Address[]
    readonly node: string | undefined
  }[]
  readonly silenced: readonly Silenced[]
  /** What the Services are to ask for from now on, in this order, where they do not yet; undefined: no node. */
  readonly wishes: ReadonlyMap<string, string | undefined>
}

/** Why there is nothing to plan, in one sentence. */
export interface Refusal {
  readonly refusal: string
}

/** Who serves each address at this moment, whoever is elected. */
export type ServedBy = ReadonlyMap<Address, ReadonlySet<string>>

export interface Request {
  /** `namespace/name`; the facts have it. */
  readonly service: string
  /** Absent: wherever the election puts it. */
  readonly to?: string
}

export function planMove(facts: Facts, servedBy: ServedBy, request: Request): MovePlan | Refusal {
  const { service, to } = request
  const now = decide(facts, { rankings: false })
  const present = contestsOf(now, service)
  if (present.length === 0)
    return to === undefined ? unannouncedBack(facts, service) : { refusal: whyNone(facts, now, service) }
  const services = [...new Set(present.flatMap((contest) => contest.services))].sort()
  // One wish between them: of several nodes that Services with one address ask for, the election would choose.
  const wanted = new Map(services.map((name) => [name, name === service ? to : undefined]))
  const later = decide(withMoves(facts, wanted), { rankings: false })
  const after = contestsOf(later, service)
  const unmet = to === undefined ? undefined : after.find(({ winner }) => winner !== to)
  if (to !== undefined && unmet !== undefined) return { refusal: whyNot(later, service, to) }
  const former = new Map(present.map((contest) => [keyOf(contest), contest.winner]))
  const places = after.map((contest) => ({
    contest,
    from: whoMoves(contest, servedBy, former.get(keyOf(contest))),
  }))
  return {
    services,
    moves: places.flatMap(({ contest, from }) => moveOfContest(contest, from)),
    stay: places.flatMap(({ contest: { addresses, winner: node }, from }) =>
      from === undefined ? [{ addresses, node }] : [],
    ),
    silenced: silencedBetween(now, later, services),
    wishes: changedWishes(facts, wanted),
  }
}

/** A wish can be taken back whatever became of the Service. */
function unannouncedBack(facts: Facts, service: string): MovePlan {
  const wishes = changedWishes(facts, new Map([[service, undefined]]))
  return { services: [service], moves: [], stay: [], silenced: [], wishes }
}

function contestsOf(decisions: Decisions, service: string): Contested[] {
  return contestsIn(decisions).filter(({ services }) => services.includes(service))
}

function moveOfContest({ winner: to, ...what }: Contested, from: string | undefined): PlannedMove[] {
  return from === undefined || to === undefined ? [] : [{ ...what, from, to }]
}

/** The node that goes on answering until the winner does; undefined: none, or the winner has all already. */
function whoMoves(
  { addresses, winner }: Contested,
  servedBy: ServedBy,
  elected: string | undefined,
): string | undefined {
  const serving = new Set(addresses.flatMap((address) => [...(servedBy.get(address) ?? [])]))
  if (serving.size === 0) return elected === winner ? undefined : elected
  return [...serving].find((node) => node !== winner)
}

function whyNone(facts: Facts, decisions: Decisions, service: string): string {
  const object = facts.services.find((candidate) => nameOf(candidate) === service)
  const foreign = object && notOurs(object, facts.settings.lbClass)
  if (foreign !== undefined) return foreign.message
  const assignment = decisions.assignments.find((found) => found.service === service)
  if (assignment === undefined || assignment.addresses.length === 0)
    return `${service} has no address to move: ${assignment?.message ?? 'nobody has given it one'}`
  const announcers = decisions.announcements.flatMap((one) => (one.service === service ? one.announcer : []))
  if (announcers.length > 0)
    return `${assignment.addresses.join(', ')} of ${service}: every eligible node announces it (${[
      ...new Set(announcers),
    ].join(', ')}), it has no one owner to move`
  const silent = decisions.unannounced.find((found) => found.service === service)
  return `nobody announces ${service}: ${silent?.message ?? 'no advertisement selects it'}`
}

function whyNot({ silences }: Decisions, service: string, node: string): string {
  const own = silences.filter((silence) => silence.node === node && silence.service === service)
  return closestToSuccess(own)?.message ?? `${node} may not announce ${service}`
}

function silencedBetween(now: Decisions, later: Decisions, services: readonly string[]): Silenced[] {
  const announced = (decisions: Decisions, service: string): boolean =>
    decisions.announcements.some((one) => one.service === service)
  return services.flatMap((service) => {
    if (!announced(now, service) || announced(later, service)) return []
    const why = later.unannounced.find((found) => found.service === service)
    return [{ service, message: why?.message ?? 'no node announces it' }]
  })
}

function changedWishes(
  { services }: Facts,
  wanted: ReadonlyMap<string, string | undefined>,
): ReadonlyMap<string, string | undefined> {
  const present = new Map(services.map((service) => [nameOf(service), moveOf(service.metadata)]))
  const changed = [...wanted].filter(([name, node]) => present.get(name) !== node)
  // Asking comes before taking back: there is no moment without a wish.
  return new Map(changed.sort(([, a], [, b]) => Number(a === undefined) - Number(b === undefined)))
}
