/* One-node placement: the Services of one sharing group ask, through one announcer, for one owner between them. */
import { nodeFault, shutnessFor, type Claim } from './claims.ts'
import { hostsEndpoint } from './endpoint-view.ts'
import type { Landscape, PlacedAdvertisement } from './landscape.ts'
import { standingOn } from '../model/subnets.ts'
import type { NodeView } from './node-view.ts'
import type { Candidate, Shutness } from '../election/order.ts'
import type { Address } from '../model/address.ts'
import { compareText, groupBy } from '../model/collections.ts'

export interface Contest {
  readonly announcer: string
  /** The one that is hashed. */
  readonly address: Address
  /** All addresses whose holder is looked at, the hashed one first. */
  readonly addresses: readonly Address[]
  /** At least one; none has a fault of its own. */
  readonly claims: readonly Claim[]
  /** Of all claims, each once however many Services it selects: their preferences add up. */
  readonly ads: readonly PlacedAdvertisement[]
  /** Nodes that its Services ask for, fit or not: one, unless they disagree. */
  readonly wishes: ReadonlySet<string>
}

const noWishes: ReadonlySet<string> = new Set()

/** Identity of a contest. */
export function contestKey(announcer: string, address: Address): string {
  // Joined, for a template that is kept keeps its parts as well.
  return [announcer, address].join(' ')
}

/** The inverse of `contestKey`. */
export function contestNamed(key: string): { readonly announcer: string; readonly address: Address } {
  const [announcer = '', address = ''] = key.split(' ')
  return { announcer, address: address as Address }
}

/** One contest per one-node announcer, sorted by it, out of the claims of all Services of a group. */
export function contestsOf(address: Address, claims: readonly Claim[]): Contest[] {
  const running = claims.filter(({ announcer, fault }) => announcer.placement === 'one-node' && !fault)
  const contests: Contest[] = []
  for (const [announcer, rivals] of groupBy(running, (claim) => claim.announcer.name)) {
    const wishes = rivals.flatMap(({ service }) => service.wish ?? [])
    contests.push({
      announcer,
      address,
      addresses: addressesOf(address, rivals),
      claims: rivals,
      ads: adsOf(rivals),
      wishes: wishes.length === 0 ? noWishes : new Set(wishes),
    })
  }
  return contests.sort((a, b) => compareText(a.announcer, b.announcer))
}

function addressesOf(address: Address, rivals: readonly Claim[]): readonly Address[] {
  const own = rivals[0]?.service.addresses
  if (rivals.length === 1 && own?.[0] === address) return own
  return [...new Set([address, ...rivals.flatMap(({ service }) => service.addresses)])]
}

function adsOf(claims: readonly Claim[]): readonly PlacedAdvertisement[] {
  const [first, ...others] = claims
  if (first !== undefined && others.length === 0) return first.ads
  return [...new Set(claims.flatMap(({ ads }) => ads))]
}

/** The node as a candidate, or nothing if it may not announce for any of the Services. */
export function candidacyOf(landscape: Landscape, contest: Contest, node: NodeView): Candidate | undefined {
  let [serves, hosts] = [0, 0]
  let wished = false
  let shut: Shutness = 0
  for (const claim of contest.claims) {
    if (nodeFault(landscape, claim, node) !== undefined) continue
    serves++
    if (claim.service.wish === node.name) wished = isFit(node)
    const path = shutnessFor(landscape, claim, node.name)
    if (path > shut) shut = path
    if (hostsEndpoint(claim.service.endpoints, node.name)) hosts++
  }
  if (serves === 0) return undefined
  const { name, ready, draining, damped } = node
  const subnet = standingOn(node.subnets, contest.address)
  const score = scoreOf(contest, name)
  return { node: name, shut, draining, serves, wished, damped, ready, hosts, score, subnet }
}

/** A wish chooses among healthy nodes; it is never a reason to rely on another one. */
function isFit({ draining, damped, ready }: NodeView): boolean {
  return !draining && !damped && ready
}

export function candidatesOf(landscape: Landscape, contest: Contest): Candidate[] {
  const candidates: Candidate[] = []
  for (const node of landscape.nodes.values()) {
    const candidate = candidacyOf(landscape, contest, node)
    if (candidate !== undefined) candidates.push(candidate)
  }
  return candidates
}

function scoreOf({ ads }: Contest, node: string): number {
  let sum = 0
  for (const { scores } of ads) sum += scores.get(node) ?? 0
  return sum
}
