import { describe, expect, it } from 'vitest'

import { ad, belongsTo, bgp, node, parse, peer, pool } from './objects.ts'
import type { ConfigObject } from '#core/model/objects.ts'

const four = pool('four', { addresses: ['10.0.0.0/16'] })
const six = pool('six', { addresses: ['fc00::/64'] })
const both = pool('both', { addresses: ['10.1.0.0/16', 'fc01::/64'] })
const low = pool('low', { addresses: ['192.0.2.0-192.0.3.127'] })
const high = pool('high', { addresses: ['192.0.3.128-192.0.4.255'] })
const peers = [peer('p'), peer('q', { peerAddress: '10.0.0.2' })]
const nodes = [node('n1', { rack: 'a' }), node('n2', { rack: 'b' })]
const rack = (name: string) => [{ matchLabels: { rack: name } }]

type Spec = NonNullable<Parameters<typeof bgp>[1]>

function contradicted(pools: readonly ConfigObject[], first: Spec, later: Spec, withNodes = true): string[] {
  const objects = [
    ...pools,
    ...peers,
    bgp('b', { localPref: 200, ...later }),
    bgp('a', { localPref: 100, ...first }),
  ]
  const { problems } = parse(objects, withNodes ? { nodes } : {})
  return problems.map(({ object, field, reason }) => `${reason} ${object} ${field}`)
}

const clash = ['ConflictingAttributes BGPAdvertisement metallb-system/b spec.localPref']

describe('local preferences of one pool', () => {
  it.each<[string, ConfigObject[], Spec, Spec, string[]]>([
    ['the same prefixes', [four], {}, {}, clash],
    ['equal preferences', [four], { localPref: 200 }, {}, []],
    ['a preference and none', [four], { localPref: 0 }, {}, clash],
    ['IPv4 prefixes of other lengths', [four], { aggregationLength: 24 }, {}, []],
    ['IPv6 lengths that do not matter to IPv4', [four], { aggregationLengthV6: 64 }, {}, clash],
    ['IPv6 prefixes of other lengths', [six], { aggregationLengthV6: 64 }, {}, []],
    ['both families, one length differing', [both], { aggregationLength: 24 }, {}, clash],
    [
      'both families, both lengths differing',
      [both],
      { aggregationLength: 24, aggregationLengthV6: 64 },
      {},
      [],
    ],
    ['other pools', [four, six], { ipAddressPools: ['four'] }, { ipAddressPools: ['six'] }, []],
    [
      'a common pool among others',
      [four, six],
      { ipAddressPools: ['four'] },
      { ipAddressPools: ['six', 'four'] },
      clash,
    ],
    [
      'other pools, and an aggregate with addresses of both',
      [low, high],
      { ipAddressPools: ['low'], aggregationLength: 24 },
      { ipAddressPools: ['high'], aggregationLength: 24 },
      clash,
    ],
    [
      'other pools in one block, each address by itself',
      [low, high],
      { ipAddressPools: ['low'] },
      { ipAddressPools: ['high'] },
      [],
    ],
    ['other peers', [four], { peers: ['p'] }, { peers: ['q'] }, []],
    ['a common peer', [four], { peers: ['p', 'q'] }, { peers: ['q'] }, clash],
    ['one peer and all peers', [four], { peers: ['p'] }, {}, clash],
    ['all peers and one peer', [four], {}, { peers: ['p'] }, clash],
    ['other nodes', [four], { nodeSelectors: rack('a') }, { nodeSelectors: rack('b') }, []],
    [
      'common nodes',
      [four],
      { nodeSelectors: rack('a') },
      { nodeSelectors: [...rack('b'), ...rack('a')] },
      clash,
    ],
    ['service selectors, which meet at a Service or not at all', [four], { serviceSelectors: [{}] }, {}, []],
    ['a pool without addresses', [pool('none')], {}, {}, []],
  ])('contradict each other or not, with %s', (...[, pools, first, later, expected]) => {
    const found = contradicted(pools, first, later).filter((line) => !line.includes('IPAddressPool'))
    expect(found).toEqual(expected)
  })

  it('are judged without Nodes where it is certain that nodes are common', () => {
    expect(contradicted([four], { nodeSelectors: rack('a') }, { nodeSelectors: rack('b') }, false)).toEqual(
      [],
    )
    expect(contradicted([four], { nodeSelectors: rack('a') }, {}, false)).toEqual(clash)
  })

  it('do not meet where the announcers differ', () => {
    const general = ad('a', { announcer: 'frr', options: { localPref: 100 } })
    expect(parse([four, general, bgp('b', { localPref: 200 })]).problems).toEqual([])
  })

  it('meet across kinds, and say whose counts; both advertisements stay', () => {
    const general = ad('z', { announcer: 'native-bgp', options: { localPref: 100 } })
    const { config, problems } = parse([four, general, bgp('b', { localPref: 200 })])
    expect(problems).toEqual([
      {
        object: 'Advertisement metallb-system/z',
        field: 'spec.options.localPref',
        reason: 'ConflictingAttributes',
        message:
          'found 100: invalid local preference, as BGPAdvertisement metallb-system/b has 200 for the same prefixes of pool ' +
          'four towards the same peers; allowed: equal values, or other peers, nodes or aggregation lengths; the first by ' +
          'name is used',
      },
    ])
    expect(config.advertisements).toHaveLength(2)
  })

  it('are reported once per later advertisement', () => {
    const three = ['a', 'b', 'c'].map((name, index) => bgp(name, { localPref: 100 + index }))
    expect(parse([four, ...three]).problems.map(({ object }) => object)).toEqual([
      'BGPAdvertisement metallb-system/b',
      'BGPAdvertisement metallb-system/c',
    ])
  })

  it('do not meet an advertisement that is refused', () => {
    const refused = bgp('a', { localPref: 100, aggregationLengthV6: 0 }, belongsTo('native-bgp'))
    const { problems } = parse([four, refused, bgp('b', { localPref: 200 })])
    expect(problems.map(({ object }) => object)).toEqual(['BGPAdvertisement metallb-system/a'])
  })
})
