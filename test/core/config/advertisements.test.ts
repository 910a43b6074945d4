import { describe, expect, it } from 'vitest'

import {
  ad,
  belongsTo,
  bgp,
  faultsLike,
  l2,
  parse,
  peer,
  pool,
  profile,
  settings,
  type ExpectedFault,
} from './objects.ts'
import { whyNotSelected } from '#core/config/selection.ts'
import type { Advertisement } from '#core/model/config.ts'
import type { ConfigObject } from '#core/model/objects.ts'

const pools = [
  pool('lan', { addresses: ['10.0.0.0/24'] }, { labels: { tier: 'a' } }),
  pool('v6', { addresses: ['fc00::/120'] }, { labels: { tier: 'b' } }),
  pool('wan', { addresses: ['198.51.100.1-198.51.101.255', '203.0.113.0/28'] }, { labels: { tier: 'b' } }),
]
const peers = [
  peer('tor-1'),
  peer('tor-2', { peerAddress: '10.0.0.2' }),
  peer('spine', { peerAddress: '10.0.0.3' }, belongsTo('frr')),
]
const tier = (name: string) => ({ matchLabels: { tier: name } })
const badSelector = { matchExpressions: [{ key: 'tier', operator: 'Like' }] }

function parsed(object: ConfigObject): {
  readonly found: Advertisement | undefined
  readonly faults: string[]
} {
  const { config, problems } = parse([...pools, ...peers, object])
  return {
    found: config.advertisements[0],
    faults: problems.map(({ field, reason }) => `${reason} ${field}`),
  }
}

/** Faults, and whether the advertisement is used in spite of them. */
type Row = readonly [string, ConfigObject, ExpectedFault[], 'used' | 'left out']

const lists: Row[] = [
  ['nothing said', l2('x'), [], 'used'],
  [
    'a pool twice',
    l2('x', { ipAddressPools: ['lan', 'lan'] }),
    [['DuplicateValue', 'spec.ipAddressPools[1]', 'duplicate definition of spec.ipAddressPools']],
    'used',
  ],
  [
    'a pool selector twice',
    l2('x', { ipAddressPoolSelectors: [tier('a'), tier('a')] }),
    [['DuplicateValue', 'spec.ipAddressPoolSelectors[1]', 'duplicate definition of']],
    'used',
  ],
  [
    'a node selector twice',
    bgp('x', { nodeSelectors: [{}, {}] }),
    [['DuplicateValue', 'spec.nodeSelectors[1]', 'duplicate definition of']],
    'used',
  ],
  [
    'a service selector twice',
    l2('x', { serviceSelectors: [tier('a'), tier('a')] }),
    [['DuplicateValue', 'spec.serviceSelectors[1]', 'duplicate definition of']],
    'used',
  ],
  [
    'a peer twice',
    bgp('x', { peers: ['tor-1', 'tor-1'] }),
    [['DuplicateValue', 'spec.peers[1]', 'duplicate definition of']],
    'used',
  ],
  [
    'an unknown pool',
    l2('x', { ipAddressPools: ['lann', 'wan'] }),
    [
      [
        'UnknownPool',
        'spec.ipAddressPools[0]',
        'found "lann", which is no IPAddressPool; allowed: lan, v6 or wan; did you mean "lan"?',
      ],
    ],
    'used',
  ],
  [
    'selectors that match no pool',
    bgp('x', { ipAddressPoolSelectors: [tier('z')] }),
    [['SelectsNoPool', 'spec.ipAddressPoolSelectors', 'the pools are lan, v6 or wan']],
    'used',
  ],
  [
    'a bad pool selector',
    l2('x', { ipAddressPools: ['lan'], ipAddressPoolSelectors: [badSelector] }),
    [['InvalidSelector', 'spec.ipAddressPoolSelectors[0].matchExpressions[0].operator', '"Like"']],
    'used',
  ],
  [
    'a bad preference',
    l2('x', { preferredNodeSelectors: [{ weight: 5, preference: badSelector }] }),
    [['InvalidSelector', 'spec.preferredNodeSelectors[0].preference.matchExpressions[0].operator', '"Like"']],
    'used',
  ],
  [
    'an unknown peer',
    bgp('x', { peers: ['tor1', 'tor-2'] }),
    [
      [
        'UnknownPeer',
        'spec.peers[0]',
        'found "tor1", which is no BGPPeer; allowed: tor-1 or tor-2; did you mean "tor-1"?',
      ],
    ],
    'used',
  ],
  [
    'a peer of another announcer',
    bgp('x', { peers: ['spine'] }),
    [
      [
        'PeerOfOtherAnnouncer',
        'spec.peers[0]',
        'a BGPPeer of frr, while the advertisement belongs to native-bgp; allowed: tor-1 or tor-2',
      ],
    ],
    'used',
  ],
]

