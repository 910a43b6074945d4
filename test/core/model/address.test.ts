import { isIPv4, isIPv6 } from 'node:net'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  addressFromBytes,
  bytesOf,
  compareAddresses,
  familyOf,
  formatAddress,
  parseAddress,
  valueOf,
} from '#core/model/address.ts'

const ipv4Value = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })
const ipv6Value = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  // Many zero groups, where compression has choices to make.
  fc
    .array(fc.constantFrom('0', '0', '0', '1', 'ab', 'ffff'), { minLength: 8, maxLength: 8 })
    .map((groups) => BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`)),
)

const isMapped = (value: bigint): boolean => value >> 32n === 0xffffn

/** The platform's own idea of canonical IPv6 text. */
function whatwgText(text: string): string {
  return new URL(`http://[${text}]/`).hostname.slice(1, -1)
}

describe('parseAddress', () => {
  it('keeps IPv4 text as it is', () => {
    expect(parseAddress('192.0.2.1')).toBe('192.0.2.1')
    expect(parseAddress('0.0.0.0')).toBe('0.0.0.0')
    expect(parseAddress('255.255.255.255')).toBe('255.255.255.255')
  })

  it.each([
    ['FC00:F853:0ccd:e799::', 'fc00:f853:ccd:e799::'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['0:0:0:0:0:FFFF:c000:201', '192.0.2.1'],
    ['::fffe:192.0.2.1', '::fffe:c000:201'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
  ])('writes %s as %s', (text, canonical) => {
    expect(parseAddress(text)).toBe(canonical)
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4 ',
    '1.2.3.-4',
    '1.2.3.1000000000',
    'localhost',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'fe80::1%eth0',
    '1.2.3.4::',
    '1.2.3.4::1',
    '::1.2.3.4:1',
    '::1.2.3',
    'g::',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it('accepts exactly what Node takes for an address without a zone', () => {
    const pieces = fc.constantFrom('0', '1', '00', '255', '256', 'ffff', 'fffff', ':', '::', '.', '1.2.3.4')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 17 }), (parts) => {
        const text = parts.join('')
        expect(parseAddress(text) !== undefined).toBe(isIPv4(text) || isIPv6(text))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the numeric value', () => {
  it('makes the round trip through text and through bytes', () => {
    const either = fc.oneof(
      ipv4Value.map((value) => ({ family: 'IPv4', value }) as const),
      ipv6Value.filter((value) => !isMapped(value)).map((value) => ({ family: 'IPv6', value }) as const),
    )
    fc.assert(
      fc.property(either, ({ family, value }) => {
        const address = formatAddress(family, value)
        expect(familyOf(address)).toBe(family)
        expect(parseAddress(address)).toBe(address)
        expect(valueOf(address)).toBe(value)
        expect(addressFromBytes(bytesOf(address))).toBe(address)
      }),
    )
  })

  it('is written as RFC 5952 asks, like the platform writes it', () => {
    fc.assert(
      fc.property(ipv6Value, (value) => {
        const address = formatAddress('IPv6', value)
        expect(address).toBe(whatwgText(address))
      }),
    )
  })

  it('orders IPv4 before IPv6 and each by value, not by text', () => {
    const texts = ['::2', '10.0.0.9', '::10', '9.0.0.0', '10.0.0.10']
    const sorted = texts.flatMap((text) => parseAddress(text) ?? []).sort(compareAddresses)
    expect(sorted).toEqual(['9.0.0.0', '10.0.0.9', '10.0.0.10', '::2', '::10'])
  })
})
