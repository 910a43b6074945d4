import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Assignment } from '#core/model/decisions.ts'
import type { Config } from '#core/model/config.ts'
import type { Facts, PathState } from '#core/model/facts.ts'
import { announce } from '#core/selection/announce.ts'

import {
  ad,
  address,
  assignment,
  config,
  drained,
  facts,
  node,
  onHost,
  service,
  settings,
  sha256,
  slice,
} from './fixtures.ts'

const three = [node('a'), node('b'), node('c')]

/** Winner of the first address, and the reason of every silent node. */
function result(
  parts: Partial<Facts>,
  advertisements: Config['advertisements'] = [ad('lan')],
  assignments: readonly Assignment[] = [assignment('web', '192.0.2.1')],
): { winner: string | undefined; silent: Record<string, string> } {
  const services = parts.services ?? [service('web')]
  const decided = announce(
    facts({ nodes: three, ...parts, services }),
    config([...advertisements]),
    assignments,
  )
  const silent = decided.silences.filter((silence) => silence.service === 'default/web')
  return {
    winner: decided.announcements.find((found) => found.service === 'default/web')?.nodes[0],
    silent: Object.fromEntries(silent.map(({ node, reason }) => [node, reason])),
  }
}

function byHash(ip: string, nodes: readonly string[]): string[] {
  return nodes.toSorted((a, b) => (sha256(`${a}#${ip}`) < sha256(`${b}#${ip}`) ? -1 : 1))
}

describe('the candidates for an address', () => {
  it('are all nodes, and the lowest sha256(node#address) wins', () => {
    const [first, ...rest] = byHash('192.0.2.1', ['a', 'b', 'c'])
    expect(result({})).toEqual({
      winner: first,
      silent: Object.fromEntries(rest.map((name) => [name, 'NotElected'])),
    })
  })

  it('hash the first address of a dual-stack Service, and one node answers for both', () => {
    const decided = announce(facts({ nodes: three, services: [service('web')] }), config([ad('lan')]), [
      assignment('web', '2001:db8::1', '192.0.2.1'),
    ])
    const winner = byHash('2001:db8::1', ['a', 'b', 'c'])[0]
    expect(decided.announcements.map(({ address, nodes }) => [address, nodes])).toEqual([
      ['192.0.2.1', [winner]],
      ['2001:db8::1', [winner]],
    ])
  })

  it('come from all advertisements that select the Service, not only those that select one node', () => {
    const [first] = byHash('192.0.2.1', ['a', 'b'])
    expect(result({}, [ad('x', onHost('a')), ad('y', onHost('b'))])).toEqual({
      winner: first,
      silent: { [first === 'a' ? 'b' : 'a']: 'NotElected', c: 'NodeNotSelected' },
    })
  })

  it('leave out advertisements whose serviceSelectors do not match', () => {
    const picky = ad('x', { ...onHost('a'), serviceSelectors: [{ matchLabels: { app: 'other' } }] })
    expect(result({}, [picky, ad('y', onHost('b'))]).winner).toBe('b')
    expect(result({}, [picky]).silent['a']).toBe('ServiceNotSelected')
  })

  it.each([
    ['a dead node', { dead: new Set(['a']) }, 'NodeDead'],
    [
      'a node cut off from the network',
      { nodes: [node('a', { networkUnavailable: true })] },
      'NodeNetworkUnavailable',
    ],
    [
      'a node with the exclude label, whatever its value',
      {
        nodes: [
          node('a', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': 'false' } }),
        ],
      },
      'NodeExcluded',
    ],
  ])('never include %s', (_, parts, reason) => {
    const decided = result({ ...parts }, [ad('lan', onHost('a'))])
    expect(decided.winner).toBeUndefined()
    expect(decided.silent['a']).toBe(reason)
  })

  it('include an excluded node with --ignore-exclude-lb', () => {
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }
    const parts = { nodes: [node('a', { labels })], settings: { ...settings, ignoreExcludeLb: true } }
    expect(result(parts).winner).toBe('a')
  })

  it('depend on cordon with --drain-on-cordon alone, and then as on a drain: it comes last, and stays without another', () => {
    const [first = ''] = byHash('192.0.2.1', ['a', 'b'])
    const nodes = ['a', 'b'].map((name) => ({
      ...node(name),
      spec: { unschedulable: name === first },
    }))
    expect(result({ nodes }).winner).toBe(first)
    const other = first === 'a' ? 'b' : 'a'
    const asked = { settings: { ...settings, drainOnCordon: true } }
    expect(result({ nodes, ...asked })).toEqual({
      winner: other,
      silent: { [first]: 'NotElected' },
    })
    expect(
      result({
        nodes: nodes.map((one) => (one.metadata.name === first ? drained(first) : one)),
      }),
    ).toEqual({
      winner: other,
      silent: { [first]: 'NotElected' },
    })
    expect(
      result({
        nodes: nodes.filter(({ metadata }) => metadata.name === first),
        ...asked,
      }).winner,
    ).toBe(first)
  })
})

