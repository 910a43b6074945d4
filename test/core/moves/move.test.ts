import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decide } from '#core/decide.ts'
import type { Address } from '#core/model/address.ts'
import type { ConfigObject, NodeObject, ServiceObject } from '#core/model/objects.ts'
import type { Facts, Holder } from '#core/model/facts.ts'
import { planMove, type MovePlan, type Refusal } from '#core/moves/move.ts'
import { moveText } from '#core/moves/text.ts'
import { moved, withMoves } from '#core/moves/wishes.ts'

import {
  address,
  bgp as bgpInfo,
  drained,
  facts,
  l2,
  node,
  service,
  settings,
  slice,
} from '../selection/fixtures.ts'

const namespace = 'metallb-system'
const config: ConfigObject[] = [
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'first', namespace },
    spec: {
      addresses: ['192.0.2.0/24'],
      autoAssign: true,
      avoidBuggyIPs: false,
    },
  },
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'lan', namespace },
    spec: {
      ipAddressPools: ['first'],
      nodeSelectors: [{ matchExpressions: [{ key: 'lan', operator: 'Exists' }] }],
    },
  },
]

const gated = config.map((object): ConfigObject => {
  const annotations = { 'heraldlb.io/data-path-gate': 'true' }
  const { metadata } = object
  return object.kind === 'L2Advertisement' ? { ...object, metadata: { ...metadata, annotations } } : object
})

const onLan = (name: string): NodeObject => node(name, { labels: { lan: '' }, ready: true })
const abc = ['a', 'b', 'c'].map(onLan)

function world(parts: Partial<Facts> = {}): Facts {
  return facts({ config, nodes: abc, services: [service('web')], ...parts })
}

const ownerOf = (facts: Facts, name = 'default/web'): string | undefined =>
  decide(facts).elections.find(({ service }) => service === name)?.winner

function holdersOf(facts: Facts): Holder[] {
  return decide(facts).elections.flatMap(({ announcer, address, winner }) =>
    winner === undefined ? [] : [{ announcer, address, node: winner }],
  )
}

const servedBy = (facts: Facts): ReadonlyMap<Address, ReadonlySet<string>> =>
  new Map(holdersOf(facts).map(({ address, node }) => [address, new Set([node])]))

function plan(facts: Facts, to?: string, name = 'default/web'): MovePlan & Refusal {
  return planMove(facts, servedBy(facts), {
    service: name,
    ...(to && { to }),
  }) as MovePlan & Refusal
}

const wishing = (facts: Facts, to: string, name = 'default/web'): Facts =>
  withMoves(facts, new Map([[name, to]]))

/** Any other node than the one that the election chooses. */
function elsewhere(facts: Facts): string {
  const owner = ownerOf(facts)
  return (facts.nodes ?? []).map(({ metadata }) => metadata.name).find((name) => name !== owner) ?? ''
}

const stable = { ...settings, election: 'stable' as const }

describe.each(['hash', 'stable'] as const)('a wish, with election=%s', (election) => {
  const ours = { ...settings, election }
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), {
    minLength: 2,
  })

  it('is met by any fit node, moves nothing else, and nothing more once it is met', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 12 }), fc.nat(), (nodes, count, pick) => {
        const services = Array.from({ length: count }, (_, index) => service(`s${index}`))
        const bare = world({
          settings: ours,
          nodes: nodes.map(onLan),
          services,
        })
        const held = { ...bare, holders: holdersOf(bare) }
        const [name, to = ''] = [`default/s${pick % count}`, nodes[pick % nodes.length]]
        const wished = wishing(held, to, name)
        const before = new Map(decide(held).elections.map(({ service, winner }) => [service, winner]))
        const after = new Map(decide(wished).elections.map(({ service, winner }) => [service, winner]))
        expect(after).toEqual(new Map([...before, [name, to]]))
        const settled = { ...wished, holders: holdersOf(wished) }
        expect(holdersOf(settled)).toEqual(settled.holders)
      }),
      { numRuns: 40 },
    )
  })

  it('never leaves an address without the owner that it would have without it', () => {
    const kind = fc.constantFrom('fit', 'dead', 'drained', 'unready', 'unselected')
    fc.assert(
      fc.property(fc.tuple(kind, kind, kind), fc.constantFrom('a', 'b', 'c', 'gone'), (kinds, to) => {
        const nodes = kinds.map((kind, index) => {
          const name = 'abc'[index] ?? ''
          const labels = { lan: '' }
          if (kind === 'unselected') return node(name)
          if (kind === 'unready') return node(name, { labels, ready: false })
          const made = onLan(name)
          return kind === 'drained'
            ? {
                ...drained(name),
                metadata: {
                  ...made.metadata,
                  annotations: drained(name).metadata.annotations ?? {},
                },
              }
            : made
        })
        const dead = new Set(kinds.flatMap((kind, index) => (kind === 'dead' ? ('abc'[index] ?? '') : [])))
        const bare = world({ settings: ours, nodes, dead })
        const [without, owner] = [ownerOf(bare), ownerOf(wishing(bare, to))]
        const index = 'abc'.indexOf(to)
        expect(owner).toBe(index >= 0 && kinds[index] === 'fit' ? to : without)
      }),
      { numRuns: 100 },
    )
  })

  it('ends for as long as the node is dead, and counts again when it is back', () => {
    const bare = world({ settings: ours })
    const to = elsewhere(bare)
    const wished = wishing(bare, to)
    const dead = {
      ...wished,
      holders: holdersOf(wished),
      dead: new Set([to]),
    }
    expect(ownerOf(dead)).not.toBe(to)
    expect(ownerOf({ ...dead, holders: holdersOf(dead), dead: new Set() })).toBe(to)
  })
})

