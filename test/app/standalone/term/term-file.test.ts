import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  formatTermFile,
  parseTermFile,
  sameHoldings,
  type HeldAddresses,
  type TermFile,
} from '#app/standalone/term/term-file.ts'
import { formatAddress, type Address } from '#core/model/address.ts'

const v4 = fc.nat(0xffffffff).map((value) => formatAddress('IPv4', BigInt(value)))
const v6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => formatAddress('IPv6', value))
const held: fc.Arbitrary<HeldAddresses> = fc.record(
  { pool: fc.string(), addresses: fc.array(fc.oneof(v4, v6), { minLength: 1, maxLength: 2 }) },
  { requiredKeys: ['addresses'] },
)
const files: fc.Arbitrary<TermFile> = fc.record({
  term: fc.integer({ min: 1, max: 1e9 }),
  holder: fc.record({ node: fc.string(), boot: fc.string() }),
  state: fc.constantFrom('claimed', 'open', 'released'),
  services: fc
    .array(fc.tuple(fc.stringMatching(/^[a-z]{1,9}\/[a-z]{1,9}$/), held))
    .map((list) => new Map(list)),
})

describe('term file', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(files, (file) => {
        expect(parseTermFile(formatTermFile(file))).toEqual(file)
      }),
    )
  })

  it('calls every proper prefix of itself corrupt, or empty: half a file is never believed', () => {
    fc.assert(
      fc.property(files, fc.nat(), (file, cut) => {
        const text = formatTermFile(file).trimEnd()
        const part = text.slice(0, cut % text.length)
        expect(parseTermFile(part)).toMatchObject({ fault: part === '' ? 'empty' : 'corrupt' })
      }),
    )
  })

  it('answers any text', () => {
    fc.assert(fc.property(fc.string(), (text) => 'fault' in parseTermFile(text)))
    fc.assert(fc.property(fc.json(), (text) => 'fault' in parseTermFile(text)))
  })

  it('tells a newer format from a broken file', () => {
    expect(parseTermFile('{"format":2}')).toEqual({
      fault: 'foreign',
      message: 'has format 2, this program reads format 1',
    })
  })

  it('refuses an address that is none', () => {
    const text = formatTermFile({
      term: 1,
      holder: { node: 'a', boot: 'b' },
      state: 'open',
      services: new Map([['default/web', { addresses: ['192.0.2.300' as Address] }]]),
    })
    expect(parseTermFile(text)).toMatchObject({ fault: 'corrupt' })
  })
})

describe('sameHoldings', () => {
  const web = (addresses: string[], pool = 'p') =>
    new Map([['a/web', { pool, addresses: addresses as Address[] }]])

  it('sees a changed address, pool, order or Service', () => {
    expect(sameHoldings(web(['192.0.2.1']), web(['192.0.2.1']))).toBe(true)
    expect(sameHoldings(web(['192.0.2.1']), web(['192.0.2.2']))).toBe(false)
    expect(sameHoldings(web(['192.0.2.1']), web(['192.0.2.1'], 'q'))).toBe(false)
    expect(sameHoldings(web(['192.0.2.1', '2001:db8::1']), web(['2001:db8::1', '192.0.2.1']))).toBe(false)
    expect(sameHoldings(web(['192.0.2.1']), new Map())).toBe(false)
  })
})