describe('a shut data path', () => {
  const gated = [ad('lan', { gated: true })]
  const shut = (...names: string[]): Partial<Facts> => ({
    shutPaths: names.map((name) => ({
      address: address('192.0.2.1'),
      node: name,
      state: 'shut' as const,
    })),
  })

  it('puts a node behind all others, drained ones too, where an advertisement asks', () => {
    const [first = '', second = ''] = byHash('192.0.2.1', ['a', 'b', 'c'])
    expect(result(shut(first), gated)).toMatchObject({
      winner: second,
      silent: { [first]: 'DataPathShut' },
    })
    expect(result(shut(first)).winner).toBe(first)
    const nodes = [node(first), drained(second)]
    expect(result({ nodes, ...shut(first) }, gated).winner).toBe(second)
  })

  it('that was open before is better than one that never was', () => {
    const [first = '', second = ''] = byHash('192.0.2.1', ['a', 'b', 'c'])
    const { shutPaths = [] } = shut('a', 'b', 'c')
    const parts = {
      shutPaths: shutPaths.map((path) =>
        path.node === first ? { ...path, state: 'never-open' as const } : path,
      ),
    }
    expect(result(parts, gated)).toMatchObject({ winner: second, silent: { [first]: 'DataPathShut' } })
  })

  it('is one key more: where all paths are alike, or nobody asks, the winner is the one without gates', () => {
    const states = fc.constantFrom<PathState | undefined>('shut', 'never-open', 'untried', undefined)
    fc.assert(
      fc.property(fc.tuple(states, states, states), fc.subarray(['a', 'b', 'c']), (paths, draining) => {
        const nodes = ['a', 'b', 'c'].map((name) => (draining.includes(name) ? drained(name) : node(name)))
        const shutPaths = paths.flatMap((state, index) =>
          state ? [{ address: address('192.0.2.1'), node: 'abc'[index] ?? '', state }] : [],
        )
        const without = result({ nodes }).winner
        expect(result({ nodes, shutPaths }).winner).toBe(without)
        const { winner } = result({ nodes, shutPaths }, gated)
        const rank = (name: string | undefined): number =>
          ['shut', 'never-open'].indexOf(shutPaths.find((path) => path.node === name)?.state ?? '') + 1
        const ranks = ['a', 'b', 'c'].map(rank)
        expect(rank(winner)).toBe(Math.min(...ranks))
        if (new Set(ranks).size === 1) expect(winner).toBe(without)
      }),
    )
  })

  it('changes nothing where it is shut on all', () => {
    const [first = '', ...others] = byHash('192.0.2.1', ['a', 'b', 'c'])
    const { winner, silent } = result(shut('a', 'b', 'c'), gated)
    expect(winner).toBe(first)
    expect(silent).toEqual(Object.fromEntries(others.map((name) => [name, 'NotElected'])))
  })
})

