/* One-node placement: the Services of one sharing group ask, through one announcer, for one owner between them. */
import { nodeFault, type Claim } from './claims.ts'
import { hostsEndpoint } from './endpoint-view.ts'
import type { Landscape } from './landscape.ts'
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
    return { announcer, address, addresses: [...addresses], claims }
  })
  return contests.sort((a, b) => compareText(a.announcer, b.announcer))
}

/** The node as a candidate, or nothing if it may not announce for any of the Services. */
export function candidacyOf(landscape: Landscape, contest: Contest, node: NodeView): Candidate | undefined {
  const eligible = contest.claims.filter((claim) => nodeFault(landscape, claim, node) === undefined)
  if (eligible.length === 0) return undefined
  const hosting = eligible.filter(({ service }) => hostsEndpoint(service.endpoints, node.name))
  return {
    node: node.name,
    serves: eligible.length,
    ready: node.ready,
    hosts: hosting.length,
    score: scoreOf(eligible, node.name),
  }
}

export function candidatesOf(landscape: Landscape, contest: Contest): Candidate[] {
  const candidates: Candidate[] = []
  for (const node of landscape.nodes.values()) {
    const candidate = candidacyOf(landscape, contest, node)
    if (candidate !== undefined) candidates.push(candidate)
  }
  return candidates
}

/** The sum over all advertisements involved, each counted once however many Services it selects. */
function scoreOf(claims: readonly Claim[], node: string): number {
  const ads = new Set(claims.flatMap((claim) => claim.ads))
  let sum = 0
  for (const { scores } of ads) sum += scores.get(node) ?? 0
  return sum
}
