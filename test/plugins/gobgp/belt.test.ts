import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { prefixOf, type Prefix } from '#core/bgp/prefix.ts'
import { inspector } from '#core/bgp/safety-belt.ts'
import { bitsOf, formatAddress, type Family } from '#core/model/address.ts'
import { beltPolicy } from '#plugins/gobgp/belt.ts'

/** Few bits of the address vary, so that prefixes lie within each other often. */
const prefix: fc.Arbitrary<Prefix> = fc
  .record({
    family: fc.constantFrom<Family>('IPv4', 'IPv6'),
    high: fc.integer({ min: 0, max: 7 }),
    low: fc.integer({ min: 0, max: 3 }),
    length: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 28, max: 32 }), fc.constant(128)),
  })
  .map(({ family, high, low, length }) => {
    const value = (BigInt(high) << BigInt(bitsOf(family) - 3)) | BigInt(low)
    return prefixOf(formatAddress(family, value), Math.min(length, bitsOf(family)))
  })

const maxPrefixes = 10

/** As GoBGP reads a set: of the entries that contain the prefix the longest decides. */
function rejected(candidate: Prefix, allowed: readonly Prefix[] | undefined): boolean {
  const { sets, statements } = beltPolicy({ maxPrefixes, ...(allowed && { allowed }) })
  return statements.some(({ prefixSet }) => {
    const ranges = sets.find(({ name }) => name === prefixSet?.name)?.ranges ?? []
    if (ranges[0]?.prefix.family !== candidate.family) return false
    const longest = ranges
      .filter(({ prefix: entry }) => entry.length <= candidate.length)
      .filter(({ prefix: entry }) => prefixOf(candidate.address, entry.length).address === entry.address)
      .toSorted((a, b) => b.prefix.length - a.prefix.length)[0]
    const inside = longest !== undefined && longest.min <= candidate.length && candidate.length <= longest.max
    return inside === (prefixSet?.match === 'inside')
  })
}

describe('the safety belt as a policy', () => {
  it('rejects what the belt itself refuses, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.option(fc.array(prefix, { maxLength: 5 }), { nil: undefined }),
        prefix,
        (allowed, one) => {
          const refused = inspector({ maxPrefixes, ...(allowed && { allowed }) })(one) !== undefined
          expect(rejected(one, allowed)).toBe(refused)
        },
      ),
    )
  })

  it('has other names for another belt, and the same for the same', () => {
    const names = (...allowed: string[]): string[] =>
      beltPolicy({
        maxPrefixes,
        allowed: allowed.map((text) => prefixOf(text as Prefix['address'], 24)),
      }).statements.map(({ name }) => name)
    expect(names('192.0.2.0')).toEqual(names('192.0.2.0'))
    const [four, six] = names('192.0.2.0')
    const [other, same] = names('198.51.100.0')
    expect(other).not.toBe(four)
    expect(same).toBe(six)
  })
})