const routes: Row[] = [
  [
    'an IPv4 aggregate too long',
    bgp('x', { aggregationLength: 33 }),
    [
      [
        'InvalidAggregationLength',
        'spec.aggregationLength',
        'found 33: invalid aggregation length; allowed: 1 to 32',
      ],
    ],
    'left out',
  ],
  [
    'an IPv6 aggregate too long',
    bgp('x', { aggregationLengthV6: 129 }),
    [['InvalidAggregationLength', 'spec.aggregationLengthV6', 'allowed: 1 to 128']],
    'left out',
  ],
  [
    'a default route',
    bgp('x', { aggregationLengthV6: 0 }),
    [['InvalidAggregationLength', 'spec.aggregationLengthV6', 'found 0: invalid aggregation length']],
    'left out',
  ],
  [
    'an aggregate wider than a CIDR',
    bgp('x', { ipAddressPools: ['lan'], aggregationLength: 20 }),
    [
      [
        'InvalidAggregationLength',
        'spec.aggregationLength',
        'invalid aggregation length for entry "10.0.0.0/24" of pool lan, whose widest prefix is a /24; allowed: 24 to 32',
      ],
    ],
    'used',
  ],
  [
    'an aggregate wider than an IPv6 CIDR',
    bgp('x', { aggregationLengthV6: 112 }),
    [
      [
        'InvalidAggregationLength',
        'spec.aggregationLengthV6',
        'found 112: invalid aggregation length for entry "fc00::/120"',
      ],
    ],
    'used',
  ],
  [
    'an aggregate as wide as a CIDR',
    bgp('x', { ipAddressPools: ['lan'], aggregationLength: 24 }),
    [],
    'used',
  ],
  [
    'an aggregate that only one entry has room for',
    bgp('x', { ipAddressPools: ['wan'], aggregationLength: 24 }),
    [['InvalidAggregationLength', 'spec.aggregationLength', 'entry "203.0.113.0/28" of pool wan']],
    'used',
  ],
  [
    'an aggregate and service selectors',
    bgp('x', {
      ipAddressPools: ['lan'],
      aggregationLength: 24,
      aggregationLengthV6: 64,
      serviceSelectors: [{}],
    }),
    [
      [
        'ExclusiveFields',
        'spec.aggregationLength',
        'serviceSelectors and aggregationLength are mutually exclusive',
      ],
      [
        'ExclusiveFields',
        'spec.aggregationLengthV6',
        'found 64: serviceSelectors and aggregationLength are mutually exclusive',
      ],
    ],
    'left out',
  ],
  ['whole addresses and service selectors', bgp('x', { serviceSelectors: [{}] }), [], 'used'],
  [
    'a local preference out of range',
    bgp('x', { localPref: -1 }),
    [['InvalidValue', 'spec.localPref', 'found -1, allowed: 0 to 4294967295']],
    'left out',
  ],
  [
    'a field its announcer cannot honour',
    bgp('x', { localPref: 5 }, belongsTo('frr')),
    [['UnsupportedField', 'spec.localPref', 'frr refuses it: not in this test; allowed with native-bgp']],
    'left out',
  ],
  [
    'an announcer that is not loaded',
    bgp('x', {}, belongsTo('bird')),
    [
      [
        'UnknownAnnouncer',
        'metadata.annotations["heraldlb.io/announcer"]',
        'found announcer "bird", which is not loaded; allowed: native-bgp or frr',
      ],
    ],
    'left out',
  ],
  [
    'an announcer without BGP',
    bgp('x', {}, belongsTo('l2')),
    [['UnsuitableAnnouncer', 'metadata.annotations["heraldlb.io/announcer"]', 'does not speak BGP']],
    'left out',
  ],
  [
    'faults everywhere',
    bgp('x', {
      ipAddressPools: ['nowhere'],
      peers: ['nobody'],
      aggregationLength: 0,
      localPref: -2,
      communities: ['?'],
      nodeSelectors: [badSelector],
    }),
    [
      ['InvalidAggregationLength', 'spec.aggregationLength', 'found 0'],
      ['UnknownCommunity', 'spec.communities[0]', '"?"'],
      ['UnknownPool', 'spec.ipAddressPools[0]', '"nowhere"'],
      ['InvalidValue', 'spec.localPref', 'found -2'],
      ['InvalidSelector', 'spec.nodeSelectors[0].matchExpressions[0].operator', '"Like"'],
      ['UnknownPeer', 'spec.peers[0]', '"nobody"'],
    ],
    'left out',
  ],
]

