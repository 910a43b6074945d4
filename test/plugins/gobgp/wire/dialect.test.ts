import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { prefixOf, prefixText } from '#core/bgp/prefix.ts'
import { formatAddress } from '#core/model/address.ts'
import type { MarkedPath } from '#plugins/gobgp/client.ts'
import { v3, v4, type Dialect } from '#plugins/gobgp/wire/dialect.ts'
import { any, empty, family, peer, type FamilyNumbers } from '#plugins/gobgp/wire/messages.ts'
import {
  bytes,
  decode,
  encode,
  many,
  message,
  nested,
  text,
  type Message,
} from '#plugins/gobgp/wire/protobuf.ts'

const anyPath: fc.Arbitrary<MarkedPath> = fc
  .record({
    v4: fc.boolean(),
    bits: fc.bigInt(0n, (1n << 128n) - 1n),
    length: fc.nat(128),
    mark: fc.nat(0xffffffff),
  })
  .map(({ v4: short, bits, length, mark }) => {
    const address = short ? formatAddress('IPv4', bits >> 96n) : formatAddress('IPv6', bits)
    const prefix = prefixOf(address, short ? length % 33 : length)
    return { prefix, key: prefixText(prefix), mark }
  })

const path = {
  prefix: prefixOf('192.0.2.1' as MarkedPath['prefix']['address'], 32),
  key: '192.0.2.1/32',
  mark: 7,
}
const withNeighbor = message<{ neighborIp: string }>({ neighborIp: text(15) })
const multiProtocol: Message<{ family: FamilyNumbers | undefined }> = message({ family: nested(1, family) })

describe.each<[string, Dialect]>([
  ['v3', v3],
  ['v4', v4],
])('a path of %s', (_, dialect) => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyPath, fc.boolean(), (one, withdraw) => {
        expect(dialect.decodePath(dialect.encodePath(one, withdraw))).toEqual(one)
      }),
    )
  })

  it('is read without the LOCAL_PREF that it was written with', () => {
    expect(dialect.decodePath(dialect.encodePath({ ...path, localPref: 0 }, false))).toEqual(path)
  })

  it('is not ours when a neighbour sent it, whatever its mark', () => {
    const ours = dialect.encodePath(path, false)
    const from = (neighborIp: string) => Buffer.concat([ours, encode(withNeighbor, { neighborIp })])
    expect(dialect.decodePath(from('<nil>'))).toEqual(path)
    expect(dialect.decodePath(from('invalid IP'))).toEqual(path)
    expect(dialect.decodePath(from('192.0.2.9'))).toBeUndefined()
  })

  it('is nothing for any bytes that are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(() => dialect.decodePath(noise)).not.toThrow()
        expect(() => dialect.families([noise])).not.toThrow()
      }),
    )
  })
})

describe('a path with the lowest LOCAL_PREF', () => {
  const lowered = { ...path, localPref: 0 }

  it('has it as an attribute in a wrapping of its own, in v3', () => {
    const raw = message({ attributes: many(2, any) })
    const attributes = decode(raw, v3.encodePath(lowered, false))?.attributes
    const found = attributes?.filter(({ typeUrl }) => typeUrl.endsWith('.LocalPrefAttribute'))
    expect(found).toEqual([
      { typeUrl: 'type.googleapis.com/apipb.LocalPrefAttribute', value: new Uint8Array() },
    ])
  })

  it('has it as field 6 of an attribute, in v4', () => {
    const raw = message({ attributes: many(2, message({ localPref: nested(6, empty) })) })
    const count = (one: MarkedPath): number | undefined =>
      decode(raw, v4.encodePath(one, false))?.attributes.filter(({ localPref }) => localPref !== undefined)
        .length
    expect([count(path), count(lowered)]).toEqual([0, 1])
  })
})

describe('the families a neighbour agreed to', () => {
  it('are those of its multi-protocol capabilities, in v3', () => {
    const capability = (name: string, afi: number, safi: number) =>
      encode(any, {
        typeUrl: `type.googleapis.com/apipb.${name}`,
        value: encode(multiProtocol, { family: { afi, safi } }),
      })
    const found = v3.families([
      capability('MultiProtocolCapability', 2, 1),
      capability('MultiProtocolCapability', 1, 128),
      capability('ExtendedNexthopCapability', 1, 1),
    ])
    expect(found).toEqual(['IPv6'])
  })

  it('are those of its multi-protocol capabilities, in v4', () => {
    const wrapped = message({ capability: nested(2, multiProtocol) })
    const refresh = message({ capability: nested(3, multiProtocol) })
    const draft = { capability: { family: { afi: 1, safi: 1 } } }
    expect(v4.families([encode(wrapped, draft), encode(refresh, draft)])).toEqual(['IPv4'])
  })
})

describe('the messages', () => {
  it('number the fields of a neighbour as gobgpd does', () => {
    // What `gobgp neighbor add 192.0.2.1 as 65000` sends: Peer.conf is field 2, neighbor_address 4, peer_asn 5.
    const raw = message({ conf: many(2, message({ address: bytes(4) })) })
    const sent = encode(peer, { conf: { neighborAddress: '192.0.2.1', peerAsn: 65_000 } })
    expect(decode(raw, sent)?.conf[0]?.address).toEqual(new TextEncoder().encode('192.0.2.1'))
    expect(Buffer.from(sent).toString('hex')).toBe('120f22093139322e302e322e3128e8fb03')
  })
})
