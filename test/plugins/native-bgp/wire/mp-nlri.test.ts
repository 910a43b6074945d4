import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'
import { decodeMpReach, decodeMpUnreach, unicastFamily } from '#plugins/native-bgp/wire/mp-nlri.ts'

import { bytes } from './arbitraries.ts'

const hop = Array<number>(16).fill(1)

function reach(...octets: number[]): ReturnType<typeof decodeMpReach> {
  return decodeMpReach(new Reader(Uint8Array.of(...octets)))
}

describe('MP_REACH_NLRI', () => {
  it('has one IPv6 next hop, or a link-local one behind it (RFC 2545 §3)', () => {
    expect(reach(0, 2, 1, 16, ...hop, 0)).toMatchObject({ nextHops: ['101:101:101:101:101:101:101:101'] })
    expect(reach(0, 2, 1, 32, ...hop, ...hop, 0)?.nextHops).toHaveLength(2)
  })

  it('has IPv6 next hops for IPv4 routes too (RFC 8950 §3), and not the reverse', () => {
    expect(reach(0, 1, 1, 16, ...hop, 0, 8, 10)).toMatchObject({ nlri: [{ address: '10.0.0.0', length: 8 }] })
    expect(reach(0, 2, 1, 4, 1, 1, 1, 1, 0)).toBeUndefined()
  })

  it('of another family is kept as it is', () => {
    expect(reach(0, 25, 70, 4, 1, 2, 3, 4, 0, 9)).toEqual({
      afi: 25,
      safi: 70,
      nextHops: [],
      nlri: Uint8Array.of(9),
    })
  })

  it('of any bytes does not throw', () => {
    fc.assert(
      fc.property(bytes(60), (noise) => {
        for (const decode of [decodeMpReach, decodeMpUnreach]) {
          const value = decode(new Reader(noise))
          expect(value === undefined || typeof value.afi === 'number').toBe(true)
        }
      }),
    )
  })
})

describe('a family', () => {
  it('is ours for unicast alone', () => {
    expect([unicastFamily(1, 1), unicastFamily(2, 1), unicastFamily(1, 2), unicastFamily(25, 1)]).toEqual([
      'IPv4',
      'IPv6',
      undefined,
      undefined,
    ])
  })
})
