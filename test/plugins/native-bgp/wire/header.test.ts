import { describe, expect, it } from 'vitest'

import { decodeFrame } from '#plugins/native-bgp/wire/header.ts'

const marker = Array<number>(16).fill(0xff)

function frame(type: number, length: number, bytes = length): Uint8Array {
  const whole = new Uint8Array(Math.max(bytes, 19))
  whole.set([...marker, length >> 8, length & 0xff, type])
  return whole.subarray(0, bytes)
}

function fault(bytes: Uint8Array): unknown {
  const result = decodeFrame(bytes)
  return result.kind === 'reset' ? result.notification : result.kind
}

describe('the message header (RFC 4271 §6.1)', () => {
  it('calls a wrong marker a lost synchronisation, from the first wrong octet', () => {
    expect(fault(Uint8Array.of(0xff, 0xfe))).toEqual({ code: 1, subcode: 1, data: [] })
    expect(fault(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'))).toEqual({
      code: 1,
      subcode: 1,
      data: [],
    })
  })

  it.each([
    { what: 'shorter than a header', type: 4, length: 18, subcode: 2, data: [0, 18] },
    { what: 'a KEEPALIVE with a body', type: 4, length: 20, subcode: 2, data: [0, 20] },
    { what: 'an OPEN that is too short', type: 1, length: 28, subcode: 2, data: [0, 28] },
    { what: 'an UPDATE that is too short', type: 2, length: 22, subcode: 2, data: [0, 22] },
    { what: 'a NOTIFICATION that is too short', type: 3, length: 20, subcode: 2, data: [0, 20] },
    { what: 'an OPEN beyond 4096 octets (RFC 8654 §4)', type: 1, length: 4097, subcode: 2, data: [16, 1] },
    { what: 'an unknown type', type: 9, length: 19, subcode: 3, data: [9] },
    { what: 'type 0', type: 0, length: 30, subcode: 3, data: [0] },
  ])('refuses $what with the octets at fault', ({ type, length, subcode, data }) => {
    expect(fault(frame(type, length, 19))).toEqual({ code: 1, subcode, data })
  })

  it('takes an UPDATE of 65,535 octets (RFC 8654)', () => {
    expect(decodeFrame(frame(2, 65_535))).toMatchObject({ kind: 'frame', type: 2, length: 65_535 })
  })
})