const general: Row[] = [
  ['options', ad('x', { announcer: 'radio', options: { channel: 3, power: 'high' } }), [], 'used'],
  [
    'no announcer of its name',
    ad('x', { announcer: 'rdio' }),
    [['UnknownAnnouncer', 'spec.announcer', 'allowed: l2, native-bgp, frr or radio; did you mean "radio"?']],
    'left out',
  ],
  [
    'a missing option',
    ad('x', { announcer: 'radio' }),
    [['MissingField', 'spec.options.channel', 'a value of type integer']],
    'left out',
  ],
  [
    'several bad options',
    ad('x', { announcer: 'radio', options: { channel: 14, power: 'max', chanel: 1 } }),
    [
      ['UnknownField', 'spec.options.chanel', 'did you mean "channel"?'],
      ['InvalidValue', 'spec.options.channel', 'found 14, allowed: 1 to 13'],
      ['InvalidValue', 'spec.options.power', 'allowed: "low" or "high"'],
    ],
    'left out',
  ],
  [
    'peers, and an announcer without',
    ad('x', { announcer: 'radio', options: { channel: 3 }, peers: ['tor-1'] }),
    [['InvalidValue', 'spec.peers', 'radio does not speak BGP']],
    'used',
  ],
  [
    'an unknown peer',
    ad('x', { announcer: 'native-bgp', peers: ['tor-9'] }),
    [['UnknownPeer', 'spec.peers[0]', 'allowed: tor-1 or tor-2']],
    'used',
  ],
  [
    'an aggregate wider than the pool',
    ad('x', { announcer: 'native-bgp', ipAddressPools: ['lan'], options: { aggregationLength: 16 } }),
    [['InvalidAggregationLength', 'spec.options.aggregationLength', 'of pool lan']],
    'used',
  ],
  [
    'communities of the wrong type',
    ad('x', { announcer: 'native-bgp', options: { communities: [5] } }),
    [['WrongType', 'spec.options.communities[0]', 'found 5 (integer), allowed: string']],
    'left out',
  ],
  [
    'an aggregate and service selectors',
    ad('x', { announcer: 'native-bgp', serviceSelectors: [{}], options: { aggregationLengthV6: 64 } }),
    [
      ['ExclusiveFields', 'spec.options.aggregationLengthV6', 'mutually exclusive'],
      ['InvalidAggregationLength', 'spec.options.aggregationLengthV6', 'of pool v6'],
    ],
    'left out',
  ],
]

