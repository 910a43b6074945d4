/*
 * Emptying a node while it is alive: which of its addresses go where, and in which order. The election decides where,
 * as if the node were gone, so that what a drain brings about is what a death would have, and nothing moves twice.
 */
import { decide } from '../decide.ts'
import type { Address } from '../model/address.ts'
import type { Decisions } from '../model/decisions.ts'
import type { Facts, Holder } from '../model/facts.ts'
import { closestToSuccess } from '../selection/gates.ts'
import { contestsIn, keyOf, movesBetween, type Contested, type PlannedMove } from './contests.ts'
import { takingTurns } from './turns.ts'
import { withDrain } from './wishes.ts'

/** An address that no other node may announce: it stays until the node is gone. */
export interface Stranded extends Omit<PlannedMove, 'to'> {
  /** Why nobody else may, in one sentence. */
  readonly message: string
}

/** All eligible nodes announce it: this one no longer needs to. */
export interface Withdrawal extends Omit<PlannedMove, 'to'> {
  /** Who goes on, sorted. */
  readonly remaining: readonly string[]
}

export interface DrainPlan {
  /** In the order to carry them out: the heirs take turns, so that none has to take in a crowd at once. */
  readonly moves: readonly PlannedMove[]
  /** Sorted by address, announcer. */
  readonly withdrawals: readonly Withdrawal[]
  /** Sorted by address, announcer. */
  readonly stranded: readonly Stranded[]
}

/** `node` has to be alive; of one that holds nothing, there is nothing to move. Whether it is drained already does not matter. */
export function planDrain(facts: Facts, node: string): DrainPlan {
  const present = decide(withDrain(facts, node, undefined), {
    rankings: false,
  })
  const later = decide(emptied(facts, node), { rankings: false })
  const own = contestsIn(present).filter(({ winner }) => winner === node)
  const after = new Map(contestsIn(later).map((one) => [keyOf(one), one]))
  const elsewhere = later.silences.filter((silence) => silence.node !== node)
  const messageOf = ({ services, announcer }: Contested): string =>
    closestToSuccess(elsewhere.filter((one) => one.announcer === announcer && services.includes(one.service)))
      ?.message ?? 'there is no other node'
  const stranded = own.flatMap((contest): Stranded[] => {
    if (after.get(keyOf(contest))?.winner !== undefined) return []
    const { winner: _, ...what } = contest
    return [{ ...what, from: node, message: messageOf(contest) }]
  })
  const routes = routesOf(present, later, node)
  return {
    moves: takingTurns(movesBetween(own, contestsIn(later))),
    withdrawals: routes.filter(({ remaining }) => remaining.length > 0),
    stranded: [
      ...stranded,
      ...routes.flatMap(({ remaining, ...route }) =>
        remaining.length > 0 ? [] : [{ ...route, message: 'no other node announces it' }],
      ),
    ],
  }
}

/** What comes back to a drained node that takes part again; nothing, where what is held stays. */
export function planReturn(facts: Facts, node: string): readonly PlannedMove[] {
  const before = contestsIn(decide(facts, { rankings: false }))
  const after = contestsIn(decide(withDrain(facts, node, undefined), { rankings: false }))
  return takingTurns(movesBetween(before, after))
}

/** Everybody else keeps what it has. */
function emptied(facts: Facts, node: string): Facts {
  const holders = facts.holders?.filter((holder: Holder) => holder.node !== node)
  return { ...facts, dead: new Set([...facts.dead, node]), ...(holders && { holders }) }
}

/** What every eligible node announces, `node` among them; in the order of the announcements. */
function routesOf(present: Decisions, later: Decisions, node: string): Withdrawal[] {
  const elected = new Set(present.elections.map(({ announcer, service }) => `${announcer} ${service}`))
  const found = new Map<string, { announcer: string; address: Address; services: Set<string> }>()
  for (const { announcer, service, address, nodes } of present.announcements) {
    if (elected.has(`${announcer} ${service}`) || !nodes.includes(node)) continue
    const key = `${announcer} ${address}`
    const route = found.get(key) ?? { announcer, address, services: new Set() }
    found.set(key, route)
    route.services.add(service)
  }
  return [...found.values()].map(({ announcer, address, services }) => {
    const others = later.announcements.filter((one) => one.announcer === announcer && one.address === address)
    const remaining = [...new Set(others.flatMap(({ nodes }) => nodes))].sort()
    return {
      announcer,
      address,
      addresses: [address],
      services: [...services].sort(),
      from: node,
      remaining,
    }
  })
}