describe('the election says of a wish', () => {
  const election = (facts: Facts) => decide(facts).elections[0]

  it('that it was met', () => {
    const to = elsewhere(world())
    expect(election(wishing(world(), to))).toMatchObject({
      winner: to,
      reason: 'AsWished',
      message: `${to} was asked for`,
    })
  })

  it.each<[string, Partial<Facts>]>([
    [
      'it is being drained',
      {
        nodes: [
          onLan('a'),
          {
            ...onLan('b'),
            metadata: {
              ...onLan('b').metadata,
              annotations: { 'heraldlb.io/drain': '' },
            },
          },
        ],
      },
    ],
    ['it is not Ready', { nodes: [onLan('a'), node('b', { labels: { lan: '' }, ready: false })] }],
    ['b is down', { dead: new Set(['b']) }],
    [
      'nodeSelectors of L2Advertisement metallb-system/lan do not select b',
      { nodes: [onLan('a'), node('b')] },
    ],
    ['there is no such node', { nodes: [onLan('a')] }],
    [
      'it does not reach the address through its own proxy',
      { config: gated, shutPaths: [{ address: address('192.0.2.0'), node: 'b', state: 'never-open' }] },
    ],
  ])('that it was not, because %s', (why, parts) => {
    const found = election(wishing(world(parts), 'b'))
    expect(found?.winner).not.toBe('b')
    expect(found?.message).toMatch(new RegExp(`; b was asked for, but ${why}$`))
  })

  it('in the problems, when there is no such Node', () => {
    const { problems } = decide(wishing(world(), 'bb'))
    expect(problems).toEqual([
      {
        object: 'Service default/web',
        field: 'metadata.annotations["heraldlb.io/move-to"]',
        reason: 'UnknownNode',
        message: 'found no Node "bb", allowed: a, b, c; did you mean "b"?',
      },
    ])
  })
})

/** Two Services on one address, each with its endpoint policy. */
function sharing(policies: Readonly<Record<string, 'Local' | 'Cluster'>>): ServiceObject[] {
  return Object.entries(policies).map(([name, policy], index) => {
    const made = service(name, {
      policy,
      annotations: {
        'metallb.io/allow-shared-ip': 'k',
        'metallb.io/loadBalancerIPs': '192.0.2.9',
      },
    })
    return {
      ...made,
      spec: {
        ...made.spec,
        selector: { app: 'one' },
        ports: [{ port: 80 + index }],
      },
    }
  })
}