describe('an advertisement', () => {
  it.each([...lists, ...routes, ...general])('with %s', (_, object, expected, fate) => {
    const result = parse([...pools, ...peers, object])
    expect(faultsLike(result, expected)).toEqual(expected)
    expect(result.config.advertisements).toHaveLength(fate === 'used' ? 1 : 0)
  })

  it.each([
    ['all pools by saying nothing', {}, ['lan', 'v6', 'wan']],
    ['pools by name, sorted', { ipAddressPools: ['wan', 'lan'] }, ['lan', 'wan']],
    ['pools by label', { ipAddressPoolSelectors: [tier('b')] }, ['v6', 'wan']],
    [
      'pools by any of several labels',
      { ipAddressPoolSelectors: [tier('a'), tier('b')] },
      ['lan', 'v6', 'wan'],
    ],
    [
      'the union of both',
      { ipAddressPools: ['lan', 'wan'], ipAddressPoolSelectors: [tier('b')] },
      ['lan', 'v6', 'wan'],
    ],
    ['what exists of what it names', { ipAddressPools: ['lan', 'nowhere'] }, ['lan']],
    ['none when it names none that exist', { ipAddressPools: ['nowhere'] }, []],
    ['none when its only selector is at fault', { ipAddressPoolSelectors: [badSelector] }, []],
  ])('selects %s', (_, spec, expected) => {
    for (const object of [l2('x', spec), bgp('x', spec), ad('x', { announcer: 'l2', ...spec })]) {
      expect(parsed(object).found?.pools).toEqual(expected)
    }
  })

  it('does not count for the pools that its aggregate does not fit, and counts for the others', () => {
    expect(parsed(bgp('x', { aggregationLength: 24 })).found?.pools).toEqual(['lan', 'v6'])
    expect(parsed(bgp('x', { aggregationLength: 26 })).found?.pools).toEqual(['lan', 'v6'])
    expect(parsed(bgp('x', { aggregationLength: 28 })).found?.pools).toEqual(['lan', 'v6', 'wan'])
  })

  it('reaches the peers it names, as far as its announcer has them', () => {
    expect(parsed(bgp('x', { peers: ['tor-2', 'spine', 'nobody', 'tor-1'] })).found?.peers).toEqual([
      'tor-1',
      'tor-2',
    ])
    expect(parsed(bgp('x', { peers: ['spine'] }, belongsTo('frr'))).found?.peers).toEqual(['spine'])
    expect(parsed(ad('x', { announcer: 'frr', peers: ['spine'] })).found?.peers).toEqual(['spine'])
  })

  it('reaches no peer where all it names are at fault, and every peer where it names none', () => {
    expect(parsed(bgp('x', { peers: ['nobody'] })).found?.peers).toEqual([])
    expect(parsed(bgp('x', { peers: [] })).found).not.toHaveProperty('peers')
  })

  it('is not blamed for a peer that has a fault of its own', () => {
    const { config, problems } = parse([...pools, peer('tor', { myASN: 0 }), bgp('x', { peers: ['tor'] })])
    expect(problems.map(({ object }) => object)).toEqual(['BGPPeer metallb-system/tor'])
    expect(config.advertisements[0]?.peers).toEqual([])
  })

  it('points to an object of the right name in the wrong namespace', () => {
    const { problems } = parse([
      pool('lan', { addresses: ['10.0.0.0/24'] }, { namespace: 'default' }),
      l2('x', { ipAddressPools: ['lan'] }),
    ])
    expect(problems[1]).toMatchObject({
      reason: 'UnknownPool',
      message:
        'found "lan", which is no IPAddressPool; allowed: none; the one in namespace default does not count',
    })
  })

  it('says so where the announcer of its kind is not loaded', () => {
    const { problems } = parse([l2('x')], { settings: { ...settings, announcers: [] } })
    expect(problems.map(({ reason, field }) => [reason, field])).toEqual([['UnknownAnnouncer', '']])
  })
})

