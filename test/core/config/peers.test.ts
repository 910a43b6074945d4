import { describe, expect, it } from 'vitest'

import {
  belongsTo,
  faultsLike,
  parse,
  peer,
  profile,
  secret,
  settings,
  type ExpectedFault,
} from './objects.ts'
import type { ConfigContext } from '#core/config/inspection.ts'
import type { ConfigResource } from '#core/model/config.ts'
import type { BGPPeerObject } from '#core/model/objects.ts'

type Spec = Partial<{ [Field in keyof BGPPeerObject['spec']]: BGPPeerObject['spec'][Field] | undefined }>
type Row = readonly [string, Spec, ExpectedFault[]]

const rack = (name: string) => ({ matchLabels: { rack: name } })

const accepted: (readonly [string, Spec])[] = [
  ['eBGP', {}],
  ['iBGP', { peerASN: 64500 }],
  ['a dynamic AS', { peerASN: undefined, dynamicASN: 'external' }],
  ['IPv6 with a source address', { peerAddress: 'fc00::1', sourceAddress: 'fc00::2' }],
  ['multihop', { ebgpMultiHop: true }],
  ['a router ID', { routerID: '10.10.10.10' }],
  ['an empty node selector', { nodeSelectors: [{}] }],
]

const rows: Row[] = [
  ['no local AS', { myASN: 0 }, [['InvalidValue', 'spec.myASN', 'missing local ASN']]],
  [
    'no remote AS',
    { peerASN: undefined },
    [['MissingField', 'spec.peerASN', 'neither of peerASN and dynamicASN']],
  ],
  [
    'both kinds of remote AS',
    { dynamicASN: 'internal' },
    [['ExclusiveFields', 'spec.dynamicASN', 'both of peerASN and dynamicASN']],
  ],
  [
    'multihop within one AS',
    { peerASN: 64500, ebgpMultiHop: true },
    [['InvalidValue', 'spec.ebgpMultiHop', 'invalid multihop for iBGP']],
  ],
  [
    'multihop towards whatever AS is our own',
    { peerASN: undefined, dynamicASN: 'internal', ebgpMultiHop: true },
    [['InvalidValue', 'spec.ebgpMultiHop', 'invalid multihop for iBGP']],
  ],
  [
    'no address',
    { peerAddress: undefined },
    [['MissingField', 'spec.peerAddress', 'neither of peerAddress and interface']],
  ],
  [
    'an invalid address',
    { peerAddress: '10.0.0.400' },
    [['InvalidAddress', 'spec.peerAddress', 'found "10.0.0.400" (invalid BGPPeer address)']],
  ],
  [
    'a link-local address',
    { peerAddress: 'fe80::1' },
    [['InvalidAddress', 'spec.peerAddress', 'allowed: another address, or interface instead']],
  ],
  [
    'an invalid source',
    { sourceAddress: 'here' },
    [['InvalidAddress', 'spec.sourceAddress', 'invalid source IP']],
  ],
  [
    'a source of the other family',
    { sourceAddress: '::1' },
    [['InvalidAddress', 'spec.sourceAddress', 'allowed: an IPv4 address, as peerAddress is one']],
  ],
  [
    'an invalid router ID',
    { routerID: '10.0.0' },
    [['InvalidAddress', 'spec.routerID', 'invalid router ID']],
  ],
  [
    'an IPv6 router ID',
    { routerID: 'fc00::1' },
    [['InvalidAddress', 'spec.routerID', 'allowed: an IPv4 address']],
  ],
  [
    'a router ID of zero',
    { routerID: '0.0.0.0' },
    [['InvalidAddress', 'spec.routerID', 'other than 0.0.0.0']],
  ],
  ['a hold time of 2 s', { holdTime: '2s' }, [['InvalidTimer', 'spec.holdTime', 'found 2s, allowed: 0s']]],
  ['a hold time of 2.9 s', { holdTime: '2900ms' }, [['InvalidTimer', 'spec.holdTime', 'found 2.9s']]],
  [
    'a hold time that OPEN has no room for',
    { holdTime: '20h' },
    [['InvalidTimer', 'spec.holdTime', '3s to 65535s']],
  ],
  ['a negative hold time', { holdTime: '-90s' }, [['InvalidTimer', 'spec.holdTime', 'found -90s']]],
  [
    'a hold time that is none',
    { holdTime: 'ninety' },
    [['InvalidTimer', 'spec.holdTime', 'found "ninety", allowed: a duration']],
  ],
  [
    'keepalives slower than the hold time',
    { holdTime: '30s', keepaliveTime: '90s' },
    [['InvalidTimer', 'spec.keepaliveTime', 'keepalive must be lower than hold']],
  ],
  [
    'keepalives, but no hold time',
    { holdTime: '0s', keepaliveTime: '3s' },
    [['InvalidTimer', 'spec.keepaliveTime', 'at most the hold time of 0s']],
  ],
  [
    'a hold time, but no keepalives',
    { holdTime: '90s', keepaliveTime: '0s' },
    [['InvalidTimer', 'spec.keepaliveTime', '0s only with a hold time of 0s']],
  ],
  [
    'keepalives more than once a second',
    { keepaliveTime: '500ms' },
    [['InvalidTimer', 'spec.keepaliveTime', 'found 0.5s, allowed: 1s or more']],
  ],
  [
    'keepalives whose hold time OPEN has no room for',
    { keepaliveTime: '6h30m' },
    [['InvalidTimer', 'spec.keepaliveTime', 'at most 21845s']],
  ],
  [
    'no time to connect',
    { connectTime: '0s' },
    [['InvalidTimer', 'spec.connectTime', 'whole seconds from 1s to 65535s']],
  ],
  [
    'a fraction of a second to connect',
    { connectTime: '1500ms' },
    [['InvalidTimer', 'spec.connectTime', 'found 1.5s']],
  ],
  [
    'a node selector twice',
    { nodeSelectors: [rack('a'), rack('a')] },
    [['DuplicateValue', 'spec.nodeSelectors[1]', 'duplicate definition of spec.nodeSelectors']],
  ],
  [
    'an expression twice, and a value twice',
    {
      nodeSelectors: [
        {
          matchExpressions: [
            { key: 'a', operator: 'In', values: ['b', 'b'] },
            { key: 'a', operator: 'In', values: ['b', 'b'] },
          ],
        },
      ],
    },
    [
      ['DuplicateValue', 'spec.nodeSelectors[0].matchExpressions[0].values[1]', 'duplicate definition of'],
      ['DuplicateValue', 'spec.nodeSelectors[0].matchExpressions[1]', 'duplicate definition of'],
    ],
  ],
  [
    'a bad key, operator and values',
    {
      nodeSelectors: [
        {
          matchExpressions: [
            { key: '$$', operator: 'In', values: ['a'] },
            { key: 'a', operator: 'Surrounds' },
            { key: 'a', operator: 'In' },
          ],
        },
      ],
    },
    [
      ['InvalidSelector', 'spec.nodeSelectors[0].matchExpressions[0].key', '"$$"'],
      ['InvalidSelector', 'spec.nodeSelectors[0].matchExpressions[1].operator', '"Surrounds"'],
      ['InvalidSelector', 'spec.nodeSelectors[0].matchExpressions[2].values', 'at least one value'],
    ],
  ],
  [
    'a password twice over',
    { password: 'p', passwordSecret: { name: 's' } },
    [['ExclusiveFields', 'spec.passwordSecret', 'both password and passwordSecret are set']],
  ],
  [
    'a Secret of another namespace',
    { passwordSecret: { name: 's', namespace: 'default' } },
    [['InvalidValue', 'spec.passwordSecret.namespace', 'allowed: metallb-system']],
  ],
  [
    'a password that TCP has no room for',
    { password: 'ä'.repeat(41) },
    [['InvalidValue', 'spec.password', 'found 82 bytes, allowed: at most 80']],
  ],
  [
    'a BFD profile that does not exist',
    { bfdProfile: 'slow' },
    [['UnknownBFDProfile', 'spec.bfdProfile', 'found "slow", which is no BFDProfile; allowed: echo or fast']],
  ],
  [
    'a BFD profile its announcer cannot run',
    { bfdProfile: 'echo' },
    [['UnsuitableBFDProfile', 'spec.bfdProfile', 'whose echoMode native-bgp refuses: no echo packets']],
  ],
  [
    'a field its announcer cannot honour',
    { peerAddress: undefined, interface: 'eth0' },
    [
      [
        'UnsupportedField',
        'spec.interface',
        'native-bgp refuses it: no unnumbered sessions; allowed with frr',
      ],
    ],
  ],
  [
    'many faults',
    { myASN: 0, peerAddress: 'x', routerID: 'y', holdTime: '1s', bfdProfile: 'z', interface: 'eth0' },
    [
      ['UnknownBFDProfile', 'spec.bfdProfile', '"z"'],
      ['InvalidTimer', 'spec.holdTime', 'found 1s'],
      ['ExclusiveFields', 'spec.interface', 'both of'],
      ['UnsupportedField', 'spec.interface', 'allowed with frr'],
      ['InvalidValue', 'spec.myASN', 'found 0'],
      ['InvalidAddress', 'spec.peerAddress', '"x"'],
      ['InvalidAddress', 'spec.routerID', '"y"'],
    ],
  ],
]

