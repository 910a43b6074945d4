/* How our routes look to one peer: next hops and path attributes. */
import type { RouteAttributes } from '#core/bgp/routes.ts'
import type { FamilyFault } from '#core/bgp/target-status.ts'
import { familyOf, type Address, type Family } from '#core/model/address.ts'

import type { Negotiated } from './fsm/negotiate.ts'
import type { ConnectionEnds } from './transport.ts'
import { asSegment, asTrans, origin } from './wire/iana.ts'
import { attribute, type Attribute } from './wire/path-attributes.ts'

/** What an established session can carry. */
export interface OutboundSession {
  readonly negotiated: Negotiated
  /** The next hop for routes of each family that can be sent. */
  readonly nextHops: { readonly [F in Family]?: Address }
}

/** LOCAL_PREF where no advertisement has an opinion: what routers take for granted. */
const defaultLocalPref = 100

export function outboundSession(negotiated: Negotiated, ends: ConnectionEnds): OutboundSession {
  const IPv4 = nextHopFor('IPv4', negotiated, ends)
  const IPv6 = nextHopFor('IPv6', negotiated, ends)
  return { negotiated, nextHops: { ...(IPv4 && { IPv4 }), ...(IPv6 && { IPv6 }) } }
}

export function familyFault(
  { negotiated, nextHops }: OutboundSession,
  family: Family,
): FamilyFault | undefined {
  if (!negotiated.families.includes(family)) return 'FamilyNotNegotiated'
  return nextHops[family] === undefined ? 'NoNextHop' : undefined
}

/** Ascending by code (RFC 4271 §5), but for MP_REACH_NLRI, which goes before them (RFC 7606 §5.1). */
export function pathAttributes(route: RouteAttributes, { negotiated }: OutboundSession): Attribute[] {
  const { internal, fourOctetAs, localAs } = negotiated
  const { localPref = defaultLocalPref, communities } = route
  const path = (as: number) => [{ type: asSegment.sequence, numbers: [as] }]
  const hidden = !internal && !fourOctetAs && localAs > 0xffff
  return [
    attribute('origin', origin.igp),
    // RFC 4271 §5.1.2: our AS towards other ASes, nothing within our own.
    attribute('asPath', internal ? [] : path(hidden ? asTrans : localAs)),
    ...(internal ? [attribute('localPref', localPref)] : []),
    ...(communities.standard.length > 0 ? [attribute('communities', communities.standard)] : []),
    // RFC 6793 §4.2.2: what AS_TRANS stands for.
    ...(hidden ? [attribute('as4Path', path(localAs))] : []),
    ...(communities.large.length > 0 ? [attribute('largeCommunities', communities.large)] : []),
  ]
}

/** The connection's own address for its family; for the other one an address of the same interface. */
function nextHopFor(family: Family, negotiated: Negotiated, ends: ConnectionEnds): Address | undefined {
  const own = [ends.local, ...ends.interfaceAddresses].find((address) => familyOf(address) === family)
  if (own !== undefined || family === 'IPv6' || !negotiated.extendedNextHop) return own
  return ends.local
}