describe('the options of an advertisement', () => {
  it('are the interfaces of an L2Advertisement', () => {
    expect(parsed(l2('x', { interfaces: ['eth0', 'eth1'] })).found?.options).toEqual({
      interfaces: ['eth0', 'eth1'],
    })
    expect(parsed(l2('x', { interfaces: [] })).found?.options).toEqual({})
    const twice = parse([l2('x', { interfaces: ['eth0', 'eth0'] })])
    expect(twice.problems).toMatchObject([{ field: 'spec.interfaces[1]', reason: 'DuplicateValue' }])
    expect(twice.config.advertisements[0]?.options).toEqual({ interfaces: ['eth0'] })
  })

  it('are the attributes of a BGPAdvertisement', () => {
    const { found } = parsed(bgp('x', { localPref: 100, communities: ['1:2'] }))
    expect(found?.options).toEqual({
      aggregationLength: 32,
      aggregationLengthV6: 128,
      localPref: 100,
      communities: ['1:2'],
    })
  })

  it('have no local preference when it is 0', () => {
    expect(parsed(bgp('x', { localPref: 0 })).found?.options).toEqual({
      aggregationLength: 32,
      aggregationLengthV6: 128,
    })
  })

  it('have the defaults of the announcer that an Advertisement names', () => {
    expect(parsed(ad('x', { announcer: 'radio', options: { channel: 3 } })).found?.options).toEqual({
      channel: 3,
      power: 'low',
    })
    expect(parsed(ad('x', { announcer: 'native-bgp' })).found?.options).toEqual({
      aggregationLength: 32,
      aggregationLengthV6: 128,
    })
  })

  it('keep preferences and selectors for the decisions', () => {
    const preferredNodeSelectors = [{ weight: 10, preference: tier('a') }]
    const { found } = parsed(
      l2('x', { preferredNodeSelectors, nodeSelectors: [tier('n')], serviceSelectors: [tier('s')] }),
    )
    expect(found).toMatchObject({
      preferredNodes: [{ weight: 10, selector: tier('a') }],
      nodeSelectors: [tier('n')],
      serviceSelectors: [tier('s')],
    })
  })
})

describe('BFD echo packets', () => {
  const echo = profile('echo', { echoMode: true })
  const frr = belongsTo('frr')
  const objects = [...pools, echo, peer('tor', { bfdProfile: 'echo' }, frr)]

  it('do not go with IPv6 addresses, which the peer is told and uses all the same', () => {
    const { config, problems } = parse([...objects, bgp('x', {}, frr)])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({
      object: 'BGPPeer metallb-system/tor',
      field: 'spec.bfdProfile',
      reason: 'UnsuitableBFDProfile',
      message: expect.stringContaining('pool v6 with IPv6 addresses'),
    })
    expect(config.resources.map(({ name }) => name)).toEqual(['echo', 'tor'])
  })

  it('go with IPv4 addresses, and with IPv6 addresses that other peers are told', () => {
    expect(parse([...objects, bgp('x', { ipAddressPools: ['lan'] }, frr)]).problems).toEqual([])
    expect(
      parse([
        ...objects,
        peer('other', { peerAddress: '10.9.9.9' }, frr),
        bgp('x', { peers: ['other'] }, frr),
      ]).problems,
    ).toEqual([])
    expect(parse([...objects, bgp('x')]).problems).toEqual([])
  })
})

describe('whyNotSelected', () => {
  const lan = { name: 'lan', labels: { tier: 'a' } }

  it.each([
    ['nothing said', {}, undefined],
    ['its name', { ipAddressPools: ['lan'] }, undefined],
    ['its label', { ipAddressPools: ['wan'], ipAddressPoolSelectors: [tier('a')] }, undefined],
    ['other names', { ipAddressPools: ['wan', 'v6'] }, 'it names wan or v6'],
    [
      'other labels',
      { ipAddressPoolSelectors: [tier('b')] },
      'its ipAddressPoolSelectors do not match the labels of lan',
    ],
    [
      'neither',
      { ipAddressPools: ['wan'], ipAddressPoolSelectors: [tier('b')] },
      'it names wan, and its ipAddressPoolSelectors do not match the labels of lan',
    ],
  ])('explains an advertisement with %s', (_, spec, expected) => {
    expect(whyNotSelected(spec, lan)).toBe(expected)
  })
})
