/* What a seed stands for: a cluster, a network, and a list of faults with the instants at which they begin and end. */
import type { PartitionPolicy } from '#core/membership/state.ts'
import { timingOf, type MembershipTiming } from '#core/membership/timing.ts'
import { milliseconds } from '#core/model/duration.ts'

import type { Election } from './cluster-state.ts'
import type { Edit } from './cluster.ts'
import { pathFaultsOf, type PathFault } from './data-path-faults.ts'
import type { Medium, Weather } from './network.ts'
import { Chance } from './random.ts'

/** Nodes are meant by index, so that a shrunk cluster may leave some out. Instants and spans in milliseconds. */
export type Fault = { readonly at: number; readonly lasts: number } &
  /** The process stands still, its machine's clock goes on (SIGSTOP, a full disk, a long collection). */
  (
    | { readonly kind: 'pause'; readonly node: number }
    /** The machine stands still with its clock, as a virtual one does while it is moved. */
    | { readonly kind: 'freeze'; readonly node: number }
    /** The machine's clock leaps forward. */
    | { readonly kind: 'leap'; readonly node: number; readonly by: number }
    /** The main thread is busy; the loop is not. */
    | { readonly kind: 'busy'; readonly node: number }
    | PathFault
    /** It dies, and comes back; `snapshot`: with what it knew of the cluster. */
    | { readonly kind: 'crash'; readonly node: number; readonly snapshot: boolean }
    /** The same so many times in a row. */
    | { readonly kind: 'flap'; readonly node: number; readonly times: number }
    /** SIGTERM, and it comes back. */
    | { readonly kind: 'leave'; readonly node: number }
    /** These nodes and the others do not reach each other; the client is with these or the others. */
    | {
        readonly kind: 'partition'
        readonly nodes: readonly number[]
        readonly client: boolean
        readonly media: readonly Medium[]
      }
    /** Nothing gets from these to those. */
    | {
        readonly kind: 'one-way'
        readonly from: readonly number[]
        readonly to: readonly number[]
        readonly media: readonly Medium[]
      }
    /** It sends and hears nobody. */
    | { readonly kind: 'deaf'; readonly node: number; readonly media: readonly Medium[] }
    /** It hears and nobody hears it. */
    | { readonly kind: 'mute'; readonly node: number; readonly media: readonly Medium[] }
    | { readonly kind: 'loss'; readonly loss: number }
    | { readonly kind: 'delay'; readonly delay: number }
    /** The API server does not answer. */
    | { readonly kind: 'outage' }
    | { readonly kind: 'edit'; readonly edit: Edit }
    /** `herald move`: the Service to a node, or back (`to` undefined); `once`: the wish ends when it is done. */
    | {
        readonly kind: 'move'
        readonly service: number
        readonly to: number | undefined
        readonly once: boolean
      }
    /** The keys of the heartbeats are replaced, file by file. */
    | { readonly kind: 'rekey' }
  )

export type FaultKind = Fault['kind']

/** Data paths break in scenarios of their own. */
type Drawn = Exclude<FaultKind, 'path'>

export interface Scenario {
  readonly seed: number
  readonly nodes: number
  readonly services: number
  readonly timing: MembershipTiming
  readonly policy: PartitionPolicy
  readonly weather: Weather
  readonly election: Election
  /** Planned moves a minute that a node may begin. */
  readonly budget: number
  /** Nodes that are not Ready from the beginning. */
  readonly unready: readonly number[]
  /** The advertisement asks for the gate of the local data path. */
  readonly gated: boolean
  /** Nothing but what must move nothing: short pauses, a little loss and delay, an API server that is away. */
  readonly mild: boolean
  readonly faults: readonly Fault[]
}

const both: readonly Medium[] = ['datagrams', 'segment']

/** What is drawn: `mild` moves nothing, `planned` nothing that anybody did not ask for. */
type Mix = 'mild' | 'planned' | 'any'

export function scenarioOf(seed: number): Scenario {
  const scenario = drawn(seed)
  const broken = pathFaultsOf(seed, scenario)
  if (broken === undefined) return scenario
  const faults = [...(broken.alone ? [] : scenario.faults), ...broken.faults]
  return {
    ...scenario,
    gated: true,
    mild: scenario.mild && !broken.alone,
    faults: faults.toSorted((a, b) => a.at - b.at),
  }
}

function drawn(seed: number): Scenario {
  const chance = new Chance(seed, 'scenario')
  const nodes = sizeOf(chance)
  const services = chance.one([1, 1, 2, 2, 3])
  const timing = timingFor(chance, nodes)
  const policy = chance.happens(0.2) ? 'majority' : 'available'
  const mix = chance.one(mixes)
  const weather = {
    loss: chance.one([0, 0, 0.01, 0.02]),
    delay: chance.one([0.2, 1, 1, 5]),
  }
  const election = chance.happens(0.3) ? 'stable' : 'hash'
  const budget = chance.happens(mix === 'planned' ? 0.5 : 0.2) ? chance.whole(1, 2) : 300
  const unready = chance.happens(0.1) ? [chance.whole(0, nodes - 1)] : []
  const span = spanOf(chance, timing, nodes)
  const world: World = { chance, nodes, services, timing, election, unready, span }
  const count = chance.one([1, 1, 2, 2, 3, 4])
  const faults = Array.from({ length: count }, (_, index) => faultOf(world, mix, { index, count }))
  return {
    seed,
    nodes,
    services,
    timing,
    policy,
    weather,
    election,
    budget,
    unready,
    gated: false,
    mild: mix === 'mild',
    faults: faults.toSorted((a, b) => a.at - b.at),
  }
}

