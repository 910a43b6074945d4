/*
 * Advertisements that contradict each other. Two of them must not give one prefix different local preferences towards
 * one peer. Those with serviceSelectors meet only at a Service, where the decision about that Service judges them; the
 * others are judged here, whether or not a Service exists. Which peer keeps which route is decided there as well: the
 * first by name counts.
 */
import type { CheckedAdvertisement } from './advertisements.ts'
import type { Inspection } from './inspection.ts'
import { nodesOverlap } from './nodes.ts'
import type { Family } from '../model/address.ts'
import type { Advertisement, Pool } from '../model/config.ts'
import { quote } from '../model/wording.ts'

interface Route extends CheckedAdvertisement {
  readonly localPref: unknown
  /** Names of its pools that hold addresses of the family. */
  readonly pools: Readonly<Record<Family, ReadonlySet<string>>>
}

/** `checked` sorted by name. Reports each later advertisement once, with the first it contradicts. */
export function reportContradictions(
  checked: readonly CheckedAdvertisement[],
  pools: readonly Pool[],
  inspection: Inspection,
): void {
  const overlap = nodesOverlap(inspection)
  const routes = routesOf(checked, pools)
  for (const [index, later] of routes.entries()) {
    const first = routes.slice(0, index).find((earlier) => {
      if (earlier.localPref === later.localPref || sharedPool(earlier, later) === undefined) return false
      return overlap(earlier.advertisement.nodeSelectors, later.advertisement.nodeSelectors)
    })
    if (first === undefined) continue
    const message =
      `found ${shown(later)}: invalid local preference, as ${first.exam.ref} has ${shown(first)} for the same ` +
      `prefixes of pool ${sharedPool(first, later)} towards the same peers; allowed: equal values, or other peers, ` +
      'nodes or aggregation lengths; the first by name is used'
    later.exam.report(`${later.path}.localPref`, 'ConflictingAttributes', message)
  }
}

function routesOf(checked: readonly CheckedAdvertisement[], pools: readonly Pool[]): Route[] {
  const holding = (family: Family): Set<string> =>
    new Set(
      pools.filter(({ ranges }) => ranges.some((range) => range.family === family)).map(({ name }) => name),
    )
  const holders = { IPv4: holding('IPv4'), IPv6: holding('IPv6') }
  return checked
    .filter(({ bgp, advertisement }) => bgp && advertisement.serviceSelectors.length === 0)
    .map((entry) => {
      const of = (family: Family): Set<string> =>
        new Set(entry.advertisement.pools.filter((name) => holders[family].has(name)))
      const { localPref } = entry.advertisement.options
      return { ...entry, localPref, pools: { IPv4: of('IPv4'), IPv6: of('IPv6') } }
    })
}

function shown({ localPref }: Route): string {
  return localPref === undefined ? 'none' : quote(localPref)
}

/** The name of a pool for which both announce equal prefixes towards a common peer. */
function sharedPool(a: Route, b: Route): string | undefined {
  if (!shareAPeer(a.advertisement, b.advertisement)) return undefined
  for (const family of ['IPv4', 'IPv6'] as const) {
    if (lengthOf(a.advertisement, family) !== lengthOf(b.advertisement, family)) continue
    for (const name of a.pools[family]) if (b.pools[family].has(name)) return name
  }
  return undefined
}

function shareAPeer(a: Advertisement, b: Advertisement): boolean {
  if (a.announcer !== b.announcer) return false
  if (a.peers === undefined) return b.peers?.length !== 0
  return b.peers === undefined ? a.peers.length > 0 : a.peers.some((peer) => b.peers?.includes(peer))
}

function lengthOf({ options }: Advertisement, family: Family): unknown {
  return family === 'IPv4' ? (options['aggregationLength'] ?? 32) : (options['aggregationLengthV6'] ?? 128)
}