describe('endpoints', () => {
  it('are assumed ready everywhere where the input has no slice of the Service', () => {
    expect(result({ endpointSlices: [slice('other', [])] }).winner).toBeDefined()
  })

  it('do not exist where a complete source has no slice', () => {
    expect(result({ complete: true }).silent).toEqual({
      a: 'NoReadyEndpointAnywhere',
      b: 'NoReadyEndpointAnywhere',
      c: 'NoReadyEndpointAnywhere',
    })
  })

  it('an empty slice means none, also with policy Cluster', () => {
    expect(result({ endpointSlices: [slice('web', [])] })).toEqual({
      winner: undefined,
      silent: { a: 'NoReadyEndpointAnywhere', b: 'NoReadyEndpointAnywhere', c: 'NoReadyEndpointAnywhere' },
    })
  })

  it.each([
    ['ready absent', {}, true],
    ['ready', { ready: true }, true],
    ['not ready', { ready: false }, false],
    ['terminating but serving', { ready: false, serving: true, terminating: true }, true],
    ['neither ready nor serving', { ready: false, serving: false }, false],
  ])('%s: can serve is %j → %s', (_, conditions, serves) => {
    const endpointSlices = [slice('web', [{ addresses: ['10.0.0.1'], nodeName: 'b', conditions }])]
    expect(result({ endpointSlices }).winner).toBe(serves ? 'b' : undefined)
  })

  it('of several slices count together', () => {
    const endpointSlices = [
      slice('web', [{ addresses: ['10.0.0.1'], nodeName: 'a', conditions: { ready: false } }], 'web-1'),
      slice('web', ['c'], 'web-2'),
    ]
    expect(result({ endpointSlices }).winner).toBe('c')
  })

  it('on the node are required with policy Local', () => {
    const services = [service('web', { policy: 'Local' })]
    expect(result({ services, endpointSlices: [slice('web', ['c'])] })).toEqual({
      winner: 'c',
      silent: { a: 'NoReadyEndpoint', b: 'NoReadyEndpoint' },
    })
  })

  it('without a node name serve policy Cluster and no node of policy Local', () => {
    const endpointSlices = [slice('web', [{ addresses: ['10.0.0.1'] }])]
    expect(result({ endpointSlices }).winner).toBeDefined()
    expect(result({ services: [service('web', { policy: 'Local' })], endpointSlices })).toEqual({
      winner: undefined,
      silent: { a: 'NoReadyEndpoint', b: 'NoReadyEndpoint', c: 'NoReadyEndpoint' },
    })
  })
})

