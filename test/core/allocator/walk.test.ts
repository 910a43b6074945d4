import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { pool } from './build.ts'

import { near, walkOf } from '#core/allocator/walk.ts'
import { formatAddress, type Address } from '#core/model/address.ts'
import type { AddressRange } from '#core/model/config.ts'

/** Disjoint IPv4 ranges around a few octet boundaries, in any order. */
const ranges: fc.Arbitrary<readonly AddressRange[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: 1500 }), { minLength: 2, maxLength: 8 })
  .map((ends) => ends.toSorted((a, b) => a - b))
  .chain((ends) => {
    const pairs = ends.flatMap((first, index) =>
      index % 2 === 0 ? [{ first, last: ends[index + 1] ?? first }] : [],
    )
    return fc.shuffledSubarray(pairs, { minLength: pairs.length })
  })
  .map((pairs) =>
    pairs.map(({ first, last }) => ({
      family: 'IPv4' as const,
      first: 0x0a000000n + BigInt(first),
      last: 0x0a000000n + BigInt(last),
      text: '',
    })),
  )

function enumerated(list: readonly AddressRange[], avoidBuggyIPs: boolean): Address[] {
  const addresses = list.flatMap(({ family, first, last }) =>
    Array.from({ length: Number(last - first) + 1 }, (_, index) =>
      formatAddress(family, first + BigInt(index)),
    ),
  )
  return avoidBuggyIPs ? addresses.filter((address) => !/\.(0|255)$/.test(address)) : addresses
}

describe('walkOf', () => {
  it.each([false, true])(
    'numbers the addresses of any entries in their order (avoidBuggyIPs %s)',
    (avoidBuggyIPs) => {
      fc.assert(
        fc.property(ranges, (list) => {
          const walk = walkOf({ ...pool('p', []), ranges: list, avoidBuggyIPs }, 'IPv4')
          const expected = enumerated(list, avoidBuggyIPs)
          expect(walk.length).toBe(BigInt(expected.length))
          expect(expected.map((_, position) => walk.addressAt(position))).toEqual(expected)
          expect(expected.map((address) => walk.positionOf(address))).toEqual([...expected.keys()])
          const inside = new Set(expected)
          for (let value = 0x0a000000n; value < 0x0a000000n + 1600n; value++) {
            const address = formatAddress('IPv4', value)
            if (!inside.has(address)) expect(walk.positionOf(address)).toBeUndefined()
          }
        }),
        { numRuns: 15 },
      )
    },
  )

  it('numbers IPv6 addresses beyond what a number can count', () => {
    const walk = walkOf(pool('p', ['fd00:1::/64', 'fd00:2::/126', 'fd00::/126']), 'IPv6')
    expect(walk.length).toBe(2n ** 64n + 8n)
    expect(walk.addressAt(0)).toBe('fd00:1::')
    expect(walk.positionOf('fd00:1::ffff' as Address)).toBe(0xffff)
    expect(walk.positionOf('fd00:2::1' as Address)).toBe(2n ** 64n + 1n)
    expect(walk.positionOf('fd00::3' as Address)).toBe(2n ** 64n + 7n)
    expect(walk.positionOf('fd00:3::' as Address)).toBeUndefined()
    expect(walk.addressAt(near - 1)).toBe('fd00:1::ffff:ffff:ffff')
  })

  it('leaves out the addresses of the other family', () => {
    const mixed = pool('p', ['10.0.0.0/30', 'fd00::/126'])
    expect(walkOf(mixed, 'IPv4').length).toBe(4n)
    expect(walkOf(mixed, 'IPv6').addressAt(0)).toBe('fd00::')
  })

  it('is empty where a pool avoids all it has', () => {
    const walk = walkOf(pool('p', { addresses: ['10.0.0.255-10.0.1.0'], avoidBuggyIPs: true }), 'IPv4')
    expect(walk.length).toBe(0n)
  })
})
