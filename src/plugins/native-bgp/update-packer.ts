/* Packs as many prefixes into one UPDATE as the session's message length allows. */
import type { Prefix } from '#core/bgp/prefix.ts'
import type { Route, RouteAttributes } from '#core/bgp/routes.ts'
import { familyOf, type Family } from '#core/model/address.ts'

import { pathAttributes, type OutboundSession } from './outbound.ts'
import { afi, refreshSubtype, safi } from './wire/iana.ts'
import { encode } from './wire/message.ts'
import { encodedLength } from './wire/nlri.ts'
import { attribute, type Attribute } from './wire/path-attributes.ts'
import type { Update } from './wire/update.ts'

export interface Packed {
  readonly bytes: Uint8Array
  /** How many of the given prefixes went in. */
  readonly count: number
}

const empty: Update = { withdrawn: [], attributes: [], nlri: [] }

/** `routes` have these attributes and are of one family. */
export function packAnnouncement(
  attributes: RouteAttributes,
  routes: Iterable<Route>,
  session: OutboundSession,
): Packed {
  const common = pathAttributes(attributes, session)
  const prefixes = prefixesOf(routes)
  const classic = (nlri: readonly Prefix[], nextHop: Attribute): Update => {
    const [originAndPath, rest] = [common.slice(0, 2), common.slice(2)]
    return { withdrawn: [], attributes: [...originAndPath, nextHop, ...rest], nlri }
  }
  return pack(prefixes, session, (nlri, family) => {
    const nextHop = session.nextHops[family]
    if (nextHop === undefined) return empty
    if (family === 'IPv4' && familyOf(nextHop) === 'IPv4') return classic(nlri, attribute('nextHop', nextHop))
    const reach = attribute('mpReach', { afi: afi[family], safi: safi.unicast, nextHops: [nextHop], nlri })
    return { withdrawn: [], attributes: [reach, ...common], nlri: [] }
  })
}

export function packWithdrawal(family: Family, prefixes: Iterable<Prefix>, session: OutboundSession): Packed {
  return pack(prefixes, session, (withdrawn) => withdrawal(family, withdrawn))
}

/** Nothing more of this family for now (RFC 4724 §2). */
export function endOfRib(family: Family, session: OutboundSession): Uint8Array {
  return encode({ type: 'update', update: withdrawal(family, []) }, session.negotiated)
}

/** Where the answer to a route refresh begins or ends (RFC 7313 §3.2). */
export function refreshMarker(family: Family, where: 'begin' | 'end', session: OutboundSession): Uint8Array {
  const routeRefresh = { afi: afi[family], subtype: refreshSubtype[where], safi: safi.unicast }
  return encode({ type: 'routeRefresh', routeRefresh }, session.negotiated)
}

function withdrawal(family: Family, withdrawn: readonly Prefix[]): Update {
  if (family === 'IPv4') return { ...empty, withdrawn }
  const unreach = attribute('mpUnreach', { afi: afi.IPv6, safi: safi.unicast, withdrawn })
  return { ...empty, attributes: [unreach] }
}

function pack(
  prefixes: Iterable<Prefix>,
  { negotiated }: OutboundSession,
  build: (prefixes: readonly Prefix[], family: Family) => Update,
): Packed {
  const taken: Prefix[] = []
  let room = 0
  for (const prefix of prefixes) {
    if (taken.length === 0) room = roomFor(build([], prefix.family), negotiated)
    room -= encodedLength(prefix)
    if (room < 0) break
    taken.push(prefix)
  }
  const update = build(taken, taken[0]?.family ?? 'IPv4')
  return { bytes: encode({ type: 'update', update }, negotiated), count: taken.length }
}

/** Octets left for prefixes; one is kept back for the longer length field of an MP attribute beyond 255 octets. */
function roomFor(update: Update, negotiated: OutboundSession['negotiated']): number {
  return negotiated.maxLength - encode({ type: 'update', update }, negotiated).length - 1
}

function* prefixesOf(routes: Iterable<Route>): Iterable<Prefix> {
  for (const { prefix } of routes) yield prefix
}
