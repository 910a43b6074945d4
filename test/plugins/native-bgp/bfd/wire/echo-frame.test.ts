import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes, type Address } from '#core/model/address.ts'
import { decodeEcho, encodeEcho, type EchoFrame } from '#plugins/native-bgp/bfd/wire/echo-frame.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const word = fc.integer({ min: 0, max: 0xffffffff })
const echoFrames: fc.Arbitrary<EchoFrame> = fc.record({
  destination: bytes(6),
  source: bytes(6),
  address: bytes(4).map(addressFromBytes),
  discriminator: word,
  sequence: word,
})

describe('an echo frame', () => {
  it('is IPv4 and UDP from and to ourselves, handed to the neighbour, with TTL 255 and port 3785', () => {
    const frame = encodeEcho({
      destination: Uint8Array.of(2, 0, 0, 0, 0, 1),
      source: Uint8Array.of(2, 0, 0, 0, 0, 2),
      address: '192.0.2.11' as Address,
      discriminator: 0x0a0b0c0d,
      sequence: 7,
    })
    expect(Buffer.from(frame).toString('hex')).toBe(
      [
        '0200000000010200000000020800',
        `45c0002400004000ff11${checksum(frame)}c000020bc000020b`,
        '0ec90ec900100000',
        '0a0b0c0d00000007',
      ].join(''),
    )
  })

  it('has a header whose words sum up to zero (RFC 1071)', () => {
    fc.assert(
      fc.property(echoFrames, (frame) => {
        const header = encodeEcho(frame).subarray(14, 34)
        let sum = 0
        for (let i = 0; i < 20; i += 2) sum += (header[i]! << 8) | header[i + 1]!
        expect(((sum & 0xffff) + (sum >>> 16)) % 0xffff).toBe(0)
      }),
    )
  })

  it('is known again by the address it came from', () => {
    fc.assert(
      fc.property(echoFrames, bytes(4), (frame, other) => {
        const came = encodeEcho(frame)
        expect(decodeEcho(came, frame.address)).toBe(frame.discriminator)
        const stranger = addressFromBytes(other)
        if (stranger !== frame.address) expect(decodeEcho(came, stranger)).toBeUndefined()
      }),
    )
  })

  it('is nothing that is cut short, or other bytes', () => {
    fc.assert(
      fc.property(echoFrames, fc.nat({ max: 45 }), bytes(60), (frame, length, other) => {
        expect(decodeEcho(encodeEcho(frame).subarray(0, length), frame.address)).toBeUndefined()
        expect(decodeEcho(other.with(14, 0x46), frame.address)).toBeUndefined()
      }),
    )
  })
})

function checksum(frame: Uint8Array): string {
  return Buffer.from(frame.subarray(24, 26)).toString('hex')
}
