/*
 * The order among the candidates for an address: Ready nodes first, then nodes that host an endpoint of it, then the
 * preference score, then ascending sha256(`node#address`). Every node computes it from the same facts and comes to
 * the same first one.
 */
import type { NodeHashes } from './node-hashes.ts'
import type { Address } from '../model/address.ts'

export interface Candidate {
  readonly node: string
  /** How many of the Services that share the address may be announced from the node. */
  readonly serves: number
  readonly ready: boolean
  /** For how many of them it hosts an endpoint that can serve. */
  readonly hosts: number
  readonly score: number
}

/** `metallb` leaves out Ready and hosting: the order of a MetalLB fleet that shares the segment. */
export type OrderKind = 'herald' | 'metallb'

export interface Order {
  readonly kind: OrderKind
  readonly hashes: NodeHashes
}

/** The keys before the hash: zero means that only the hash tells the two apart. */
export function compareByMerit(kind: OrderKind, a: Candidate, b: Candidate): number {
  if (a.serves !== b.serves) return b.serves - a.serves
  if (kind === 'herald') {
    if (a.ready !== b.ready) return a.ready ? -1 : 1
    if (a.hosts !== b.hosts) return b.hosts - a.hosts
  }
  return b.score - a.score
}

export function compareCandidates(order: Order, address: Address, a: Candidate, b: Candidate): number {
  const byMerit = compareByMerit(order.kind, a, b)
  return byMerit === 0 ? order.hashes.compare(address, a.node, b.node) : byMerit
}

export function firstOf(
  order: Order,
  address: Address,
  candidates: readonly Candidate[],
): Candidate | undefined {
  let first: Candidate | undefined
  for (const candidate of candidates) {
    if (first === undefined || compareCandidates(order, address, candidate, first) < 0) first = candidate
  }
  return first
}

export function ranked(order: Order, address: Address, candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => compareCandidates(order, address, a, b))
}

/** Why `first` comes before `other`, as the end of a sentence that begins with the name of `first`. */
export function advantage(kind: OrderKind, first: Candidate, other: Candidate): string {
  if (first.serves !== other.serves) return 'can serve more of the Services that share the address'
  if (kind === 'herald' && first.ready !== other.ready) return 'is Ready'
  if (kind === 'herald' && first.hosts !== other.hosts) return 'hosts an endpoint that can serve'
  if (first.score !== other.score) return `has preference ${first.score} against ${other.score}`
  return 'has the lower sha256(node#address)'
}
