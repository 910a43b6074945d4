/*
 * The last check before a route leaves: whatever went wrong before it, a router must never learn a default route, a
 * prefix outside the allowed ones, or more prefixes than agreed from us.
 */
import { bitsOf, valueOf } from '../model/address.ts'
import { type Prefix } from './prefix.ts'

export interface SafetyBelt {
  /** Prefixes that routes must lie within; absent = any but a default route. */
  readonly allowed?: readonly Prefix[]
  /** Most prefixes announced to one peer. */
  readonly maxPrefixes: number
}

export type BeltReason = 'DefaultRouteRefused' | 'PrefixNotAllowed' | 'TooManyPrefixes'

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
