import { describe, expect, it } from 'vitest'

import type { Config, ConfigResource } from '#core/model/config.ts'
import type { Facts, PathState } from '#core/model/facts.ts'
import { announce, type AnnouncementDecisions } from '#core/selection/announce.ts'

import {
  address,
  assignment,
  bgp,
  bgpAd,
  config,
  drained,
  facts,
  node,
  onHost,
  peer,
  service,
  settings,
  slice,
} from './fixtures.ts'

const nodes = [node('a'), node('b'), node('c')]

function decided(
  parts: Partial<Facts>,
  advertisements: Config['advertisements'],
  peers: ConfigResource[] = [peer('tor-1')],
  addresses: string[] = ['192.0.2.1'],
): AnnouncementDecisions {
  return announce(
    facts({ nodes, services: [service('web')], ...parts }),
    config([...advertisements], peers),
    [assignment('web', ...addresses)],
  )
}

function entries({ announcements }: AnnouncementDecisions): unknown[] {
  return announcements.map(({ advertisement, nodes, peers }) => [advertisement.split('/')[1], nodes, peers])
}

function silent({ silences }: AnnouncementDecisions): Record<string, string> {
  return Object.fromEntries(silences.map(({ node, reason }) => [node, reason]))
}

describe('a route', () => {
  it('is announced by every node, to every peer of the backend', () => {
    const result = decided(
      {},
      [bgpAd('fabric')],
      [peer('tor-1'), peer('tor-2'), peer('x', { announcer: 'frr' })],
    )
    expect(entries(result)).toEqual([['fabric', ['a', 'b', 'c'], ['tor-1', 'tor-2']]])
    expect(result.elections).toEqual([])
    expect(silent(result)).toEqual({})
  })

  it('comes in one entry per set of peers', () => {
    const peers = [peer('tor-1', onHost('a', 'b')), peer('tor-2', onHost('c'))]
    expect(entries(decided({}, [bgpAd('fabric')], peers))).toEqual([
      ['fabric', ['a', 'b'], ['tor-1']],
      ['fabric', ['c'], ['tor-2']],
    ])
  })

  it('goes only to the peers that the advertisement names', () => {
    const peers = [peer('tor-1'), peer('tor-2')]
    expect(entries(decided({}, [bgpAd('fabric', { peers: ['tor-2'] })], peers))).toEqual([
      ['fabric', ['a', 'b', 'c'], ['tor-2']],
    ])
  })

  it('is announced once per address and advertisement', () => {
    const result = decided({}, [bgpAd('x'), bgpAd('y')], [peer('tor-1')], ['192.0.2.1', '2001:db8::1'])
    expect(
      result.announcements.map(({ address, advertisement }) => [address, advertisement.split('/')[1]]),
    ).toEqual([
      ['192.0.2.1', 'x'],
      ['192.0.2.1', 'y'],
      ['2001:db8::1', 'x'],
      ['2001:db8::1', 'y'],
    ])
  })

  it('needs no peer where the announcer knows none', () => {
    const anycast = { ...bgp, name: 'anycast', resources: [] }
    const parts = { settings: { ...settings, announcers: [anycast] } }
    const ad = bgpAd('any', { announcer: 'anycast', options: {} })
    expect(entries(decided(parts, [ad], []))).toEqual([['any', ['a', 'b', 'c'], undefined]])
  })
})