/** Faults after which the session is as it was meant, but for BFD. */
const harmless = new Set(['DuplicateValue', 'InvalidSelector', 'UnknownBFDProfile', 'UnsuitableBFDProfile'])

const profiles = [profile('fast'), profile('echo', { echoMode: true })]

function peersOf(spec: Spec, context: Partial<ConfigContext> = {}): readonly ConfigResource[] {
  const { config } = parse([peer('tor', spec as Partial<BGPPeerObject['spec']>), ...profiles], context)
  return config.resources.filter(({ kind }) => kind === 'BGPPeer')
}

describe('a BGPPeer', () => {
  it.each(accepted)('may have %s', (_, spec) => {
    const { problems, config } = parse([peer('tor', spec as Partial<BGPPeerObject['spec']>)])
    expect(problems).toEqual([])
    expect(config.resources).toHaveLength(1)
  })

  it.each(rows)('with %s is reported, and used only if the fault is harmless', (_, spec, expected) => {
    const result = parse([peer('tor', spec as Partial<BGPPeerObject['spec']>), ...profiles])
    expect(faultsLike(result, expected)).toEqual(expected)
    const used = expected.every(([reason]) => harmless.has(reason))
    expect(peersOf(spec)).toHaveLength(used ? 1 : 0)
  })

  it.each<[string, Spec, Partial<Spec>]>([
    ['no timers', {}, {}],
    ['the hold time', { holdTime: '1m30s' }, { holdTime: '90s', keepaliveTime: '30s' }],
    ['an odd hold time', { holdTime: '10500ms' }, { holdTime: '10s', keepaliveTime: '3s' }],
    ['the shortest hold time', { holdTime: '3s' }, { holdTime: '3s', keepaliveTime: '1s' }],
    ['keepalives', { keepaliveTime: '20s' }, { holdTime: '60s', keepaliveTime: '20s' }],
    ['both', { holdTime: '9s', keepaliveTime: '9s' }, { holdTime: '9s', keepaliveTime: '9s' }],
    ['no hold time at all', { holdTime: '0s' }, { holdTime: '0s', keepaliveTime: '0s' }],
    ['neither', { holdTime: '0s', keepaliveTime: '0s' }, { holdTime: '0s', keepaliveTime: '0s' }],
    ['the time to connect', { connectTime: '1m' }, { connectTime: '60s' }],
  ])('derives its timers from %s', (_, spec, expected) => {
    const found = peersOf(spec)[0]?.spec ?? {}
    const timers = ['holdTime', 'keepaliveTime', 'connectTime'].filter((name) => name in found)
    expect(Object.fromEntries(timers.map((name) => [name, found[name]]))).toEqual(expected)
  })

  it('loses BFD to a profile that is missing or unusable, and keeps a good one', () => {
    expect(peersOf({ bfdProfile: 'slow' })[0]?.spec).not.toHaveProperty('bfdProfile')
    expect(peersOf({ bfdProfile: 'echo' })[0]?.spec).not.toHaveProperty('bfdProfile')
    expect(peersOf({ bfdProfile: 'fast' })[0]?.spec['bfdProfile']).toBe('fast')
  })

  it('may set a field that its announcer cannot honour to what asks for nothing', () => {
    const reasonsFor = (keepaliveTime: string): string[] =>
      parse([peer('a', { holdTime: '0s', keepaliveTime }, belongsTo('frr'))]).problems.map(
        ({ reason }) => reason,
      )
    expect(reasonsFor('0s')).toEqual([])
    expect(reasonsFor('1s')).toContain('UnsupportedField')
  })

  it('passes its profiles on as resources of whoever asks for them', () => {
    const { config } = parse([profile('fast', { receiveInterval: 50 })])
    expect(config.resources).toEqual([
      {
        kind: 'BFDProfile',
        name: 'fast',
        ref: 'BFDProfile metallb-system/fast',
        nodeSelectors: [],
        revision: expect.stringMatching(/^[0-9a-f]{16}$/),
        spec: { receiveInterval: 50 },
      },
    ])
  })

  it('belongs to the announcer of its annotation, else to the default', () => {
    const { config } = parse([peer('a'), peer('b', { peerAddress: '10.0.0.2' }, belongsTo('frr'))])
    expect(config.resources.map(({ name, announcer }) => [name, announcer])).toEqual([
      ['a', 'native-bgp'],
      ['b', 'frr'],
    ])
  })

  it.each([
    [
      'no plugin',
      'native-bpg',
      'UnknownAnnouncer',
      'which is not loaded; allowed: native-bgp or frr; did you mean "native-bgp"?',
    ],
    ['one without BGP', 'l2', 'UnsuitableAnnouncer', 'which does not speak BGP; allowed: native-bgp or frr'],
  ] as const)('that asks for %s is not used', (_, name, reason, fragment) => {
    const result = parse([peer('a', {}, belongsTo(name))])
    const expected: ExpectedFault[] = [[reason, 'metadata.annotations["heraldlb.io/announcer"]', fragment]]
    expect(faultsLike(result, expected)).toEqual(expected)
    expect(result.config.resources).toEqual([])
  })

  it('says so where the default announcer is not loaded', () => {
    const { problems } = parse([peer('a')], { settings: { ...settings, bgpBackend: 'gobgp' } })
    expect(problems.map(({ reason, field }) => [reason, field])).toEqual([['UnknownAnnouncer', '']])
  })
})