describe('the order among candidates', () => {
  const [, , last = ''] = byHash('192.0.2.1', ['a', 'b', 'c'])
  const others = ['a', 'b', 'c'].filter((name) => name !== last)

  it('puts Ready nodes first', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name, { ready: name === last }))
    expect(result({ nodes }).winner).toBe(last)
  })

  it('takes a node without a Ready condition for Ready', () => {
    const nodes = [node(last), ...others.map((name) => node(name, { ready: false }))]
    expect(result({ nodes }).winner).toBe(last)
  })

  it('then nodes that host an endpoint', () => {
    expect(result({ endpointSlices: [slice('web', [last])] }).winner).toBe(last)
  })

  it('then the sum of preferences of all matching advertisements', () => {
    const prefer = (name: string, weight: number): Parameters<typeof ad>[1] => ({
      preferredNodes: [{ weight, selector: { matchLabels: { 'kubernetes.io/hostname': name } } }],
    })
    const [one = '', two = ''] = others
    const advertisements = [ad('x', prefer(last, 30)), ad('y', prefer(last, 30)), ad('z', prefer(one, 50))]
    expect(result({}, advertisements).winner).toBe(last)
    expect(result({}, [ad('x', prefer(last, 30)), ad('z', prefer(two, 50))]).winner).toBe(two)
  })

  it('counts no preference for a node that the same advertisement does not select', () => {
    const [one = ''] = others
    const aloof = ad('x', {
      ...onHost(one),
      preferredNodes: [{ weight: 100, selector: { matchLabels: { 'kubernetes.io/hostname': last } } }],
    })
    expect(result({}, [aloof, ad('y')]).winner).not.toBe(last)
  })

  it('drops Ready and hosting with l2Candidates metallb', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name, { ready: name === last }))
    const parts = {
      nodes,
      endpointSlices: [slice('web', [last])],
      settings: { ...settings, l2Candidates: 'metallb' },
    }
    expect(result(parts as Partial<Facts>).winner).toBe(byHash('192.0.2.1', ['a', 'b', 'c'])[0])
  })

  describe('where nodes say which subnets they are on', () => {
    const on = (name: string, subnets: string): ReturnType<typeof node> => {
      const { metadata, ...rest } = node(name)
      return { ...rest, metadata: { ...metadata, annotations: { 'heraldlb.io/subnets': subnets } } }
    }
    const here = 'fd00::/64, 192.0.2.0/24'
    const away = '198.51.100.0/24'

    it.each(['a', 'b', 'c'])('one on the subnet of the address comes before the hash: %s', (last) => {
      const nodes = ['a', 'b', 'c'].map((name) => on(name, name === last ? here : away))
      expect(result({ nodes }).winner).toBe(last)
    })

    it.each(['a', 'b', 'c'])('one that says nothing comes before those known to be elsewhere: %s', (last) => {
      const nodes = ['a', 'b', 'c'].map((name) => (name === last ? node(name) : on(name, away)))
      expect(result({ nodes }).winner).toBe(last)
    })

    it('nobody is left out for it, and the election says what it means', () => {
      const decided = announce(
        facts({ nodes: [on('a', away)], services: [service('web')] }),
        config([ad('lan')]),
        [assignment('web', '192.0.2.1')],
      )
      expect(decided.elections[0]).toMatchObject({
        winner: 'a',
        message: 'a is the only candidate; no subnet of a has it, so only routers will ask there',
      })
    })

    it('hosting an endpoint weighs more', () => {
      const nodes = [on('a', here), on('b', away)]
      expect(result({ nodes, endpointSlices: [slice('web', ['b'])] }).winner).toBe('b')
    })
  })

  it('explains the election and each loser', () => {
    const decided = announce(
      facts({ nodes: three, services: [service('web')], endpointSlices: [slice('web', ['b'])] }),
      config([ad('lan')]),
      [assignment('web', '192.0.2.1')],
    )
    expect(decided.elections).toMatchObject([
      {
        service: 'default/web',
        address: '192.0.2.1',
        announcer: 'l2',
        winner: 'b',
        reason: 'Elected',
        message: 'b is the first of 3 candidates: it hosts an endpoint that can serve',
      },
    ])
    expect(decided.elections[0]?.ranking?.[0]).toEqual({
      node: 'b',
      ready: true,
      hostsEndpoint: true,
      score: 0,
      hash: sha256('b#192.0.2.1').slice(0, 13),
    })
    expect(decided.silences[0]?.message).toBe('b is elected: it hosts an endpoint that can serve')
  })
})

describe('interfaces', () => {
  it('come from the advertisements that select the winner', () => {
    const decided = announce(
      facts({ nodes: [node('a')], services: [service('web')] }),
      config([
        ad('x', { options: { interfaces: ['eth0'] } }),
        ad('y', { ...onHost('b'), options: { interfaces: ['eth1'] } }),
      ]),
      [assignment('web', '192.0.2.1')],
    )
    expect(decided.announcements.map(({ advertisement, options }) => [advertisement, options])).toEqual([
      ['L2Advertisement metallb-system/x', { interfaces: ['eth0'] }],
    ])
  })
})

