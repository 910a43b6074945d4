/* Random messages of every kind, for the property tests of the codecs. */
import * as fc from 'fast-check'

import { prefixOf, type Prefix } from '#core/bgp/prefix.ts'
import { addressFromBytes, type Address, type Family } from '#core/model/address.ts'
import type { AttributeContext } from '#plugins/native-bgp/wire/attributes.ts'
import type { Capability } from '#plugins/native-bgp/wire/capabilities.ts'
import type { Message } from '#plugins/native-bgp/wire/message.ts'
import { attribute, type Attribute } from '#plugins/native-bgp/wire/path-attributes.ts'

export const u8 = fc.integer({ min: 0, max: 0xff })
export const u16 = fc.integer({ min: 0, max: 0xffff })
export const u32 = fc.integer({ min: 0, max: 0xffffffff })
const asn = fc.integer({ min: 1, max: 0xffff })

export function bytes(max: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: max })
}

export function address(family: Family): fc.Arbitrary<Address> {
  const length = family === 'IPv4' ? 4 : 16
  return fc.uint8Array({ minLength: length, maxLength: length }).map(addressFromBytes)
}

export function prefix(family: Family): fc.Arbitrary<Prefix> {
  const bits = fc.integer({ min: 0, max: family === 'IPv4' ? 32 : 128 })
  return fc.tuple(address(family), bits).map(([one, length]) => prefixOf(one, length))
}

export const capability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ kind: fc.constant('multiprotocol' as const), afi: u16, reserved: u8, safi: u8 }),
  fc.constant({ kind: 'routeRefresh' as const }),
  fc.constant({ kind: 'extendedMessage' as const }),
  fc.constant({ kind: 'enhancedRouteRefresh' as const }),
  fc.record({ kind: fc.constant('role' as const), role: u8 }),
  fc.record({ kind: fc.constant('fourOctetAs' as const), as: u32 }),
  fc.record({
    kind: fc.constant('extendedNextHop' as const),
    entries: fc.array(fc.record({ afi: u16, safi: u16, nextHopAfi: u16 }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('gracefulRestart' as const),
    flagsAndTime: u16,
    families: fc.array(fc.record({ afi: u16, safi: u8, flags: u8 }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('unknown' as const),
    code: fc.integer({ min: 71, max: 127 }),
    value: bytes(20),
  }),
)

/** An address that a next hop can have. */
const host = address('IPv4').filter((one) => {
  const first = Number(one.split('.')[0])
  return first !== 0 && first !== 127 && first < 224
})
const segments = fc.array(
  fc.record({
    type: fc.integer({ min: 1, max: 4 }),
    numbers: fc.array(asn, { minLength: 1, maxLength: 5 }),
  }),
  { maxLength: 3 },
)
const someSegments = segments.filter((list) => list.length > 0)
const aggregator = fc.record({ as: u16, address: address('IPv4') })

function list<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength: 1, maxLength: 70 })
}

const mpReach = fc.oneof(
  fc.record({
    afi: fc.constant(1),
    safi: fc.constant(1),
    nextHops: fc.oneof(address('IPv4'), address('IPv6')).map((one) => [one]),
    nlri: fc.array(prefix('IPv4')),
  }),
  fc.record({
    afi: fc.constant(2),
    safi: fc.constant(1),
    nextHops: fc.array(address('IPv6'), { minLength: 1, maxLength: 2 }),
    nlri: fc.array(prefix('IPv6')),
  }),
)

/** Well-formed, at most one of each kind, in any order. */
export const attributes: fc.Arbitrary<Attribute[]> = fc
  .record(
    {
      origin: fc.integer({ min: 0, max: 2 }),
      asPath: segments,
      nextHop: host,
      med: u32,
      localPref: u32,
      atomicAggregate: fc.constant(true as const),
      aggregator,
      communities: list(u32),
      originatorId: address('IPv4'),
      clusterList: list(address('IPv4')),
      mpReach,
      mpUnreach: fc.record({
        afi: fc.constant(2),
        safi: fc.constant(1),
        withdrawn: fc.array(prefix('IPv6')),
      }),
      extendedCommunities: fc
        .integer({ min: 1, max: 5 })
        .chain((n) => fc.uint8Array({ minLength: n * 8, maxLength: n * 8 })),
      as4Path: someSegments,
      as4Aggregator: aggregator,
      largeCommunities: list(fc.tuple(u32, u32, u32)),
    },
    { requiredKeys: [] },
  )
  .map((values) => Object.entries(values).map(([name, value]) => attribute(name as never, value as never)))
  .chain((known) => fc.shuffledSubarray(known, { minLength: known.length }))

export const context: fc.Arbitrary<AttributeContext> = fc.record({
  fourOctetAs: fc.boolean(),
  internal: fc.constant(true),
})

export const message: fc.Arbitrary<Message> = fc.oneof(
  fc.constant({ type: 'keepalive' as const }),
  fc.record({
    type: fc.constant('open' as const),
    open: fc.record({
      as: u16,
      holdTime: u16,
      identifier: address('IPv4'),
      parameters: fc.array(fc.array(capability, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
    }),
  }),
  fc.record({
    type: fc.constant('notification' as const),
    notification: fc.record({ code: u8, subcode: u8, data: fc.array(u8, { maxLength: 60 }) }),
  }),
  fc.record({
    type: fc.constant('routeRefresh' as const),
    routeRefresh: fc.record({ afi: u16, subtype: u8, safi: u8 }),
  }),
  fc.record({
    type: fc.constant('update' as const),
    update: fc.record({
      withdrawn: fc.array(prefix('IPv4'), { maxLength: 50 }),
      attributes,
      nlri: fc.array(prefix('IPv4'), { maxLength: 50 }),
    }),
  }),
)
