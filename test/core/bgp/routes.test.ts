import { describe, expect, it } from 'vitest'

import type { Target } from '#core/announcer.ts'
import { formatCommunities } from '#core/bgp/community.ts'
import { parsePrefix } from '#core/bgp/prefix.ts'
import { pathsOf } from '#core/bgp/paths.ts'
import { routesPerPeer as routesOfPaths, type PeerRoutes, type RouteTable } from '#core/bgp/routes.ts'
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Json } from '#core/model/json.ts'

const belt: SafetyBelt = { maxPrefixes: 1000 }

interface OfferSketch {
  readonly by?: string
  readonly options?: Record<string, Json>
  readonly peers?: readonly string[]
}

function target(address: string, ...offers: OfferSketch[]): Target {
  return {
    address: parseAddress(address) as Address,
    services: [],
    offers: (offers.length > 0 ? offers : [{}]).map(
      ({ by = 'BGPAdvertisement ns/a', options = {}, peers }) => ({
        advertisement: by,
        options,
        ...(peers && { resources: { BGPPeer: peers } }),
      }),
    ),
    stage: 'serve',
  }
}

function routesPerPeer(targets: readonly Target[], peers: readonly string[], belt: SafetyBelt): PeerRoutes {
  return routesOfPaths(pathsOf(targets), peers, belt)
}

/** `10.0.0.0/24 pref 200 65000:1`. */
function lines(table: RouteTable | undefined): string[] {
  return [...(table ?? [])].map(
    ([
      prefix,
      {
        attributes: { localPref, communities },
      },
    ]) =>
      [
        prefix,
        ...(localPref === undefined ? [] : [`pref ${localPref}`]),
        ...formatCommunities(communities),
      ].join(' '),
  )
}

describe('routes per peer', () => {
  it('are host routes of both families by default', () => {
    const { tables } = routesPerPeer([target('192.0.2.1'), target('2001:db8::1')], ['tor'], belt)
    expect(lines(tables.get('tor'))).toEqual(['192.0.2.1/32', '2001:db8::1/128'])
  })

  it('are aggregated, one route for all addresses inside', () => {
    const options = { aggregationLength: 24, aggregationLengthV6: 64 }
    const targets = ['192.0.2.1', '192.0.2.200', '198.51.100.1', '2001:db8::1', '2001:db8::2'].map((text) =>
      target(text, { options }),
    )
    const { tables } = routesPerPeer(targets, ['tor'], belt)
    expect(lines(tables.get('tor'))).toEqual(['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/64'])
  })

  it('of several advertisements are several where their lengths differ', () => {
    const targets = [
      target(
        '192.0.2.1',
        { options: { localPref: 100 } },
        { options: { aggregationLength: 24, localPref: 50 } },
      ),
    ]
    const { tables, contradictions } = routesPerPeer(targets, ['tor'], belt)
    expect(lines(tables.get('tor'))).toEqual(['192.0.2.1/32 pref 100', '192.0.2.0/24 pref 50'])
    expect(contradictions).toEqual([])
  })

  it('unite the communities of advertisements for one prefix, sorted and once', () => {
    const targets = [
      target(
        '192.0.2.1',
        { options: { communities: ['65000:2', 'large:1:2:3'] } },
        { options: { communities: ['65000:1', '65000:2', 'large:1:2:2'] } },
      ),
    ]
    const { tables } = routesPerPeer(targets, ['tor'], belt)
    expect(lines(tables.get('tor'))).toEqual(['192.0.2.1/32 65000:1 65000:2 large:1:2:2 large:1:2:3'])
  })

  it('keep the preference of the first advertisement by name, whatever their order, and report the other', () => {
    const a = { by: 'BGPAdvertisement ns/a', options: { localPref: 100 } }
    const b = { by: 'BGPAdvertisement ns/b', options: { localPref: 200 } }
    for (const offers of [
      [a, b],
      [b, a],
    ]) {
      const { tables, contradictions } = routesPerPeer([target('192.0.2.1', ...offers)], ['tor'], belt)
      expect(lines(tables.get('tor'))).toEqual(['192.0.2.1/32 pref 100'])
      expect(contradictions).toEqual([
        {
          prefix: '192.0.2.1/32',
          field: 'localPref',
          kept: { advertisement: a.by, value: 100 },
          ignored: { advertisement: b.by, value: 200 },
        },
      ])
    }
  })

  it('take no preference, or 0, for no opinion', () => {
    const offers = [{ options: { localPref: 0 } }, { by: 'BGPAdvertisement ns/b', options: { localPref: 7 } }]
    const { tables, contradictions } = routesPerPeer([target('192.0.2.1', ...offers)], ['tor'], belt)
    expect(lines(tables.get('tor'))).toEqual(['192.0.2.1/32 pref 7'])
    expect(contradictions).toEqual([])
  })

  it('differ by peer as the advertisements select them, without contradiction between peers', () => {
    const targets = [
      target(
        '192.0.2.1',
        { options: { localPref: 100 }, peers: ['a', 'b'] },
        { by: 'BGPAdvertisement ns/z', options: { localPref: 200 }, peers: ['c'] },
      ),
      target('192.0.2.2'),
    ]
    const { tables, contradictions } = routesPerPeer(targets, ['a', 'b', 'c', 'd'], belt)
    expect(lines(tables.get('a'))).toEqual(['192.0.2.1/32 pref 100', '192.0.2.2/32'])
    expect(lines(tables.get('c'))).toEqual(['192.0.2.1/32 pref 200', '192.0.2.2/32'])
    expect(lines(tables.get('d'))).toEqual(['192.0.2.2/32'])
    expect(contradictions).toEqual([])
    expect(tables.get('b')).toBe(tables.get('a'))
  })

  it('exist only for targets that are to be served', () => {
    const targets = (['arm', 'serve', 'retire'] as const).map((stage, i) => ({
      ...target(`192.0.2.${i}`),
      stage,
    }))
    expect(lines(routesPerPeer(targets, ['tor'], belt).tables.get('tor'))).toEqual(['192.0.2.1/32'])
  })

  it('share one set of attributes, however many they are', () => {
    const options = { communities: ['65000:1'] }
    const targets = Array.from({ length: 100 }, (_, i) => target(`192.0.2.${i}`, { options }))
    const table = routesPerPeer(targets, ['tor'], belt).tables.get('tor')
    expect(new Set([...(table?.values() ?? [])].map(({ attributes }) => attributes)).size).toBe(1)
  })
})

