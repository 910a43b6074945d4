import { describe, expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'
import { decodeOpen, encodeOpen, type Open } from '#plugins/native-bgp/wire/open.ts'

const fixed = [4, 0x1e, 0x60, 0, 90, 172, 16, 1, 11]
const fourOctetAs = [65, 4, 0, 0, 0x1e, 0x60]

function open(...rest: number[]): unknown {
  return decodeOpen(new Reader(Uint8Array.of(...fixed, ...rest)))
}

describe('an OPEN (RFC 4271 §4.2, §6.2)', () => {
  it('keeps the grouping of capabilities into parameters', () => {
    expect(open(12, 2, 2, 2, 0, 2, 6, ...fourOctetAs)).toEqual({
      as: 7776,
      holdTime: 90,
      identifier: '172.16.1.11',
      parameters: [[{ kind: 'routeRefresh' }], [{ kind: 'fourOctetAs', as: 7776 }]],
    })
  })

  it('reads parameters with two-octet lengths (RFC 9072)', () => {
    expect(open(255, 255, 0, 9, 2, 0, 6, ...fourOctetAs)).toMatchObject({
      parameters: [[{ kind: 'fourOctetAs', as: 7776 }]],
    })
    expect(open(255, 255, 0, 10, 2, 0, 6, ...fourOctetAs)).toMatchObject({ code: 2, subcode: 0 })
  })

  it('writes two-octet lengths when one does not do (RFC 9072)', () => {
    const long = { kind: 'unknown', code: 200, value: new Uint8Array(253) } as const
    const sent: Open = {
      as: 7776,
      holdTime: 90,
      identifier: '172.16.1.11' as Open['identifier'],
      parameters: [[long]],
    }
    const writer = new Writer()
    encodeOpen(writer, sent)
    const octets = writer.take()
    expect([...octets.subarray(9, 15)]).toEqual([255, 255, 1, 2, 2, 0])
    expect(decodeOpen(new Reader(octets))).toEqual(sent)
  })

  it('takes a capability of a wrong shape for one it does not know', () => {
    expect(open(5, 2, 3, 65, 1, 9)).toMatchObject({ parameters: [[{ kind: 'unknown', code: 65 }]] })
  })

  it('answers another version with ours', () => {
    const result = decodeOpen(new Reader(Uint8Array.of(3, ...fixed.slice(1), 0)))
    expect(result).toEqual({ code: 2, subcode: 1, data: [0, 4] })
  })

  it.each<[string, number[], number]>([
    ['an unknown optional parameter', [2, 1, 0], 4],
    ['a total length that is too long', [9, 2, 0], 0],
    ['a total length that is too short', [0, 2, 0], 0],
    ['a parameter that runs over', [2, 2, 4], 0],
    ['a capability that runs over', [4, 2, 2, 65, 4], 0],
  ])('refuses %s', (_, rest, subcode) => {
    expect(open(...rest)).toMatchObject({ code: 2, subcode })
  })
})
