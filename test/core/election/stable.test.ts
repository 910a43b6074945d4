import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Facts, Holder } from '#core/model/facts.ts'
import { announce, type AnnouncementDecisions } from '#core/selection/announce.ts'

import {
  ad,
  address,
  assignment,
  config,
  facts,
  node,
  service,
  settings,
  slice,
} from '../selection/fixtures.ts'

const stable = { ...settings, election: 'stable' as const }

function ipOf(index: number): string {
  return `192.0.2.${index + 1}`
}

function owners(
  count: number,
  nodes: string[],
  holders: Holder[] = [],
  dead: string[] = [],
): Map<string, string> {
  const names = Array.from({ length: count }, (_, index) => `s${index}`)
  const decided = announce(
    facts({
      settings: stable,
      nodes: nodes.map((name) => node(name)),
      services: names.map((name) => service(name)),
      holders,
      dead: new Set(dead),
    }),
    config([ad('lan')]),
    names.map((name, index) => assignment(name, ipOf(index))),
  )
  return new Map(decided.announcements.map(({ address, nodes }) => [address, nodes[0] ?? '']))
}

function holdersOf(owners: ReadonlyMap<string, string>): Holder[] {
  return [...owners].map(([ip, node]) => ({ announcer: 'l2', address: address(ip), node }))
}

function loadsOf(owners: ReadonlyMap<string, string>): Map<string, number> {
  const loads = new Map<string, number>()
  for (const owner of owners.values()) loads.set(owner, (loads.get(owner) ?? 0) + 1)
  return loads
}

const nodeNames = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 })

describe('stable election', () => {
  it('a joining node moves nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), nodeNames, (count, nodes) => {
        const before = owners(count, nodes)
        expect(owners(count, [...nodes, 'z'], holdersOf(before))).toEqual(before)
      }),
      { numRuns: 40 },
    )
  })

  it("a death moves the dead node's addresses only, and its return moves nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), nodeNames, (count, nodes) => {
        const all = [...nodes, 'z']
        const before = owners(count, all)
        const during = owners(count, all, holdersOf(before), ['z'])
        for (const [ip, owner] of before) if (owner !== 'z') expect(during.get(ip)).toBe(owner)
        expect([...during.values()]).not.toContain('z')
        expect(owners(count, all, holdersOf(during))).toEqual(during)
      }),
      { numRuns: 40 },
    )
  })

  it('new placements stay within ceil(1.15 × mean)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), nodeNames, (count, nodes) => {
        const bound = Math.ceil((1.15 * count) / nodes.length)
        for (const load of loadsOf(owners(count, nodes)).values()) expect(load).toBeLessThanOrEqual(bound)
      }),
      { numRuns: 40 },
    )
  })

  it('the bound never overrules the preference of the administrator', () => {
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`)
    const selector = { matchLabels: { 'kubernetes.io/hostname': 'b' } }
    const decided = announce(
      facts({
        settings: stable,
        nodes: [node('a'), node('b'), node('c')],
        services: names.map((name) => service(name)),
      }),
      config([ad('lan', { preferredNodes: [{ weight: 10, selector }] })]),
      names.map((name, index) => assignment(name, ipOf(index))),
    )
    expect(new Set(decided.announcements.flatMap(({ nodes }) => nodes))).toEqual(new Set(['b']))
  })

  it('a holder that may no longer announce loses the address', () => {
    const decided = announce(
      facts({
        settings: stable,
        nodes: [node('a'), node('b')],
        services: [service('web', { policy: 'Local' })],
        endpointSlices: [slice('web', ['b'])],
        holders: [{ announcer: 'l2', address: address('192.0.2.1'), node: 'a' }],
      }),
      config([ad('lan')]),
      [assignment('web', '192.0.2.1')],
    )
    expect(decided.announcements[0]?.nodes).toEqual(['b'])
  })

  it('says why a holder keeps and why the others wait', () => {
    const decided = announce(
      facts({
        settings: stable,
        nodes: [node('a', { ready: true }), node('b', { ready: false })],
        services: [service('web')],
        holders: [{ announcer: 'l2', address: address('192.0.2.1'), node: 'b' }],
      }),
      config([ad('lan')]),
      [assignment('web', '192.0.2.1')],
    )
    expect(decided.elections[0]).toMatchObject({ winner: 'b', reason: 'KeptByHolder' })
    expect(decided.silences).toMatchObject([
      { node: 'a', reason: 'NotElected', message: 'b holds the address already' },
    ])
  })

  describe('flap damping', () => {
    const thrice = new Map([['b', [0, 5000, 10_000]]])
    const at = (now: number, more: Partial<Facts> = {}): AnnouncementDecisions =>
      announce(
        facts({
          settings: stable,
          nodes: [node('a'), node('b')],
          services: Array.from({ length: 8 }, (_, index) => service(`s${index}`)),
          returns: { now, byNode: thrice },
          ...more,
        }),
        config([ad('lan')]),
        Array.from({ length: 8 }, (_, index) => assignment(`s${index}`, ipOf(index))),
      )
    const winners = ({ elections }: AnnouncementDecisions): Set<string | undefined> =>
      new Set(elections.map(({ winner }) => winner))

    it('gives nothing new to a node that came back again and again, until it has been calm', () => {
      const damped = at(11_000)
      expect(winners(damped)).toEqual(new Set(['a']))
      expect(damped.elections[0]?.message).toBe('a is the first of 2 candidates: it has been calm')
      expect(damped.silences[0]).toMatchObject({ node: 'b', reason: 'NodeDamped' })
      expect(winners(at(5 * 60_000))).toEqual(new Set(['a', 'b']))
    })

    it('takes nothing away from it', () => {
      const holders = [{ announcer: 'l2', address: address(ipOf(0)), node: 'b' }]
      expect(at(11_000, { holders }).elections[0]).toMatchObject({ winner: 'b', reason: 'KeptByHolder' })
    })

    it('leaves no address without an owner', () => {
      expect(winners(at(11_000, { dead: new Set(['a']) }))).toEqual(new Set(['b']))
    })

    it('is no matter of the hash election', () => {
      const hashed = at(11_000, { settings })
      expect(hashed).toEqual(at(11_000, { settings, returns: { now: 11_000, byNode: new Map() } }))
    })
  })
})
