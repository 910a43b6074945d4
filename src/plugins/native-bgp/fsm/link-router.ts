/*
 * Which router is the peer of a link: the first one heard, until it has been silent for as long as it promised to be
 * there. A link with two routers therefore has one peer, and not one that changes with every advertisement.
 */
import type { Address } from '#core/model/address.ts'
import { later, seconds, type Duration, type Instant } from '#core/model/duration.ts'

export interface LinkRouter {
  readonly address: Address
  readonly until: Instant
}

export interface Advertisement {
  readonly source: Address
  /** Seconds; 0 = it is no default router, which says nothing about how long it will be there. */
  readonly lifetime: number
}

/** Three times the interval of a router that advertises for the sake of BGP. */
const withoutLifetime: Duration = seconds(30)

export function routerAfter(
  known: LinkRouter | undefined,
  { source, lifetime }: Advertisement,
  now: Instant,
): LinkRouter {
  if (known !== undefined && known.address !== source && now < known.until) return known
  return { address: source, until: later(now, lifetime === 0 ? withoutLifetime : seconds(lifetime)) }
}
