/* How our routes look to one peer: next hops and path attributes. */
import { defaultLocalPref, localPrefOf } from '#core/bgp/local-pref.ts'
import type { BgpPeer } from '#core/bgp/peer.ts'
import type { RouteAttributes } from '#core/bgp/routes.ts'
import type { FamilyFault } from '#core/bgp/target-status.ts'
import { familyOf, type Address, type Family } from '#core/model/address.ts'

import type { Negotiated } from './fsm/negotiate.ts'
import type { ConnectionEnds } from './transport.ts'
import { asSegment, asTrans, origin } from './wire/iana.ts'
import { linkBandwidth } from './wire/link-bandwidth.ts'
import { attribute, type Attribute } from './wire/path-attributes.ts'

/** What an established session can carry, and what it adds to routes. */
export interface OutboundSession {
  readonly negotiated: Negotiated
  /** The next hop for routes of each family that can be sent. */
  readonly nextHops: { readonly [F in Family]?: Address }
  /** Of the BGPPeer, for routes that have none of their own. */
  readonly med?: number
  readonly asPathPrepend?: number
}

export function outboundSession(
  negotiated: Negotiated,
  ends: ConnectionEnds,
  { interface: link, own: { med, asPathPrepend } }: Pick<BgpPeer, 'interface' | 'own'>,
): OutboundSession {
  const next = link === undefined ? nextHopFor : nextHopOnLink
  const IPv4 = next('IPv4', negotiated, ends)
  const IPv6 = next('IPv6', negotiated, ends)
  return {
    negotiated,
    nextHops: { ...(IPv4 && { IPv4 }), ...(IPv6 && { IPv6 }) },
    ...(med === undefined ? {} : { med }),
    ...(asPathPrepend === undefined ? {} : { asPathPrepend }),
  }
}

export function familyFault(
  { negotiated, nextHops }: OutboundSession,
  family: Family,
): FamilyFault | undefined {
  if (!negotiated.families.includes(family)) return 'FamilyNotNegotiated'
  return nextHops[family] === undefined ? 'NoNextHop' : undefined
}

/** Ascending by code (RFC 4271 §5), but for MP_REACH_NLRI, which goes before them (RFC 7606 §5.1). */
export function pathAttributes(route: RouteAttributes, session: OutboundSession): Attribute[] {
  const { internal, fourOctetAs, localAs } = session.negotiated
  const { communities, weight } = route
  const med = route.med ?? session.med
  const hidden = !internal && !fourOctetAs && localAs > 0xffff
  return [
    attribute('origin', origin.igp),
    attribute('asPath', asPath(route, session, hidden ? asTrans : localAs)),
    ...(med === undefined ? [] : [attribute('med', med)]),
    ...(internal ? [attribute('localPref', localPrefOf(route) ?? defaultLocalPref)] : []),
    ...(communities.standard.length > 0 ? [attribute('communities', communities.standard)] : []),
    ...(weight === undefined ? [] : [attribute('extendedCommunities', linkBandwidth(weight, session))]),
    // RFC 6793 §4.2.2: what AS_TRANS stands for.
    ...(hidden ? [attribute('as4Path', asPath(route, session, localAs))] : []),
    ...(communities.large.length > 0 ? [attribute('largeCommunities', communities.large)] : []),
    ...onlyToCustomer(session),
  ]
}

/** RFC 4271 §5.1.2: our AS towards other ASes, nothing within our own. */
function asPath(route: RouteAttributes, { negotiated, asPathPrepend = 0 }: OutboundSession, as: number) {
  if (negotiated.internal) return []
  const times = 1 + (route.asPathPrepend ?? asPathPrepend)
  return [{ type: asSegment.sequence, numbers: Array.from({ length: times }, () => as) }]
}

/** RFC 9234 §5, egress 1: what goes down to a customer, or sideways, is not to go up again. */
function onlyToCustomer({ negotiated: { role, localAs } }: OutboundSession): Attribute[] {
  const marks = role === 'provider' || role === 'peer' || role === 'rs'
  return marks ? [attribute('onlyToCustomer', localAs)] : []
}

/** What every router of the link can reach, whatever else either end has: the link-local address. */
function nextHopOnLink(family: Family, negotiated: Negotiated, ends: ConnectionEnds): Address | undefined {
  return negotiated.extendedNextHop ? ends.local : nextHopFor(family, negotiated, ends)
}

/** The connection's own address for its family; for the other one an address of the same interface. */
function nextHopFor(family: Family, negotiated: Negotiated, ends: ConnectionEnds): Address | undefined {
  const own = [ends.local, ...ends.interfaceAddresses].find((address) => familyOf(address) === family)
  if (own !== undefined || family === 'IPv6' || !negotiated.extendedNextHop) return own
  return ends.local
}
