/*
 * The rules of routes: what holds for an advertisement, of whichever kind, whose announcer speaks BGP. Its options
 * have the vocabulary of core/bgp.
 */
import { resolveCommunities, type CommunityNames } from './communities.ts'
import type { Examination } from './inspection.ts'
import type { AddressRange, Pool } from '../model/config.ts'
import type { Json } from '../model/json.ts'
import { widestPrefixLength } from '../model/range.ts'
import { quote } from '../model/wording.ts'

export type Options = Readonly<Record<string, Json>>

/** Where the options of an advertisement stand, and who hears of their faults. */
export interface OptionsPlace {
  /** `spec` or `spec.options`. */
  readonly path: string
  readonly exam: Examination
}

const aggregations = [
  { option: 'aggregationLength', family: 'IPv4', most: 32 },
  { option: 'aggregationLengthV6', family: 'IPv6', most: 128 },
] as const

/** With communities as literals; a fault refuses the advertisement. */
export function checkRouteOptions(
  options: Options,
  names: CommunityNames,
  { path, exam }: OptionsPlace,
): Options {
  for (const { option, most } of aggregations) {
    const length = options[option]
    if (typeof length !== 'number' || (length >= 1 && length <= most)) continue
    const message = `found ${length}: invalid aggregation length; allowed: 1 to ${most}`
    exam.refuse(`${path}.${option}`, 'InvalidAggregationLength', message)
  }
  const { localPref, communities, ...others } = options
  const place = { path: `${path}.communities`, report: exam.refuse }
  return {
    ...others,
    // The objects of MetalLB cannot tell zero from absent.
    ...(localPref === undefined || localPref === 0 ? {} : { localPref }),
    ...(communities === undefined ? {} : { communities: literalsOf(communities, names, place) }),
  }
}

/** What is not a list of texts is left to the options' schema to refuse. */
function literalsOf(
  communities: Json,
  names: CommunityNames,
  place: Parameters<typeof resolveCommunities>[2],
): Json {
  if (!Array.isArray(communities)) return communities
  const entries: readonly Json[] = communities
  if (!entries.every((entry) => typeof entry === 'string')) return communities
  // Said already, and refused: what is left must not be found at fault once more.
  return resolveCommunities(entries, names, place) ?? []
}

/** An aggregate would be announced for Services that the advertisement does not select. */
export function refuseSelectiveAggregation(options: Options, { path, exam }: OptionsPlace): void {
  for (const { option, most } of aggregations) {
    const length = options[option] ?? most
    if (length === most) continue
    const message = `found ${quote(length)}: serviceSelectors and aggregationLength are mutually exclusive`
    exam.refuse(
      `${path}.${option}`,
      'ExclusiveFields',
      `${message}; allowed: ${most}, or no serviceSelectors`,
    )
  }
}

/**
 * The pools whose addresses an aggregate covers without reaching beyond them: each entry has room for at least one
 * whole prefix of that length. For the others the advertisement does not count.
 */
export function poolsThatFit(pools: readonly Pool[], options: Options, { path, exam }: OptionsPlace): Pool[] {
  return pools.filter((pool) => {
    const faults = aggregations.flatMap(({ option, family, most }) => {
      const length = options[option]
      if (typeof length !== 'number' || length < 1 || length >= most) return []
      const tooSmall = pool.ranges.find(
        (range) => range.family === family && widestPrefixLength(range) > length,
      )
      return tooSmall === undefined ? [] : [{ field: `${path}.${option}`, length, range: tooSmall, most }]
    })
    for (const fault of faults)
      exam.report(fault.field, 'InvalidAggregationLength', aggregationMessage(fault, pool))
    return faults.length === 0
  })
}

interface AggregationFault {
  readonly length: number
  readonly range: AddressRange
  readonly most: number
}

function aggregationMessage({ length, range, most }: AggregationFault, pool: Pool): string {
  const least = widestPrefixLength(range)
  const entry = `entry ${quote(range.text)} of pool ${pool.name}, whose widest prefix is a /${least}`
  return `found ${length}: invalid aggregation length for ${entry}; allowed: ${least} to ${most}`
}
