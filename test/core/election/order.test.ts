import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { NodeHashes } from '#core/election/node-hashes.ts'
import { advantage, firstOf, ranked, type Candidate, type Order } from '#core/election/order.ts'

import { address, sha256 } from '../selection/fixtures.ts'

const ip = address('192.0.2.1')

const candidate = fc.record({
  node: fc.string({ minLength: 1, maxLength: 8 }),
  shut: fc.constantFrom(0, 1, 2),
  draining: fc.boolean(),
  serves: fc.integer({ min: 1, max: 2 }),
  wished: fc.boolean(),
  damped: fc.boolean(),
  ready: fc.boolean(),
  hosts: fc.integer({ min: 0, max: 2 }),
  score: fc.integer({ min: 0, max: 2 }),
  subnet: fc.constantFrom('on' as const, 'unknown' as const, 'off' as const),
})

const candidates = fc.uniqueArray(candidate, { selector: ({ node }) => node, maxLength: 12 })

/** The guide's rule, written down without regard to cost. */
function naive(kind: Order['kind'], all: readonly Candidate[]): Candidate[] {
  const keys = ({
    shut,
    draining,
    serves,
    wished,
    damped,
    ready,
    hosts,
    score,
    subnet,
    node,
  }: Candidate): (number | string)[] => [
    shut,
    draining ? 1 : 0,
    -serves,
    wished ? 0 : 1,
    damped ? 1 : 0,
    ...(kind === 'herald' ? [ready ? 0 : 1, -hosts] : []),
    -score,
    ...(kind === 'herald' ? [{ on: 0, unknown: 1, off: 2 }[subnet]] : []),
    sha256(`${node}#${ip}`),
  ]
  return all.toSorted((a, b) => {
    const [x, y] = [keys(a), keys(b)]
    const index = x.findIndex((key, at) => key !== y[at])
    return (x[index] ?? 0) < (y[index] ?? 0) ? -1 : 1
  })
}

describe('the order among candidates', () => {
  it.each(['herald', 'metallb'] as const)('%s: is the naive one, whatever the order of the input', (kind) => {
    fc.assert(
      fc.property(candidates, (all) => {
        const order = { kind, hashes: new NodeHashes(sha256) }
        const expected = naive(kind, all).map(({ node }) => node)
        expect(ranked(order, ip, all.toReversed()).map(({ node }) => node)).toEqual(expected)
        expect(firstOf(order, ip, all)?.node).toBe(expected[0])
      }),
    )
  })

  it('names the first key that tells two candidates apart', () => {
    const common = {
      serves: 1,
      wished: false,
      damped: false,
      ready: true,
      hosts: 1,
      score: 5,
      subnet: 'unknown' as const,
    }
    const base: Candidate = { node: 'a', shut: 0, draining: false, ...common }
    expect(advantage('herald', base, { ...base, draining: true, shut: 1 })).toMatch('its own proxy')
    expect(advantage('metallb', base, { ...base, serves: 2, draining: true })).toBe('is not being drained')
    expect(advantage('herald', base, { ...base, damped: true, ready: false })).toBe('has been calm')
    expect(advantage('metallb', { ...base, wished: true }, { ...base, damped: true })).toBe('was asked for')
    expect(advantage('herald', base, { ...base, ready: false })).toBe('is Ready')
    expect(advantage('herald', base, { ...base, hosts: 0 })).toBe('hosts an endpoint that can serve')
    expect(advantage('herald', base, { ...base, score: 3 })).toBe('has preference 5 against 3')
    expect(advantage('metallb', base, { ...base, ready: false })).toBe('has the lower sha256(node#address)')
    expect(advantage('herald', { ...base, subnet: 'on' }, base)).toBe('is on the subnet of the address')
    expect(advantage('herald', base, { ...base, subnet: 'off' })).toMatch('not known to be off')
    expect(advantage('herald', { ...base, serves: 2 }, base)).toMatch('more of the Services')
  })
})

describe('remembered hashes', () => {
  it('compare as the whole hashes do, also when their first 52 bits are equal', () => {
    const hashes = new NodeHashes((text) => (text.startsWith('b') ? '0123456789abc1' : '0123456789abc2'))
    expect(hashes.compare(ip, 'a', 'b')).toBeGreaterThan(0)
    expect(hashes.compare(ip, 'b', 'a')).toBeLessThan(0)
    expect(hashes.compare(ip, 'a', 'a')).toBe(0)
  })

  it('are computed once per node and address, and again only after they are forgotten', () => {
    let computed = 0
    const hashes = new NodeHashes((text) => {
      computed++
      return sha256(text)
    })
    const nodes = Array.from({ length: 20 }, (_, index) => `n${index}`)
    for (const a of nodes) for (const b of nodes) hashes.compare(ip, a, b)
    expect(computed).toBe(20)
    hashes.forgetNode('n3')
    hashes.compare(ip, 'n3', 'n4')
    expect(computed).toBe(21)
    hashes.forgetAddress(ip)
    hashes.compare(ip, 'n3', 'n4')
    expect(computed).toBe(23)
  })

  it('a new node in the place of a forgotten one has a hash of its own', () => {
    const hashes = new NodeHashes(sha256)
    hashes.compare(ip, 'a', 'b')
    hashes.forgetNode('a')
    const expected = sha256('z#192.0.2.1') < sha256('b#192.0.2.1')
    expect(hashes.compare(ip, 'z', 'b') < 0).toBe(expected)
  })
})