describe('the safety belt', () => {
  const prefix = (text: string) => parsePrefix(text) ?? expect.fail(text)

  it('never lets a default route out', () => {
    const targets = [target('2001:db8::1', { options: { aggregationLengthV6: 0 } })]
    const { tables, refused } = routesPerPeer(targets, ['tor'], belt)
    expect(lines(tables.get('tor'))).toEqual([])
    expect([...refused]).toEqual([['::/0', 'DefaultRouteRefused']])
  })

  it('holds back what lies outside the allowed prefixes, aggregates that reach beyond them too', () => {
    const allowed = [prefix('192.0.2.0/25'), prefix('2001:db8::/64')]
    const targets = [
      target('192.0.2.1'),
      target('192.0.2.1', { options: { aggregationLength: 24 } }),
      target('192.0.2.200'),
      target('2001:db8::1', { options: { aggregationLengthV6: 64 } }),
      target('2001:db8:0:1::1'),
    ]
    const { tables, refused } = routesPerPeer(targets, ['tor'], { ...belt, allowed })
    expect(lines(tables.get('tor'))).toEqual(['192.0.2.1/32', '2001:db8::/64'])
    expect([...refused]).toEqual([
      ['192.0.2.0/24', 'PrefixNotAllowed'],
      ['192.0.2.200/32', 'PrefixNotAllowed'],
      ['2001:db8:0:1::1/128', 'PrefixNotAllowed'],
    ])
  })

  it('stops at the maximum count, in the order of the addresses', () => {
    const targets = [1, 2, 3].map((i) => target(`192.0.2.${i}`))
    const { tables, refused } = routesPerPeer(targets, ['tor'], { maxPrefixes: 2 })
    expect(lines(tables.get('tor'))).toEqual(['192.0.2.1/32', '192.0.2.2/32'])
    expect([...refused]).toEqual([['192.0.2.3/32', 'TooManyPrefixes']])
  })
})