describe('the plan of a move', () => {
  it('says which address goes from where to where', () => {
    const to = elsewhere(world())
    const { moves, services, stay, wishes, silenced } = plan(world(), to)
    expect(moves).toEqual([
      {
        announcer: 'l2',
        address: '192.0.2.0',
        addresses: ['192.0.2.0'],
        services: ['default/web'],
        from: ownerOf(world()),
        to,
      },
    ])
    expect({ services, stay, silenced }).toEqual({
      services: ['default/web'],
      stay: [],
      silenced: [],
    })
    expect([...wishes]).toEqual([['default/web', to]])
  })

  it('moves nothing to where the address is, and keeps it there', () => {
    const here = ownerOf(world()) ?? ''
    const { moves, stay, wishes } = plan(world(), here)
    expect({ moves, stay }).toEqual({
      moves: [],
      stay: [{ addresses: ['192.0.2.0'], node: here }],
    })
    expect([...wishes]).toEqual([['default/web', here]])
  })

  it('goes on with one that was asked for and not yet carried out', () => {
    const to = elsewhere(world())
    const asked = wishing(world(), to)
    const { moves, wishes } = planMove(asked, servedBy(world()), {
      service: 'default/web',
      to,
    }) as MovePlan
    expect(moves).toMatchObject([{ from: ownerOf(world()), to }])
    expect([...wishes]).toEqual([])
  })

  it('takes along all that share the address, with one wish between them', () => {
    const shared = world({
      services: sharing({ api: 'Cluster', web: 'Cluster' }),
    })
    const to = elsewhere(shared)
    const earlier = wishing(shared, ownerOf(shared) ?? '', 'default/api')
    const found = plan(earlier, to)
    expect(found.services).toEqual(['default/api', 'default/web'])
    expect([...found.wishes]).toEqual([
      ['default/web', to],
      ['default/api', undefined],
    ])
    expect(moveText('default/web', found)).toContain('along with it, as they share its address: default/api')
  })

  it('tells who can no longer be reached by the address', () => {
    const shared = world({
      services: sharing({ api: 'Local', web: 'Local' }),
      endpointSlices: [slice('api', ['a']), slice('web', ['b'])],
    })
    const [from, lost] = ownerOf(shared, 'default/api') === 'a' ? ['a', 'api'] : ['b', 'web']
    const [to, name] = from === 'a' ? ['b', 'default/web'] : ['a', 'default/api']
    const { silenced } = plan(shared, to, name)
    expect(silenced.map(({ service }) => service)).toEqual([`default/${lost}`])
  })

  it('back brings the address to where the election puts it; stable election leaves it where it is', () => {
    const to = elsewhere(world())
    const hashed = wishing(world(), to)
    expect(plan(hashed).moves).toMatchObject([{ from: to, to: ownerOf(world()) }])
    expect([...plan(hashed).wishes]).toEqual([['default/web', undefined]])
    const kept = wishing(world({ settings: stable }), to)
    expect(plan({ ...kept, holders: holdersOf(kept) }).moves).toEqual([])
  })

  it('back is possible when nobody announces the Service any more', () => {
    const { moves, wishes } = plan(wishing(world({ config: config.slice(0, 1) }), 'b'))
    expect(moves).toEqual([])
    expect([...wishes]).toEqual([['default/web', undefined]])
  })

  const routed = service('routed', {
    annotations: { 'metallb.io/address-pool': 'fabric' },
  })
  const bgp: ConfigObject[] = [
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'fabric', namespace },
      spec: {
        addresses: ['203.0.113.0/29'],
        autoAssign: false,
        avoidBuggyIPs: false,
      },
    },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPAdvertisement',
      metadata: { name: 'fabric', namespace },
      spec: {
        ipAddressPools: ['fabric'],
        aggregationLength: 32,
        aggregationLengthV6: 128,
      },
    },
    {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { name: 'tor', namespace },
      spec: { myASN: 1, peerASN: 2, peerAddress: '10.9.0.1', peerPort: 179 },
    },
  ]

  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const
  const routing = { ...settings, announcers: [l2, { ...bgpInfo, optionsSchema: anything }] }

  it.each<[string, Partial<Facts>, string]>([
    [
      'default/web is of type ClusterIP, not LoadBalancer',
      { services: [{ ...service('web'), spec: { type: 'ClusterIP' } }] },
      'a',
    ],
    ['default/web has no address to move: ', { config: config.slice(1) }, 'a'],
    [
      'nobody announces default/web: no advertisement selects pool first',
      { config: config.slice(0, 1) },
      'a',
    ],
    [
      '203.0.113.0 of default/routed: every eligible node announces it (native-bgp), it has no one owner to move',
      { config: [...config, ...bgp], services: [routed], settings: routing },
      'a',
    ],
    ['b is down', { dead: new Set(['b']) }, 'b'],
    [
      'nodeSelectors of L2Advertisement metallb-system/lan do not select b',
      { nodes: [onLan('a'), node('b')] },
      'b',
    ],
    [
      'b was asked for, but it is not Ready',
      { nodes: [onLan('a'), node('b', { labels: { lan: '' }, ready: false })] },
      'b',
    ],
  ])('is refused: %s', (why, parts, to) => {
    const found = world(parts)
    const [{ metadata } = service('web')] = found.services
    expect(plan(found, to, `default/${metadata.name}`).refusal).toContain(why)
  })
})

it('an empty annotation asks for nothing', () => {
  const [web = service('web')] = world().services
  expect(ownerOf(world({ services: [moved(web, '')] }))).toBe(ownerOf(world()))
})