describe('a node is silent', () => {
  it.each<[string, Partial<Facts>, Record<string, string>]>([
    ['when it is dead', { dead: new Set(['a']) }, { a: 'NodeDead' }],
    [
      'when its network is unavailable',
      { nodes: [node('a', { networkUnavailable: true }), node('b')] },
      { a: 'NodeNetworkUnavailable' },
    ],
    [
      'when it is excluded',
      {
        nodes: [
          node('a', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }),
          node('b'),
        ],
      },
      { a: 'NodeExcluded' },
    ],
    ['when it is being drained', { nodes: [drained('a'), node('b')] }, { a: 'NodeDraining' }],
    ['never for a drain alone', { nodes: [drained('a'), drained('b')] }, {}],
    [
      'when policy Local finds no endpoint on it',
      { services: [service('web', { policy: 'Local' })], endpointSlices: [slice('web', ['b'])] },
      { a: 'NoReadyEndpoint', c: 'NoReadyEndpoint' },
    ],
    [
      'when there is no endpoint anywhere',
      { endpointSlices: [slice('web', [])] },
      { a: 'NoReadyEndpointAnywhere', b: 'NoReadyEndpointAnywhere', c: 'NoReadyEndpointAnywhere' },
    ],
  ])('%s', (_, parts, expected) => {
    expect(silent(decided(parts, [bgpAd('fabric')]))).toEqual(expected)
  })

  it.each<[string, readonly string[], NonNullable<Facts['nodes']>, Record<string, string>]>([
    ['on nodes whose data path is shut', ['a', 'b'], nodes, { a: 'DataPathShut', b: 'DataPathShut' }],
    ['on none where all are shut', ['a', 'b', 'c'], nodes, {}],
    [
      'on the shut one rather than on the drained one',
      ['a'],
      [node('a'), drained('b')],
      { a: 'DataPathShut' },
    ],
    [
      'on the drained one where nobody else reaches it',
      ['a', 'b'],
      [node('a'), drained('b')],
      { b: 'DataPathShut' },
    ],
  ])('for a shut path: %s', (_, shut, nodes, expected) => {
    const shutPaths = shut.map((name) => ({
      address: address('192.0.2.1'),
      node: name,
      state: 'shut' as const,
    }))
    expect(silent(decided({ nodes, shutPaths }, [bgpAd('fabric', { gated: true })]))).toEqual(expected)
    expect(silent(decided({ nodes: [node('a'), node('b')], shutPaths }, [bgpAd('fabric')]))).toEqual({})
  })

  it('for a shut path only where another node really announces, not in favour of one that has yet to try', () => {
    const path = (node: string, state: PathState) => ({ address: address('192.0.2.1'), node, state })
    const gated = [bgpAd('fabric', { gated: true })]
    const some = { nodes: [node('a'), node('b')], shutPaths: [path('a', 'shut'), path('b', 'untried')] }
    expect(silent(decided(some, gated))).toEqual({})
    const leaving = { nodes: [drained('a'), node('b')], shutPaths: [path('b', 'untried')] }
    expect(silent(decided(leaving, gated))).toEqual({})
    expect(silent(decided(leaving, [bgpAd('fabric')]))).toEqual({ a: 'NodeDraining' })
    expect(silent(decided({ ...some, nodes }, gated))).toEqual({ a: 'DataPathShut' })
    const never = { nodes: [node('a'), node('b')], shutPaths: [path('a', 'shut'), path('b', 'never-open')] }
    expect(silent(decided(never, gated))).toEqual({ b: 'DataPathShut' })
  })

  it('when no advertisement selects it', () => {
    expect(silent(decided({}, [bgpAd('fabric', onHost('a'))]))).toEqual({
      b: 'NodeNotSelected',
      c: 'NodeNotSelected',
    })
  })

  it('when no peer applies to it', () => {
    const result = decided({}, [bgpAd('fabric')], [peer('tor-1', onHost('a'))])
    expect(silent(result)).toEqual({ b: 'NoPeer', c: 'NoPeer' })
    expect(result.silences[0]?.message).toBe(
      'no BGPPeer of BGPAdvertisement metallb-system/fabric applies to b',
    )
  })

  it('stays announced while it is not Ready or cordoned', () => {
    const unready = { nodes: [{ ...node('a', { ready: false }), spec: { unschedulable: true } }] }
    expect(entries(decided(unready, [bgpAd('fabric')]))).toEqual([['fabric', ['a'], ['tor-1']]])
  })
})