const mixes: readonly Mix[] = [
  ...several<Mix>(5, 'mild'),
  ...several<Mix>(2, 'planned'),
  ...several<Mix>(13, 'any'),
]

function several<Item>(count: number, item: Item): Item[] {
  return Array.from({ length: count }, () => item)
}

interface Place {
  readonly index: number
  readonly count: number
}

function faultOf(world: World, mix: Mix, { index, count }: Place): Fault {
  switch (mix) {
    case 'mild':
      return mildFault(world, index)
    case 'planned':
      return index > 0 && index === count - 1 ? lastPlanned(world) : fault(world, plannedKinds)
    case 'any':
      return fault(world, kinds)
  }
}

/**
 * Small clusters find most and cost least: a seed with 7 nodes takes five times as long as one with 3, one with 60 five
 * hundred times. One in 40 has 5 to 7 nodes, one in 1,000 has 8 to 20, one in 20,000 has 20 to 100.
 */
function sizeOf(chance: Chance): number {
  const draw = chance.next()
  if (draw < 0.00005) return chance.whole(20, 100)
  if (draw < 0.00105) return chance.whole(8, 20)
  if (draw < 0.02605) return chance.whole(5, 7)
  return chance.one([2, 2, 2, 3, 3, 3, 3, 3, 4, 4])
}

/** Beats of 60 ms cost less than half of what the default profile's cost: eight in ten seeds. */
function timingFor(chance: Chance, nodes: number): MembershipTiming {
  if (nodes > 7 || chance.happens(0.8)) return timingOf(milliseconds(60), milliseconds(360))
  return timingOf(milliseconds(25), milliseconds(300))
}

interface World {
  readonly chance: Chance
  readonly nodes: number
  readonly services: number
  readonly timing: MembershipTiming
  readonly election: Election
  readonly unready: readonly number[]
  /** Faults begin within this time. */
  readonly span: number
}

function spanOf(chance: Chance, { deadAfter }: MembershipTiming, nodes: number): number {
  return nodes > 7 ? deadAfter : deadAfter * chance.one([0.5, 1, 2, 4])
}

/** One after the other: two short pauses in a row would be a long one, and two bad paths may leave no third vantage point. */
function mildFault(world: World, index: number): Fault {
  const { chance, timing, nodes, services, unready } = world
  const at = (4 * index + chance.next()) * timing.deadAfter
  const node = chance.whole(0, nodes - 1)
  switch (chance.whole(0, nodes > 2 ? 8 : 7)) {
    case 8: {
      // A bad path between one pair: others hear both.
      const other = (node + chance.whole(1, nodes - 1)) % nodes
      return {
        kind: 'one-way',
        from: [node],
        to: [other],
        media: ['datagrams'],
        at,
        lasts: chance.between(1, 3) * timing.deadAfter,
      }
    }
    case 0:
    case 1:
      return { kind: 'pause', node, at, lasts: chance.between(1, timing.pauseAfter) }
    case 2:
      return { kind: 'busy', node, at, lasts: chance.between(1, 1000) }
    case 3:
      return {
        kind: 'delay',
        delay: chance.between(1, timing.beatEvery / 2),
        at,
        lasts: chance.between(1, 1000),
      }
    case 4:
      return { kind: 'outage', at, lasts: chance.between(1, 2000) }
    case 5:
      // Its datagrams are encoded and signed, which costs as much as all the rest.
      return chance.happens(0.3) ? { kind: 'rekey', at, lasts: 0 } : { kind: 'outage', at, lasts: 500 }
    case 6: {
      // Asked of a node that is no member, or is not Ready.
      const wish = unready[0] ?? nodes
      return {
        kind: 'edit',
        edit: { what: 'wish', service: chance.whole(0, services - 1), wish },
        at,
        lasts: 0,
      }
    }
    default:
      return { kind: 'loss', loss: 0.02, at, lasts: chance.between(1, 1000) }
  }
}

/** `ask`: an edit that a person makes for the sake of moves. */
const plannedKinds: readonly (Drawn | 'ask')[] = [
  ...several(5, 'move' as const),
  ...several(3, 'ask' as const),
  'edit',
  'edit',
  'leave',
  'rekey',
]

/** What was asked for is followed by a death, half of the time. */
function lastPlanned(world: World): Fault {
  const { chance, nodes, timing, span } = world
  if (chance.happens(0.5)) return fault(world, plannedKinds)
  const at = span + chance.between(0, timing.deadAfter)
  const node = chance.whole(0, nodes - 1)
  return { kind: 'crash', node, snapshot: false, at, lasts: 4 * timing.deadAfter }
}