describe('Services that share an address', () => {
  const shares = { annotations: { 'metallb.universe.tf/allow-shared-ip': 'key' } }

  it('have one owner between them, also where their endpoints are on different nodes', () => {
    const decided = announce(
      facts({
        nodes: three,
        services: [service('tcp', shares), service('udp', shares)],
        endpointSlices: [slice('tcp', ['a']), slice('udp', ['c'])],
      }),
      config([ad('lan')]),
      [assignment('tcp', '192.0.2.1'), assignment('udp', '192.0.2.1')],
    )
    const owners = new Set(decided.announcements.flatMap(({ nodes }) => nodes))
    expect(owners.size).toBe(1)
    expect(decided.announcements).toHaveLength(2)
  })

  it('have one owner across dual-stack neighbours, hashed by the lowest first address', () => {
    const decided = announce(
      facts({ nodes: three, services: [service('dual', shares), service('six', shares)] }),
      config([ad('lan')]),
      [assignment('dual', '192.0.2.1', '2001:db8::1'), assignment('six', '2001:db8::1')],
    )
    const winner = byHash('192.0.2.1', ['a', 'b', 'c'])[0]
    expect(new Set(decided.announcements.flatMap(({ nodes }) => nodes))).toEqual(new Set([winner]))
  })

  it('are announced for the Service that the owner can serve, and the other one says so', () => {
    const local = { ...shares, policy: 'Local' as const }
    const decided = announce(
      facts({
        nodes: three,
        services: [service('tcp', local), service('udp', local)],
        endpointSlices: [slice('tcp', ['a']), slice('udp', ['c'])],
      }),
      config([ad('lan')]),
      [assignment('tcp', '192.0.2.1'), assignment('udp', '192.0.2.1')],
    )
    expect(decided.announcements).toHaveLength(1)
    expect(decided.silences.map(({ reason }) => reason)).toContain('SharedAddressHeldElsewhere')
  })

  it('are not announced through an advertisement with serviceSelectors', () => {
    const services = [service('web', { ...shares, labels: { app: 'web' } })]
    const picky = ad('lan', { serviceSelectors: [{ matchLabels: { app: 'web' } }] })
    expect(result({ services }, [picky]).silent['a']).toBe('SharedAddressWithServiceSelectors')
  })

  it('mere presence of the annotation counts', () => {
    const services = [
      service('web', { annotations: { 'metallb.io/allow-shared-ip': '' }, labels: { app: 'web' } }),
    ]
    const picky = ad('lan', { serviceSelectors: [{ matchLabels: { app: 'web' } }] })
    expect(result({ services }, [picky]).silent['a']).toBe('SharedAddressWithServiceSelectors')
  })
})

describe('a Service that nobody can announce', () => {
  it('without an address', () => {
    const none: Assignment = { service: 'default/web', addresses: [], reason: 'Assigned', message: '' }
    expect(result({}, [ad('lan')], [none]).silent).toEqual({ a: 'NoAddress', b: 'NoAddress', c: 'NoAddress' })
  })

  it('with addresses in no pool', () => {
    const stray: Assignment = { ...assignment('web', '192.0.2.1') }
    const { pool: _, ...outside } = stray
    expect(result({}, [ad('lan')], [outside]).silent['a']).toBe('AddressOutsidePools')
  })

  it('of a pool without an advertisement', () => {
    expect(result({}, [ad('lan', { pools: ['other'] })]).silent['a']).toBe('NoAdvertisement')
  })
})

describe('without any Nodes in the input', () => {
  it('the nodes that endpoints name are the nodes', () => {
    const decided = announce(
      { ...facts({ services: [service('web')], endpointSlices: [slice('web', ['n1'])] }) },
      config([ad('lan')]),
      [assignment('web', '192.0.2.1')],
    )
    expect(decided.announcements.map(({ nodes }) => nodes)).toEqual([['n1']])
  })

  it('an announcement without nodes says that some node will announce', () => {
    const decided = announce(facts({ services: [service('web')] }), config([ad('lan')]), [
      assignment('web', '192.0.2.1'),
    ])
    expect(decided.announcements).toMatchObject([{ address: '192.0.2.1', announcer: 'l2', nodes: [] }])
  })

  it('a Service without endpoints is not announced all the same', () => {
    const decided = announce(
      facts({ services: [service('web')], endpointSlices: [slice('web', [])] }),
      config([ad('lan')]),
      [assignment('web', '192.0.2.1')],
    )
    expect(decided.announcements).toEqual([])
  })
})