describe('the password of a BGPPeer', () => {
  const named: Spec = { passwordSecret: { name: 'bgp' } }

  it.each<[string, Partial<ConfigContext>, ExpectedFault[]]>([
    ['exists', { secrets: [secret('bgp')] }, []],
    [
      'is missing',
      { secrets: [secret('other')] },
      [['MissingSecret', 'spec.passwordSecret.name', 'no such Secret in namespace metallb-system']],
    ],
    ['is missing among none', { secrets: [] }, [['MissingSecret', 'spec.passwordSecret.name', '"bgp"']]],
    [
      'lies elsewhere',
      { secrets: [secret('bgp', { metadata: { name: 'bgp', namespace: 'x' } })] },
      [['MissingSecret', 'spec.passwordSecret.name', '"bgp"']],
    ],
    [
      'has the wrong type',
      { secrets: [secret('bgp', { type: 'Opaque' })] },
      [
        [
          'UnsuitableSecret',
          'spec.passwordSecret.name',
          'of type Opaque, allowed: type kubernetes.io/basic-auth',
        ],
      ],
    ],
    [
      'has no password',
      { secrets: [secret('bgp', { keys: ['username'] })] },
      [
        [
          'UnsuitableSecret',
          'spec.passwordSecret.name',
          'the keys username, allowed: one that has the key password',
        ],
      ],
    ],
    [
      'has neither type nor password',
      { secrets: [secret('bgp', { type: 'Opaque', keys: [] })] },
      [
        ['UnsuitableSecret', 'spec.passwordSecret.name', 'of type Opaque'],
        ['UnsuitableSecret', 'spec.passwordSecret.name', 'with no keys'],
      ],
    ],
  ])('is judged where its Secret %s', (_, context, expected) => {
    const result = parse([peer('tor', named as Partial<BGPPeerObject['spec']>)], context)
    expect(faultsLike(result, expected)).toEqual(expected)
    expect(result.config.resources).toHaveLength(expected.length === 0 ? 1 : 0)
  })

  it('is assumed to exist where the input has no Secrets at all', () => {
    const { problems, assumptions } = parse([peer('tor', named as Partial<BGPPeerObject['spec']>)])
    expect(problems).toEqual([])
    expect(assumptions).toEqual([
      'no Secrets in the input: the password Secrets of BGPPeers are taken to exist',
    ])
  })

  it('travels as a reference, whose revision follows the Secret', () => {
    const [first] = peersOf(named, { secrets: [secret('bgp', { revision: '7' })] })
    const [same] = peersOf(named, { secrets: [secret('bgp', { revision: '7' })] })
    const [rotated] = peersOf(named, { secrets: [secret('bgp', { revision: '8' })] })
    expect(first?.spec['passwordSecret']).toEqual({ name: 'bgp', namespace: 'metallb-system' })
    expect(same?.revision).toBe(first?.revision)
    expect(rotated?.revision).not.toBe(first?.revision)
  })

  it('stays out of the resource and of every problem when it is written in the clear', () => {
    const digest = (text: string): string => `digest of ${text.length}`
    const spec = { password: 'hunter2', holdTime: 'hunted' }
    const { config, problems } = parse([peer('tor', { password: 'hunter2' }), peer('bad', spec)], { digest })
    expect(config.inlineSecrets).toEqual({ 'inline:BGPPeer/tor': 'hunter2' })
    expect(config.resources[0]?.spec['passwordSecret']).toEqual({ name: 'inline:BGPPeer/tor' })
    expect(JSON.stringify([config.resources, problems])).not.toContain('hunter2')
  })

  it('in the clear changes the revision through the keyed digest alone', () => {
    const digest = (text: string): string => `keyed ${text}`
    const revision = (password: string, context: Partial<ConfigContext>) =>
      peersOf({ password }, context)[0]?.revision
    expect(revision('one', { digest })).not.toBe(revision('two', { digest }))
    expect(revision('one', {})).toBe(revision('two', {}))
  })
})
