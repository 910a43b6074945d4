/*
 * The order among the candidates for an address: nodes that reach it through their own proxy first, where that is
 * asked for, then those that are not being drained, the node that a person asked for, Ready ones, then nodes that host an
 * endpoint of it, then the preference score, then, where nodes say which subnets they are on, those on the address's
 * own, then ascending sha256(`node#address`). Every node computes it from the same facts and comes to the same first one.
 */
import type { NodeHashes } from './node-hashes.ts'
import type { SubnetStanding } from '../model/subnets.ts'
import type { Address } from '../model/address.ts'

/** The data path from a node to an address: 0 open, or nobody asks; 1 shut; 2 shut, and it never was open. */
export type Shutness = 0 | 1 | 2

export interface Candidate {
  readonly node: string
  readonly shut: Shutness
  readonly draining: boolean
  /** How many of the Services that share the address may be announced from the node. */
  readonly serves: number
  /** One of the Services that it can serve asks for it, and it is fit: not being drained, calm, Ready. */
  readonly wished: boolean
  /** It came back from the dead over and over, lately: only with stable election. */
  readonly damped: boolean
  readonly ready: boolean
  /** For how many of them it hosts an endpoint that can serve. */
  readonly hosts: number
  readonly score: number
  readonly subnet: SubnetStanding
}

const closeness: readonly SubnetStanding[] = ['on', 'unknown', 'off']

/** `metallb` leaves out Ready, hosting and subnets: the order of a MetalLB fleet, whose nodes nobody drains. */
export type OrderKind = 'herald' | 'metallb'

export interface Order {
  readonly kind: OrderKind
  readonly hashes: NodeHashes
}

/** The keys before the hash: zero means that only the hash tells the two apart. */
export function compareByMerit(kind: OrderKind, a: Candidate, b: Candidate): number {
  if (a.shut !== b.shut) return a.shut - b.shut
  if (a.draining !== b.draining) return a.draining ? 1 : -1
  if (a.serves !== b.serves) return b.serves - a.serves
  if (a.wished !== b.wished) return a.wished ? -1 : 1
  if (a.damped !== b.damped) return a.damped ? 1 : -1
  const byHealth = kind === 'herald' ? compareByHealth(a, b) : 0
  if (byHealth !== 0) return byHealth
  if (a.score !== b.score || kind === 'metallb') return b.score - a.score
  return closeness.indexOf(a.subnet) - closeness.indexOf(b.subnet)
}

function compareByHealth(a: Candidate, b: Candidate): number {
  if (a.ready !== b.ready) return a.ready ? -1 : 1
  return b.hosts - a.hosts
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
  return order.hashes.lowest(address, bestByMerit(order.kind, candidates))
}

/** Those that only the hash tells apart: none of the others comes before them. */
export function bestByMerit(kind: OrderKind, candidates: readonly Candidate[]): Candidate[] {
  let best: Candidate[] = []
  for (const candidate of candidates) {
    const [example] = best
    const difference = example === undefined ? -1 : compareByMerit(kind, candidate, example)
    if (difference < 0) best = [candidate]
    else if (difference === 0) best.push(candidate)
  }
  return best
}

export function ranked(order: Order, address: Address, candidates: readonly Candidate[]): Candidate[] {
  const keyed = candidates.map((candidate) => ({
    candidate,
    prefix: order.hashes.prefix(address, candidate.node),
  }))
  keyed.sort(
    (a, b) =>
      compareByMerit(order.kind, a.candidate, b.candidate) ||
      a.prefix - b.prefix ||
      order.hashes.compare(address, a.candidate.node, b.candidate.node),
  )
  return keyed.map(({ candidate }) => candidate)
}

function betterPath({ shut }: Candidate): string {
  return shut === 0 ? 'reaches the address through its own proxy' : 'has reached the address before'
}

/** Why `first` comes before `other`, as the end of a sentence that begins with the name of `first`. */
export function advantage(kind: OrderKind, first: Candidate, other: Candidate): string {
  if (first.shut !== other.shut) return betterPath(first)
  if (first.draining !== other.draining) return 'is not being drained'
  if (first.serves !== other.serves) return 'can serve more of the Services that share the address'
  if (first.wished !== other.wished) return 'was asked for'
  if (first.damped !== other.damped) return 'has been calm'
  if (kind === 'herald' && first.ready !== other.ready) return 'is Ready'
  if (kind === 'herald' && first.hosts !== other.hosts) return 'hosts an endpoint that can serve'
  if (first.score !== other.score) return `has preference ${first.score} against ${other.score}`
  if (kind === 'herald' && first.subnet !== other.subnet)
    return first.subnet === 'on'
      ? 'is on the subnet of the address'
      : 'is not known to be off the subnet of the address'
  return 'has the lower sha256(node#address)'
}
