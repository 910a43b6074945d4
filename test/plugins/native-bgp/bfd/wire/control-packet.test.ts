import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  decodeControl,
  encodeControl,
  isPacketFault,
  type ControlPacket,
} from '#plugins/native-bgp/bfd/wire/control-packet.ts'
import { controlPackets, upPacket } from '../packets.ts'

describe('a control packet', () => {
  it('is what RFC 5880 §4.1 draws', () => {
    const packet: ControlPacket = { ...upPacket, poll: true, diagnostic: 1, requiredMinEchoRx: 50_000 }
    expect(Buffer.from(encodeControl(packet)).toString('hex')).toBe(
      ['21', 'e0', '03', '18', '0a0b0c0d', '01020304', '0000c350', '000186a0', '0000c350'].join(''),
    )
  })

  it('is read as it was written', () => {
    fc.assert(
      fc.property(controlPackets, (packet) => {
        expect(decodeControl(encodeControl(packet))).toEqual(packet)
      }),
    )
  })

  it('may be followed by what is not part of it', () => {
    fc.assert(
      fc.property(controlPackets, fc.uint8Array({ maxLength: 40 }), (packet, more) => {
        expect(decodeControl(Uint8Array.from([...encodeControl(packet), ...more]))).toEqual(packet)
      }),
    )
  })
})

describe('the decoder', () => {
  const bytes = encodeControl(upPacket)

  it.each([
    ['WrongVersion', bytes.with(0, 0x40)],
    ['BadLength', bytes.with(3, 23)],
    ['BadLength', bytes.with(3, 25)],
    ['BadLength', bytes.subarray(0, 23)],
    ['WrongVersion', new Uint8Array()],
    ['Authenticated', bytes.with(1, 0xc4)],
    ['ZeroDetectMultiplier', bytes.with(2, 0)],
    ['Multipoint', bytes.with(1, 0xc1)],
    ['ZeroDiscriminator', Uint8Array.from(bytes).fill(0, 4, 8)],
    ['NoYourDiscriminator', Uint8Array.from(bytes).fill(0, 8, 12)],
  ] as const)('answers %s', (fault, faulty) => {
    expect(decodeControl(faulty)).toBe(fault)
  })

  it('takes a packet without our discriminator from a side that is down', () => {
    const down = encodeControl({ ...upPacket, state: 'Down', yourDiscriminator: 0 })
    expect(decodeControl(down)).toMatchObject({ state: 'Down', yourDiscriminator: 0 })
  })

  it('gives a packet or a fault for any bytes, and what it gives can be sent again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (any) => {
        const packet = decodeControl(any)
        if (!isPacketFault(packet)) expect(decodeControl(encodeControl(packet))).toEqual(packet)
      }),
      { numRuns: 2000 },
    )
  })

  it('survives every change of a valid packet', () => {
    const index = fc.integer({ min: 0, max: 23 })
    fc.assert(
      fc.property(controlPackets, index, fc.integer({ min: 0, max: 255 }), (packet, at, byte) => {
        const read = decodeControl(encodeControl(packet).with(at, byte))
        expect(typeof read === 'string' || read.detectMultiplier > 0).toBe(true)
      }),
    )
  })
})
