/*
 * The last check before a route leaves: whatever went wrong before it, a router must never learn a default route, a
 * prefix outside the allowed ones, or more prefixes than agreed from us.
 */
import type { Resource } from '../announcer.ts'
import { bitsOf, familyOf, formatAddress, parseAddress, valueOf } from '../model/address.ts'
import { type Prefix } from './prefix.ts'

export interface SafetyBelt {
  /** Prefixes that routes must lie within; absent = any but a default route. */
  readonly allowed?: readonly Prefix[]
  /** Most prefixes announced to one peer. */
  readonly maxPrefixes: number
}

export type BeltReason = 'DefaultRouteRefused' | 'PrefixNotAllowed' | 'TooManyPrefixes'

/** The kind of resource that tells a plugin the pools. */
export const poolKind = 'IPAddressPool'

/**
 * The belt of a configuration that names no prefixes allows the pools, for nothing else can be an address of a
 * Service. A host that tells no pools leaves it as it is.
 */
export function beltFor(configured: SafetyBelt, pools: readonly Resource[] | undefined): SafetyBelt {
  if (configured.allowed !== undefined || pools === undefined) return configured
  return { ...configured, allowed: pools.flatMap(prefixesOfPool) }
}

function prefixesOfPool({ spec: { addresses } }: Resource): Prefix[] {
  if (!Array.isArray(addresses)) return []
  return addresses.flatMap((text: unknown) => (typeof text === 'string' ? prefixesOfRange(text) : []))
}

/** `first-last`, as few prefixes as cover it exactly. */
function prefixesOfRange(text: string): Prefix[] {
  const [first, last] = text.split('-').map((part) => parseAddress(part))
  if (first === undefined || last === undefined || familyOf(first) !== familyOf(last)) return []
  const family = familyOf(first)
  const prefixes: Prefix[] = []
  for (let low = valueOf(first), high = valueOf(last); low <= high;) {
    const bits = Math.min(trailingZeros(low, bitsOf(family)), (high - low + 1n).toString(2).length - 1)
    prefixes.push({ family, address: formatAddress(family, low), length: bitsOf(family) - bits })
    low += 1n << BigInt(bits)
  }
  return prefixes
}

function trailingZeros(value: bigint, bits: number): number {
  let zeros = 0
  while (zeros < bits && ((value >> BigInt(zeros)) & 1n) === 0n) zeros++
  return zeros
}

interface Span {
  readonly first: bigint
  readonly last: bigint
}

/** The belt's verdict on single prefixes: the reason to refuse one, or undefined. */
export function inspector({ allowed }: SafetyBelt): (prefix: Prefix) => BeltReason | undefined {
  const spans = allowed && { IPv4: spansOf(allowed, 'IPv4'), IPv6: spansOf(allowed, 'IPv6') }
  return (prefix) => {
    if (prefix.length === 0) return 'DefaultRouteRefused'
    if (spans === undefined) return undefined
    const { first, last } = spanOf(prefix)
    return spans[prefix.family].some((span) => span.first <= first && last <= span.last)
      ? undefined
      : 'PrefixNotAllowed'
  }
}

function spansOf(prefixes: readonly Prefix[], family: Prefix['family']): Span[] {
  return prefixes.filter((prefix) => prefix.family === family).map(spanOf)
}

function spanOf({ family, address, length }: Prefix): Span {
  const first = valueOf(address)
  return { first, last: first | ((1n << BigInt(bitsOf(family) - length)) - 1n) }
}
