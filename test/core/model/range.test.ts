import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  bitsOf,
  formatAddress,
  parseAddress,
  valueOf,
  type Address,
  type Family,
} from '#core/model/address.ts'
import type { AddressRange } from '#core/model/config.ts'
import { parseRange, rangesOverlap, widestPrefixLength } from '#core/model/range.ts'

function range(text: string): AddressRange {
  const parsed = parseRange(text)
  if ('fault' in parsed) throw new Error(parsed.fault)
  return parsed.range
}

const value = (text: string): bigint => valueOf(parseAddress(text) as Address)

describe('parseRange', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.0', '192.0.2.255'],
    ['192.0.2.77/24', '192.0.2.0', '192.0.2.255'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
    ['192.0.2.7/32', '192.0.2.7', '192.0.2.7'],
    ['192.168.9.1-192.168.9.5', '192.168.9.1', '192.168.9.5'],
    [' 192.168.9.1 - 192.168.9.1 ', '192.168.9.1', '192.168.9.1'],
    ['fc00:f853:0ccd:e799::/124', 'fc00:f853:ccd:e799::', 'fc00:f853:ccd:e799::f'],
    ['::1-::ffff', '::1', '::ffff'],
    ['::ffff:192.0.2.1-::ffff:192.0.2.9', '192.0.2.1', '192.0.2.9'],
    ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('reads %s', (text, first, last) => {
    expect(range(text)).toEqual({
      family: first.includes(':') ? 'IPv6' : 'IPv4',
      first: value(first),
      last: value(last),
      text,
    })
  })

  it.each([
    ['192.0.2.1', 'invalid CIDR: it has no length, as 192.0.2.1/32'],
    ['::1', 'as ::1/128'],
    ['somewhere', 'neither a CIDR nor a range'],
    ['', 'invalid CIDR'],
    ['192.0.2.0/33', 'not between 0 and 32'],
    ['::ffff:192.0.2.0/120', 'IPv4 addresses as IPv6 ones; write it as 192.0.2.0/24'],
    ['fc00::/129', 'not between 0 and 128'],
    ['192.0.2.0/-1', 'invalid IP range'],
    ['192.0.2.0/24/24', 'invalid CIDR'],
    ['192.0.2.0/', 'not between 0 and 32'],
    ['192.0.02.0/24', 'invalid CIDR'],
    ['192.0.2.300-192.0.2.301', 'invalid IP range'],
    ['192.0.2.1-', 'invalid IP range'],
    ['192.0.2.1-192.0.2.2-192.0.2.3', 'invalid IP range'],
    ['192.0.2.9-192.0.2.5', 'start 192.0.2.9 is after its end 192.0.2.5'],
    ['192.0.2.1-fc00::1', 'different families'],
  ])('refuses %s, saying what was found and what is allowed', (text, why) => {
    const parsed = parseRange(text)
    const message = 'fault' in parsed ? parsed.fault : 'no fault'
    expect(message).toContain(JSON.stringify(text))
    expect(message).toContain(why)
    expect(message).toContain('allowed: a CIDR')
  })

  it('never throws, and what it reads is ordered and in its family', () => {
    const nearly = fc.stringMatching(/^[0-9a-f.:/ -]{0,40}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        const parsed = parseRange(text)
        if ('fault' in parsed) return
        const { family, first, last } = parsed.range
        expect(first <= last && first >= 0n && last < 1n << BigInt(bitsOf(family))).toBe(true)
      }),
    )
  })
})

describe('ranges', () => {
  it('overlap when they have an address in common', () => {
    expect(rangesOverlap(range('192.0.2.0/24'), range('192.0.2.255-192.0.3.0'))).toBe(true)
    expect(rangesOverlap(range('192.0.2.0/24'), range('192.0.3.0/24'))).toBe(false)
    expect(rangesOverlap(range('0.0.0.0/0'), range('::/0'))).toBe(false)
  })

  it.each([
    ['192.0.2.0/24', 24],
    ['192.0.2.1-192.0.2.5', 31],
    ['192.0.2.4-192.0.2.8', 30],
    ['192.0.2.1-192.0.2.1', 32],
    ['10.0.0.1-10.0.2.0', 24],
    ['0.0.0.0/0', 0],
    ['fc00::/64', 64],
    ['fc00::1-fc00::1', 128],
  ])('%s has room for a block of length %i', (text, length) => {
    expect(widestPrefixLength(range(text))).toBe(length)
  })

  it('are split into no block wider than their widest', () => {
    const ends = fc.tuple(
      fc.constantFrom<Family>('IPv4', 'IPv6'),
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 5000 }),
    )
    fc.assert(
      fc.property(ends, ([family, a, b]) => {
        const [first, last] = [BigInt(Math.min(a, b)), BigInt(Math.max(a, b))]
        const parsed = range(`${formatAddress(family, first)}-${formatAddress(family, last)}`)
        expect(widestPrefixLength(parsed)).toBe(Math.min(...greedyPieces(family, first, last)))
      }),
    )
  })
})

/** Prefix lengths of the minimal list of CIDRs, taken from the front one at a time. */
function greedyPieces(family: Family, first: bigint, last: bigint): number[] {
  const lengths: number[] = []
  for (let at = first; at <= last;) {
    let host = 0
    while (at % (2n << BigInt(host)) === 0n && at + (2n << BigInt(host)) - 1n <= last) host++
    lengths.push(bitsOf(family) - host)
    at += 1n << BigInt(host)
  }
  return lengths
}