describe('two local preferences for one prefix towards one peer', () => {
  const selective = { serviceSelectors: [{ matchLabels: {} }] }
  const low = bgpAd('a-low', { options: { localPref: 100 } })
  const high = bgpAd('b-high', { options: { localPref: 200 }, ...selective })

  it('are reported, and the first by name keeps working', () => {
    const result = decided({}, [low, high])
    expect(entries(result)).toEqual([['a-low', ['a', 'b', 'c'], ['tor-1']]])
    expect(result.problems).toEqual([
      {
        object: 'BGPAdvertisement metallb-system/b-high',
        field: 'spec.localPref',
        reason: 'ConflictingAttributes',
        message:
          'local preference 200 for 192.0.2.1 of default/web towards peer tor-1 contradicts local preference 100 of ' +
          'BGPAdvertisement metallb-system/a-low, which comes first by name and is used',
      },
    ])
  })

  it.each([
    [
      'different aggregation',
      bgpAd('b-high', { options: { localPref: 200, aggregationLength: 24 }, ...selective }),
    ],
    ['other peers', bgpAd('b-high', { options: { localPref: 200 }, peers: ['tor-2'], ...selective })],
    ['other nodes', bgpAd('b-high', { options: { localPref: 200 }, ...onHost('c'), ...selective })],
  ])('are lawful with %s', (_, other) => {
    const first = bgpAd('a-low', { options: { localPref: 100 }, peers: ['tor-1'], ...onHost('a', 'b') })
    expect(decided({}, [first, other], [peer('tor-1'), peer('tor-2')]).problems).toEqual([])
  })

  it('of equal value are none', () => {
    expect(decided({}, [low, bgpAd('b', { options: { localPref: 100 }, ...selective })]).problems).toEqual([])
  })

  it('are reported with the configuration where neither selects Services', () => {
    const result = decided({}, [low, bgpAd('b', { options: { localPref: 200 } })])
    expect(entries(result)).toEqual([['a-low', ['a', 'b', 'c'], ['tor-1']]])
    expect(result.problems).toEqual([])
  })

  it('leave the other peers to both', () => {
    const both = decided(
      {},
      [low, bgpAd('b', { options: { localPref: 200 }, peers: ['tor-2'], ...selective })],
      [peer('tor-1'), peer('tor-2')],
    )
    expect(entries(both)).toEqual([['a-low', ['a', 'b', 'c'], ['tor-1', 'tor-2']]])
    expect(both.problems).toHaveLength(1)
  })

  it('of Services that share the address contradict each other as well', () => {
    const web = bgpAd('a', {
      options: { localPref: 100 },
      serviceSelectors: [{ matchLabels: { app: 'web' } }],
    })
    const dns = bgpAd('b', {
      options: { localPref: 200 },
      serviceSelectors: [{ matchLabels: { app: 'dns' } }],
    })
    const result = announce(
      facts({
        nodes,
        services: [service('web', { labels: { app: 'web' } }), service('dns', { labels: { app: 'dns' } })],
      }),
      config([web, dns], [peer('tor-1')]),
      [assignment('dns', '192.0.2.1'), assignment('web', '192.0.2.1')],
    )
    expect(entries(result)).toEqual([['a', ['a', 'b', 'c'], ['tor-1']]])
    expect(silent(result)).toEqual({
      a: 'ConflictingAttributes',
      b: 'ConflictingAttributes',
      c: 'ConflictingAttributes',
    })
  })
})

describe('without any Nodes in the input', () => {
  it('an announcement without nodes names the peers there are', () => {
    const result = announce(
      facts({ services: [service('web')] }),
      config([bgpAd('fabric')], [peer('tor-1')]),
      [assignment('web', '192.0.2.1')],
    )
    expect(entries(result)).toEqual([['fabric', [], ['tor-1']]])
  })
})
