/*
 * Advertisements that contradict each other. Two of them must not give one prefix different local preferences towards
 * one peer; an aggregate may hold addresses of two pools. Those with serviceSelectors meet only at a Service, where the
 * decision about that Service judges them; the others are judged here, whether or not a Service exists. Which peer
 * keeps which route is decided there as well: the first by name counts.
 */
import type { CheckedAdvertisement } from './advertisements.ts'
import type { Inspection } from './inspection.ts'
import { nodesOverlap } from './nodes.ts'
import { bitsOf, type Family } from '../model/address.ts'
import type { Advertisement, Pool } from '../model/config.ts'
import { quote } from '../model/wording.ts'

interface Route extends CheckedAdvertisement {
  readonly localPref: unknown
  readonly lengths: Readonly<Record<Family, number>>
  readonly prefixes: Readonly<Record<Family, readonly PrefixRun[]>>
}

/** The prefixes of one entry of a pool, numbered: their bits without those of the host. */
interface PrefixRun {
  readonly pool: string
  readonly first: bigint
  readonly last: bigint
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
      if (earlier.localPref === later.localPref || meetingPlace(earlier, later) === undefined) return false
      return overlap(earlier.advertisement.nodeSelectors, later.advertisement.nodeSelectors)
    })
    if (first === undefined) continue
    const message =
      `found ${shown(later)}: invalid local preference, as ${first.exam.ref} has ${shown(first)} for the same ` +
      `prefixes of ${meetingPlace(first, later)} towards the same peers; allowed: equal values, or other peers, ` +
      'nodes or aggregation lengths; the first by name is used'
    later.exam.report(`${later.path}.localPref`, 'ConflictingAttributes', message)
  }
}

function routesOf(checked: readonly CheckedAdvertisement[], pools: readonly Pool[]): Route[] {
  return checked
    .filter(({ bgp, advertisement }) => bgp && advertisement.serviceSelectors.length === 0)
    .map((entry) => {
      const { options } = entry.advertisement
      const names = new Set(entry.advertisement.pools)
      const own = pools.filter(({ name }) => names.has(name))
      const lengths = { IPv4: lengthOf(options, 'IPv4'), IPv6: lengthOf(options, 'IPv6') }
      const prefixes = {
        IPv4: runsOf(own, 'IPv4', lengths.IPv4),
        IPv6: runsOf(own, 'IPv6', lengths.IPv6),
      }
      return { ...entry, localPref: options['localPref'], lengths, prefixes }
    })
}

function runsOf(pools: readonly Pool[], family: Family, length: number): PrefixRun[] {
  const hostBits = BigInt(bitsOf(family) - length)
  return pools.flatMap(({ name, ranges }) =>
    ranges
      .filter((range) => range.family === family)
      .map(({ first, last }) => ({ pool: name, first: first >> hostBits, last: last >> hostBits })),
  )
}

function shown({ localPref }: Route): string {
  return localPref === undefined ? 'none' : quote(localPref)
}

/** The pool, or the two pools, for which both announce equal prefixes towards a common peer. */
function meetingPlace(a: Route, b: Route): string | undefined {
  if (!shareAPeer(a.advertisement, b.advertisement)) return undefined
  for (const family of ['IPv4', 'IPv6'] as const) {
    if (a.lengths[family] !== b.lengths[family]) continue
    for (const run of a.prefixes[family]) {
      const other = b.prefixes[family].find(({ first, last }) => first <= run.last && run.first <= last)
      if (other !== undefined)
        return run.pool === other.pool ? `pool ${run.pool}` : `pools ${run.pool} and ${other.pool}`
    }
  }
  return undefined
}

function shareAPeer(a: Advertisement, b: Advertisement): boolean {
  if (a.announcer !== b.announcer) return false
  if (a.peers === undefined) return b.peers?.length !== 0
  return b.peers === undefined ? a.peers.length > 0 : a.peers.some((peer) => b.peers?.includes(peer))
}

function lengthOf(options: Advertisement['options'], family: Family): number {
  const length = options[family === 'IPv4' ? 'aggregationLength' : 'aggregationLengthV6']
  return typeof length === 'number' ? length : bitsOf(family)
}