const kinds: readonly Drawn[] = [
  'pause',
  'pause',
  'freeze',
  'leap',
  'busy',
  'crash',
  'crash',
  'crash',
  'flap',
  'leave',
  'leave',
  'partition',
  'partition',
  'partition',
  'one-way',
  'deaf',
  'deaf',
  'mute',
  'loss',
  'delay',
  'outage',
  'edit',
  'edit',
  'edit',
  'edit',
  'edit',
  'move',
  'move',
  'move',
  'rekey',
]

function fault(world: World, kinds: readonly (Drawn | 'ask')[]): Fault {
  const { chance, timing, nodes, services } = world
  const kind = chance.one(kinds)
  const at = chance.between(0, world.span)
  const lasts = chance.between(1, timing.deadAfter * chance.one([0.5, 1, 3, 5]))
  switch (kind) {
    case 'partition':
    case 'one-way':
    case 'deaf':
    case 'mute':
      return pathFault(world, kind, { at, lasts })
    case 'loss':
      return { kind, loss: chance.between(0.02, 0.5), at, lasts }
    case 'delay':
      return { kind, delay: chance.between(1, 2 * timing.beatEvery), at, lasts }
    case 'outage':
      return { kind, at, lasts }
    case 'edit':
      return { kind, at, lasts: 0, edit: editFor(world) }
    case 'ask':
      return { kind: 'edit', at, lasts: 0, edit: editFor(world, 6, 8) }
    case 'move': {
      const to = chance.happens(0.2) ? undefined : chance.whole(0, nodes - 1)
      const once = world.election === 'stable' && chance.happens(0.5)
      return { kind, at, lasts: 0, service: chance.whole(0, services - 1), to, once }
    }
    case 'rekey':
      return { kind, at, lasts: 0 }
    default:
      return nodeFault(world, kind, { at, lasts })
  }
}

interface When {
  readonly at: number
  readonly lasts: number
}

function nodeFault(
  { chance, nodes, timing, election }: World,
  kind: 'pause' | 'freeze' | 'leap' | 'busy' | 'leave' | 'crash' | 'flap',
  { at, lasts }: When,
): Fault {
  const node = chance.whole(0, nodes - 1)
  switch (kind) {
    case 'pause':
    case 'freeze': {
      // 250 ms and 10 s are what a busy and an overcommitted machine do.
      const length = chance.happens(0.3) ? 250 : chance.happens(0.03) ? 10_000 : lasts
      return { kind, node, at, lasts: length }
    }
    case 'leap':
      return { kind, node, at, lasts: 0, by: lasts }
    case 'busy':
      return { kind, node, at, lasts }
    case 'leave':
      return { kind, node, at, lasts: lasts + 250 }
    case 'crash':
      return { kind, node, at, lasts, snapshot: chance.happens(0.5) }
    case 'flap': {
      // It is damped where the election is stable; elsewhere once is enough.
      const times = election === 'stable' ? 3 : 1
      return { kind, node, at, times, lasts: times * 2.6 * timing.deadAfter }
    }
  }
}

function pathFault(
  { chance, nodes, timing }: World,
  kind: 'partition' | 'one-way' | 'deaf' | 'mute',
  when: When,
): Fault {
  const all = upTo(nodes)
  const media = chance.happens(0.7) ? both : chance.happens(0.8) ? both.slice(0, 1) : both.slice(1)
  switch (kind) {
    case 'partition':
      return { kind, nodes: chance.some(all), client: chance.happens(0.5), media, ...when }
    case 'one-way':
      return { kind, from: chance.some(all), to: chance.some(all), media, ...when }
    case 'deaf':
    case 'mute': {
      const lasts = timing.deadAfter * chance.one([0.5, 2, 4, 6])
      return { kind, node: chance.whole(0, nodes - 1), media, at: when.at, lasts }
    }
  }
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function editFor({ chance, nodes, services }: World, from = 0, to = 9): Edit {
  const all = upTo(nodes)
  const service = chance.whole(0, services - 1)
  switch (chance.whole(from, to)) {
    case 0:
      return { what: 'endpoints', service, nodes: chance.some(all) }
    case 1:
      return { what: 'policy', service, local: chance.happens(0.7) }
    case 2:
      return { what: 'selected', nodes: chance.some(all) }
    case 3:
      return { what: 'excluded', nodes: listOf(chance, all) }
    case 4:
      return { what: 'pools', pools: chance.one([['first'], ['second'], ['first', 'second']] as const) }
    case 5:
      return { what: 'services', count: chance.whole(1, 3) }
    case 6:
      return { what: 'drained', nodes: listOf(chance, all) }
    case 7:
      return { what: 'cordoned', nodes: listOf(chance, all) }
    case 8:
      return { what: 'wish', service, wish: chance.whole(0, nodes) }
    default:
      return { what: 'unready', nodes: listOf(chance, all) }
  }
}

function listOf(chance: Chance, all: readonly number[]): readonly number[] {
  return chance.happens(0.3) ? [] : chance.some(all)
}
