import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  decodeDiscovery,
  encodeAdvertisement,
  encodeSolicitation,
} from '#plugins/native-bgp/wire/router-discovery.ts'

describe('router discovery', () => {
  it('reads what it writes', () => {
    expect(decodeDiscovery(encodeSolicitation())).toEqual({ kind: 'solicitation' })
    expect(decodeDiscovery(encodeAdvertisement())).toEqual({ kind: 'advertisement', lifetime: 0 })
  })

  it('reads the lifetime of a router, behind whose message stand its options', () => {
    const bytes = Uint8Array.of(
      134,
      0,
      0,
      0,
      64,
      0,
      0x07,
      0x08,
      ...Array<number>(8).fill(0),
      1,
      1,
      2,
      0,
      0,
      0,
      0,
      1,
    )
    expect(decodeDiscovery(bytes)).toEqual({ kind: 'advertisement', lifetime: 1800 })
  })

  it.each([
    ['too short', [134, 0, 0, 0]],
    ['of an unknown code', [134, 1, ...Array<number>(14).fill(0)]],
    ['of another type', [136, 0, ...Array<number>(14).fill(0)]],
    ['an option has no length, or a longer one than the message', [133, ...Array<number>(7).fill(0), 1, 0]],
    [
      'an option has no length, or a longer one than the message',
      [133, ...Array<number>(7).fill(0), 1, 2, 0],
    ],
  ])('counts for nothing when it is %s', (fault, bytes) => {
    expect(decodeDiscovery(Uint8Array.from(bytes))).toBe(fault)
  })

  it('takes any octets without a throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeDiscovery(bytes)))
  })
})
