/*
 * Advertisements that contradict each other. Two of them must not give one prefix different local preferences towards
 * one peer. Those with serviceSelectors meet only at a Service, where the decision about that Service judges them; the
 * others are judged here, whether or not a Service exists. Which peer keeps which route is decided there as well: the
 * first by name counts.
 */
import type { CheckedAdvertisement } from './advertisements.ts'
import type { Inspection } from './inspection.ts'
import { nodesOverlap } from './nodes.ts'
import type { Advertisement, Pool } from '../model/config.ts'
import type { Family } from '../model/address.ts'
import { quote } from '../model/wording.ts'

/** `checked` sorted by name. Reports each later advertisement once, with the first it contradicts. */
export function reportContradictions(
  checked: readonly CheckedAdvertisement[],
  pools: readonly Pool[],
  inspection: Inspection,
): void {
  const overlap = nodesOverlap(inspection)
  const routes = checked.filter(
    ({ bgp, advertisement }) => bgp && advertisement.serviceSelectors.length === 0,
  )
  for (const [index, later] of routes.entries()) {
    const b = later.advertisement
    const first = routes.slice(0, index).find(({ advertisement: a }) => {
      if (a.options['localPref'] === b.options['localPref'] || a.announcer !== b.announcer) return false
      return sharedPool(a, b, pools) !== undefined && overlap(a.nodeSelectors, b.nodeSelectors)
    })
    if (first === undefined) continue
    const a = first.advertisement
    const message =
      `found ${shown(b)}: invalid local preference, as ${a.ref} has ${shown(a)} for the same prefixes of ` +
      `pool ${sharedPool(a, b, pools)?.name} towards the same peers; allowed: equal values, or other peers, nodes or ` +
      'aggregation lengths; the first by name is used'
    later.exam.report(`${later.path}.localPref`, 'ConflictingAttributes', message)
  }
}

function shown({ options: { localPref } }: Advertisement): string {
  return localPref === undefined ? 'none' : quote(localPref)
}

/** A pool for which both announce equal prefixes towards a common peer. */
function sharedPool(a: Advertisement, b: Advertisement, pools: readonly Pool[]): Pool | undefined {
  if (a.peers?.some((peer) => b.peers?.includes(peer) ?? true) === false) return undefined
  if (b.peers?.length === 0) return undefined
  const families = (['IPv4', 'IPv6'] as const).filter((family) => lengthOf(a, family) === lengthOf(b, family))
  return pools.find(
    ({ name, ranges }) =>
      a.pools.includes(name) &&
      b.pools.includes(name) &&
      ranges.some(({ family }) => families.includes(family)),
  )
}

function lengthOf({ options }: Advertisement, family: Family): unknown {
  return family === 'IPv4' ? (options['aggregationLength'] ?? 32) : (options['aggregationLengthV6'] ?? 128)
}
