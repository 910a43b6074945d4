import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { covers, parsePrefix, prefixBytes, prefixFromBytes, prefixOf, prefixText } from '#core/bgp/prefix.ts'
import { addressFromBytes, bitsOf, familyOf } from '#core/model/address.ts'

const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressFromBytes),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(addressFromBytes),
)
const prefix = fc
  .tuple(address, fc.nat({ max: 128 }))
  .map(([one, length]) => prefixOf(one, length % (bitsOf(familyOf(one)) + 1)))

describe('a prefix', () => {
  it('has text that parses to the same prefix', () => {
    fc.assert(
      fc.property(prefix, (one) => {
        expect(parsePrefix(prefixText(one))).toEqual(one)
      }),
    )
  })

  it('survives the wire, whatever stands in the bits beyond its length', () => {
    fc.assert(
      fc.property(prefix, fc.nat({ max: 255 }), (one, noise) => {
        const bytes = prefixBytes(one).slice()
        const spare = bytes.length * 8 - one.length
        if (spare > 0) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | (noise & ((1 << spare) - 1))
        expect(prefixFromBytes(one.family, bytes, one.length)).toEqual(one)
      }),
    )
  })

  it('covers itself and everything longer of its addresses, and nothing shorter', () => {
    fc.assert(
      fc.property(prefix, fc.nat({ max: 128 }), (one, more) => {
        const longer = prefixOf(one.address, Math.min(bitsOf(one.family), one.length + more))
        expect(covers(one, longer)).toBe(true)
        expect(covers(longer, one)).toBe(longer.length === one.length)
      }),
    )
  })

  it.each(['', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1'])(
    'is not %j',
    (text) => {
      expect(parsePrefix(text)).toBeUndefined()
    },
  )
})
