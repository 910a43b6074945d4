import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes } from '#core/model/address.ts'
import { decodeArp, encodeArp, type ArpFrame } from '#plugins/l2/wire/arp.ts'
import { arp, macOf } from '../frames.ts'

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressFromBytes)
const party = fc.record({ mac, address }, { noNullPrototype: true })
const frame: fc.Arbitrary<ArpFrame> = fc.record(
  {
    destination: mac,
    source: mac,
    operation: fc.constantFrom('request' as const, 'reply' as const),
    sender: party,
    target: party,
  },
  { noNullPrototype: true },
)

describe('ARP frames', () => {
  it('survive encoding and decoding, with or without padding', () => {
    fc.assert(
      fc.property(frame, fc.nat(18), (original, padding) => {
        const bytes = encodeArp(original)
        expect(bytes.length).toBe(42)
        expect(decodeArp(Uint8Array.from([...bytes, ...new Uint8Array(padding)]))).toEqual(original)
      }),
    )
  })

  it('encode to the bytes of RFC 826', () => {
    const [sender, target] = ['192.0.2.9', '192.0.2.1']
    const decoded = decodeArp(arp({ sender, target }))
    expect(decoded).toMatchObject({
      operation: 'request',
      sender: { mac: macOf(9), address: sender },
      target: { address: target },
    })
    expect(encodeArp(decoded as ArpFrame)).toEqual(arp({ sender, target }))
  })

  it('are refused with the fault when cut short, of another type, another medium or another operation', () => {
    const good = arp({ sender: '192.0.2.9', target: '192.0.2.1' })
    const changed = (at: number, value: number): Uint8Array => good.with(at, value)
    for (let length = 0; length < good.length; length++)
      expect(decodeArp(good.subarray(0, length))).toBe('truncated')
    expect(decodeArp(changed(13, 0))).toBe('not-arp')
    expect(decodeArp(changed(15, 6))).toBe('not-ipv4-over-ethernet')
    expect(decodeArp(changed(18, 8))).toBe('not-ipv4-over-ethernet')
    expect(decodeArp(changed(21, 3))).toBe('operation')
  })

  it('never make the decoder throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decodeArp(bytes)))
  })
})
