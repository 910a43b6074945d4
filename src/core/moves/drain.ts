/*
 * Emptying a node while it is alive: which of its addresses go where, and in which order. The election decides where,
 * as if the node were gone, so that what a drain brings about is what a death would have, and nothing moves twice.
 */
import { decide } from '../decide.ts'
import { compareAddresses, type Address } from '../model/address.ts'
import { compareText } from '../model/collections.ts'
import type { Election } from '../model/decisions.ts'
import type { Facts, Holder } from '../model/facts.ts'
import { takingTurns } from './turns.ts'

/** One address, with all that share its owner, that changes hands while both nodes are alive. */
export interface PlannedMove {
  readonly announcer: string
  /** The one that is hashed. */
  readonly address: Address
  /** `namespace/name`, sorted. */
  readonly services: readonly string[]
  readonly from: string
  readonly to: string
}

/** An address that no other node may announce: it stays until the node is gone. */
export type Stranded = Omit<PlannedMove, 'to'>

export interface DrainPlan {
  /** In the order to carry them out: the heirs take turns, so that none has to take in a crowd at once. */
  readonly moves: readonly PlannedMove[]
  /** Sorted by address, announcer. */
  readonly stranded: readonly Stranded[]
}

/** `node` has to be alive; of one that holds nothing, there is nothing to move. */
export function planDrain(facts: Facts, node: string): DrainPlan {
  const before = contestsIn(decide(facts, { rankings: false }).elections).filter(
    ({ winner }) => winner === node,
  )
  const { elections } = decide(emptied(facts, node), { rankings: false })
  const after = new Map(contestsIn(elections).map((one) => [keyOf(one), one]))
  const moves: PlannedMove[] = []
  const stranded: Stranded[] = []
  for (const contest of before) {
    const { announcer, address, services } = contest
    const to = after.get(keyOf(contest))?.winner
    if (to === undefined) stranded.push({ announcer, address, services, from: node })
    else moves.push({ announcer, address, services, from: node, to })
  }
  return { moves: takingTurns(moves), stranded }
}

/** Everybody else keeps what it has. */
function emptied(facts: Facts, node: string): Facts {
  const holders = facts.holders?.filter((holder: Holder) => holder.node !== node)
  return { ...facts, dead: new Set([...facts.dead, node]), ...(holders && { holders }) }
}

interface Contested {
  readonly announcer: string
  readonly address: Address
  readonly services: readonly string[]
  readonly winner: string | undefined
}

/** Services that share an address have one election between them. Sorted by address, announcer. */
function contestsIn(elections: readonly Election[]): Contested[] {
  const contests = new Map<string, Contested>()
  for (const election of elections) {
    const { announcer, address, winner, service } = election
    const services = contests.get(keyOf(election))?.services ?? []
    contests.set(keyOf(election), { announcer, address, winner, services: [...services, service].sort() })
  }
  return [...contests.values()].sort(
    (a, b) => compareAddresses(a.address, b.address) || compareText(a.announcer, b.announcer),
  )
}

function keyOf({ announcer, address }: Pick<Contested, 'announcer' | 'address'>): string {
  return `${announcer} ${address}`
}
