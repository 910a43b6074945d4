import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes } from '#core/model/address.ts'
import { decodeNdp, encodeAdvertisement, type Advertisement } from '#plugins/l2/wire/ndp.ts'
import { linkLayerOption, macOf, ndp, type NdpFields } from '../frames.ts'

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const unicast = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .filter((bytes) => bytes[0] !== 0xff)
  .map(addressFromBytes)
const advertisement: fc.Arbitrary<Advertisement> = fc.record(
  {
    kind: fc.constant('advertisement' as const),
    source: unicast,
    destination: unicast,
    target: unicast,
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    mac,
  },
  {
    noNullPrototype: true,
    requiredKeys: ['kind', 'source', 'destination', 'target', 'router', 'solicited', 'override'],
  },
)

const asked: NdpFields = { source: 'fe80::9', destination: 'ff02::1:ff00:10', target: 'fd00::10' }
const SOURCE_MAC = linkLayerOption(1, macOf(9))

describe('Neighbour Discovery frames', () => {
  it('survive encoding and decoding', () => {
    fc.assert(
      fc.property(advertisement, mac, mac, (message, source, destination) => {
        const bytes = encodeAdvertisement(message, { source, destination })
        expect(decodeNdp(bytes)).toEqual({ link: source, message })
      }),
    )
  })

  it('take ff:: for the unicast address 00ff:: that it is', () => {
    const frame = ndp({ ...asked, type: 136, flags: 0x40, destination: 'ff::' })
    expect(decodeNdp(frame)).toMatchObject({ message: { solicited: true, destination: 'ff::' } })
  })

  it('decode a solicitation with and without its source link-layer address', () => {
    const message = { kind: 'solicitation', source: 'fe80::9', target: 'fd00::10' }
    expect(decodeNdp(ndp({ ...asked, options: SOURCE_MAC }))).toEqual({
      link: macOf(9),
      message: { ...message, mac: macOf(9) },
    })
    expect(decodeNdp(ndp(asked))).toEqual({ link: macOf(9), message })
  })

  it('decode the solicitation of a node that detects duplicates', () => {
    expect(decodeNdp(ndp({ ...asked, source: '::' }))).toMatchObject({ message: { source: '::' } })
  })

  it('take the first of two options of a kind and skip kinds they do not know', () => {
    const options = [14, 1, 1, 2, 3, 4, 5, 6, ...SOURCE_MAC, ...linkLayerOption(1, macOf(8))]
    expect(decodeNdp(ndp({ ...asked, options }))).toMatchObject({ message: { mac: macOf(9) } })
  })

  it('ignore padding behind the packet', () => {
    expect(typeof decodeNdp(Uint8Array.from([...ndp(asked), 0, 0, 0]))).toBe('object')
  })

  it.each([
    ['hop-limit', { ...asked, hopLimit: 254 }],
    ['checksum', { ...asked, checksumError: 1 }],
    ['code', { ...asked, code: 1 }],
    ['option', { ...asked, options: [1, 0, 0, 0, 0, 0, 0, 0] }],
    ['option', { ...asked, options: [1, 2, 0, 0, 0, 0, 0, 0] }],
    ['multicast-target', { ...asked, target: 'ff02::10' }],
    ['unspecified-source', { ...asked, source: '::', options: SOURCE_MAC }],
    ['solicited-multicast', { ...asked, type: 136, flags: 0x40, destination: 'ff02::1' }],
    ['not-ndp', { ...asked, type: 133 }],
  ] as const)('are refused for their %s', (fault, fields) => {
    expect(decodeNdp(ndp(fields))).toBe(fault)
  })

  it('are refused when cut short anywhere', () => {
    const whole = ndp({ ...asked, options: SOURCE_MAC })
    for (let length = 0; length < whole.length; length++)
      expect(decodeNdp(whole.subarray(0, length))).toBe('truncated')
  })

  it('never make the decoder throw', () => {
    const head = ndp(asked).subarray(0, 54)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => void decodeNdp(bytes)))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
        decodeNdp(Uint8Array.from([...head, ...tail]))
      }),
    )
  })

  it('are refused when the IPv6 header says something else than what it is', () => {
    const whole = ndp(asked)
    expect(decodeNdp(whole.with(20, 17))).toBe('not-ndp')
    expect(decodeNdp(whole.with(14, 0x40))).toBe('not-ndp')
    expect(decodeNdp(whole.with(12, 0x08))).toBe('not-ndp')
  })
})
