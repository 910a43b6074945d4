/* One-node placement: the Services of one sharing group ask, through one announcer, for one owner between them. */
import { nodeFault, type Claim } from './claims.ts'
import { hostsEndpoint } from './endpoint-view.ts'
import type { Landscape, PlacedAdvertisement } from './landscape.ts'
import type { NodeView } from './node-view.ts'
import type { Candidate } from '../election/order.ts'
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
  readonly ads: ReadonlySet<PlacedAdvertisement>
}

/** Identity of a contest. */
export function contestKey(announcer: string, address: Address): string {
  return `${announcer} ${address}`
}

/** The inverse of `contestKey`. */
export function contestNamed(key: string): { readonly announcer: string; readonly address: Address } {
  const [announcer = '', address = ''] = key.split(' ')
  return { announcer, address: address as Address }
}

/** One contest per one-node announcer, sorted by it, out of the claims of all Services of a group. */
export function contestsOf(address: Address, claims: readonly Claim[]): Contest[] {
  const running = claims.filter((claim) => claim.announcer.placement === 'one-node' && !claim.fault)
  const contests = [...groupBy(running, (claim) => claim.announcer.name)].map(([announcer, claims]) => {
    const addresses = new Set([address, ...claims.flatMap(({ service }) => service.addresses)])
    const ads = new Set(claims.flatMap((claim) => claim.ads))
    return { announcer, address, addresses: [...addresses], claims, ads }
  })
  return contests.sort((a, b) => compareText(a.announcer, b.announcer))
}

/** The node as a candidate, or nothing if it may not announce for any of the Services. */
export function candidacyOf(landscape: Landscape, contest: Contest, node: NodeView): Candidate | undefined {
  let [serves, hosts] = [0, 0]
  for (const claim of contest.claims) {
    if (nodeFault(landscape, claim, node) !== undefined) continue
    serves++
    if (hostsEndpoint(claim.service.endpoints, node.name)) hosts++
  }
  if (serves === 0) return undefined
  return { node: node.name, serves, ready: node.ready, hosts, score: scoreOf(contest, node.name) }
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
