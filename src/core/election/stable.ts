/*
 * `--election=stable`: a holder keeps its address while it is a candidate, so that a joining or returning node moves
 * nothing; an address without a holder goes to the first candidate that carries no more than its share. Loads and
 * order are functions of the facts, so that every node comes to the same result.
 */
import { bestByMerit, type Candidate, type Order } from './order.ts'
import type { Address } from '../model/address.ts'

/** How far above the mean a node may be filled by new placements. */
const slack = 1.15

/** Addresses per node, for one announcer. */
export class Loads {
  readonly #counts = new Map<string, number>()

  of(node: string): number {
    return this.#counts.get(node) ?? 0
  }

  add(node: string): void {
    this.#counts.set(node, this.of(node) + 1)
  }
}

/**
 * A holder stays unless its data path is shut or it is being drained, and another candidate is better off; or another can
 * serve more of the Services that share the address, or was asked for.
 */
export function keeps(holder: string, candidates: readonly Candidate[]): boolean {
  const own = candidates.find(({ node }) => node === holder)
  return own !== undefined && candidates.every((other) => !displaces(other, own))
}

function displaces(other: Candidate, holder: Candidate): boolean {
  if (other.shut !== holder.shut) return other.shut < holder.shut
  if (other.draining !== holder.draining) return holder.draining
  if (other.serves !== holder.serves) return other.serves > holder.serves
  return other.wished && !holder.wished
}

/**
 * The first candidate in the order whose load stays within ceil(1.15 × mean). The mean runs over the candidates of
 * equal merit, so that the bound spreads addresses but never overrules Ready, hosting or preference. One of them is
 * always at or below the mean, so there is always a result.
 */
export function placeWithinBound(
  order: Order,
  address: Address,
  candidates: readonly Candidate[],
  loads: Loads,
): { readonly chosen: Candidate; readonly first: Candidate } | undefined {
  const equals = bestByMerit(order.kind, candidates)
  const first = order.hashes.lowest(address, equals)
  if (first === undefined) return undefined
  const total = equals.reduce((sum, { node }) => sum + loads.of(node), 1)
  const bound = Math.ceil((slack * total) / equals.length)
  const chosen = order.hashes.lowest(
    address,
    equals.filter(({ node }) => loads.of(node) + 1 <= bound),
  )
  return { chosen: chosen ?? first, first }
}
