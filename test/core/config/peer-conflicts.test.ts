import { describe, expect, it } from 'vitest'

import { belongsTo, faultsLike, node, parse, peer, type ExpectedFault } from './objects.ts'
import type { ParsedConfig } from '#core/config/parse.ts'
import type { ConfigObject } from '#core/model/objects.ts'

const frr = belongsTo('frr')
const rack = (...names: string[]) => ({
  nodeSelectors: names.map((name) => ({ matchLabels: { rack: name } })),
})
const nodes = [node('n1', { rack: 'a' }), node('n2', { rack: 'b' }), node('n3', { rack: 'b', tier: 'edge' })]
const edge = { nodeSelectors: [{ matchLabels: { tier: 'edge' } }] }

const exists: ExpectedFault = [
  'DuplicatePeer',
  'spec.peerAddress',
  'already exists on a common node: BGPPeer metallb-system/a',
]

type Row = readonly [string, readonly ConfigObject[], ExpectedFault[]]

const rows: Row[] = [
  ['one address', [peer('a'), peer('b')], [exists]],
  [
    'one address, written differently',
    [peer('a', { peerAddress: 'fc00::1' }), peer('b', { peerAddress: 'FC00:0::1' })],
    [exists],
  ],
  ['one address on other ports', [peer('a'), peer('b', { peerPort: 1790 })], []],
  [
    'one address on other ports of one router',
    [peer('a', {}, frr), peer('b', { peerPort: 1790 }, frr)],
    [exists],
  ],
  ['one address in two VRFs', [peer('a', {}, frr), peer('b', { vrf: 'red' }, frr)], []],
  ['one address in one VRF', [peer('a', { vrf: 'red' }, frr), peer('b', { vrf: 'red' }, frr)], [exists]],
  [
    'one address, of two announcers',
    [peer('a'), peer('b', {}, frr)],
    [
      [
        'DuplicatePeer',
        'spec.peerAddress',
        "on a common node: BGPPeer metallb-system/a, which is native-bgp's, while this one is frr's",
      ],
    ],
  ],
  [
    'one address, of two announcers from two addresses',
    [peer('a', { sourceAddress: '10.0.0.7' }), peer('b', { sourceAddress: '10.0.0.8' }, frr)],
    [],
  ],
  [
    'one interface',
    [
      peer('a', { peerAddress: undefined as never, interface: 'eth0' }, frr),
      peer('b', { peerAddress: undefined as never, interface: 'eth0' }, frr),
    ],
    [['DuplicatePeer', 'spec.interface', 'found "eth0"']],
  ],
  ['one address on other nodes', [peer('a', rack('a')), peer('b', rack('b'))], []],
  ['one address on a common node', [peer('a', rack('a', 'b')), peer('b', edge)], [exists]],
  ['one address three times', [peer('a'), peer('b'), peer('c')], [exists, exists]],
  [
    'two router IDs in one router',
    [
      peer('a', { routerID: '1.1.1.1' }, frr),
      peer('b', { peerAddress: '10.0.0.2', routerID: '2.2.2.2' }, frr),
    ],
    [['RouterMismatch', 'spec.routerID', 'found "2.2.2.2", and "1.1.1.1" in BGPPeer metallb-system/a']],
  ],
  [
    'a router ID on only one of two in one router',
    [peer('a', { routerID: '1.1.1.1' }, frr), peer('b', { peerAddress: '10.0.0.2' }, frr)],
    [['RouterMismatch', 'spec.routerID', 'found nothing, and "1.1.1.1"']],
  ],
  [
    'two ASes in one router',
    [peer('a', {}, frr), peer('b', { peerAddress: '10.0.0.2', myASN: 64999 }, frr)],
    [['RouterMismatch', 'spec.myASN', 'found 64999, and 64500']],
  ],
  [
    'two ASes in two VRFs',
    [peer('a', {}, frr), peer('b', { peerAddress: '10.0.0.2', myASN: 64999, vrf: 'red' }, frr)],
    [],
  ],
  [
    'two identities on other nodes',
    [peer('a', rack('a'), frr), peer('b', { peerAddress: '10.0.0.2', myASN: 64999, ...rack('b') }, frr)],
    [],
  ],
  [
    'two identities where each session has its own',
    [peer('a', { routerID: '1.1.1.1' }), peer('b', { peerAddress: '10.0.0.2', myASN: 64999 })],
    [],
  ],
]

const rowsWithoutNodes: Row[] = [
  ['one address, and the first on all nodes', [peer('a'), peer('b', rack('b'))], [exists]],
  ['one address, and selectors that differ', [peer('a', rack('a')), peer('b', rack('b'))], []],
  ['one address and equal selectors', [peer('a', rack('a')), peer('b', rack('a'))], [exists]],
  ['one address, and one on all nodes', [peer('a', rack('a')), peer('b')], [exists]],
]

function expectLaterRefused(
  result: ParsedConfig,
  objects: readonly ConfigObject[],
  expected: ExpectedFault[],
): void {
  expect(faultsLike(result, expected)).toEqual(expected)
  expect(result.problems.every(({ object }) => object !== 'BGPPeer metallb-system/a')).toBe(true)
  expect(result.config.resources).toHaveLength(objects.length - expected.length)
}

describe('BGPPeers of common nodes', () => {
  it.each(rows)('with %s', (_, objects, expected) =>
    expectLaterRefused(parse(objects, { nodes }), objects, expected),
  )

  it.each(rowsWithoutNodes)('whose labels nobody knows, with %s', (_, objects, expected) =>
    expectLaterRefused(parse(objects), objects, expected),
  )

  it('have a conflict reported beside their own faults', () => {
    const { problems } = parse([peer('a'), peer('b', { holdTime: '1s' })], { nodes })
    expect(problems.map(({ reason }) => reason)).toEqual(['InvalidTimer', 'DuplicatePeer'])
  })

  it('are judged against those that are used, not against those that are refused', () => {
    const objects = [
      peer('a', { peerAddress: '10.0.0.1' }, frr),
      peer('b', { peerAddress: '10.0.0.2', myASN: 64999 }, frr),
      peer('c', { peerAddress: '10.0.0.2' }, frr),
    ]
    const { config, problems } = parse(objects, { nodes })
    expect(config.resources.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(problems.map(({ object }) => object)).toEqual(['BGPPeer metallb-system/b'])
  })

  it('are not judged by selectors that nobody can evaluate, and an assumption says so', () => {
    const { assumptions } = parse([peer('a', rack('a')), peer('b', rack('b'))])
    expect(assumptions).toEqual([
      'no Nodes in the input: nodeSelectors that differ are taken to select different nodes',
    ])
  })
})
