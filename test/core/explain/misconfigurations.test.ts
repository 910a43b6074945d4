import { Readable } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { builtInAnnouncers } from '#app/announcer-infos.ts'
import { decideInput, readInput } from '#app/cli/inputs.ts'
import { explain, type Explanation } from '#core/explain/explanation.ts'
import type { Settings } from '#core/model/facts.ts'
import { reasons, type ReasonCode } from '#core/reasons.ts'

import {
  bgp,
  documents,
  l2,
  nodeA,
  overBgp,
  peer,
  pool,
  service,
  slice,
  working,
  type Manifests,
} from './manifests.ts'

const settings: Settings = {
  namespace: 'metallb-system',
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
  announcers: builtInAnnouncers,
}

interface Case {
  readonly manifests: Manifests
  readonly settings?: Partial<Settings>
  readonly dead?: readonly string[]
}

async function explained({
  manifests,
  settings: changed = {},
  dead = [],
}: Case): Promise<Explanation | undefined> {
  const terminal = {
    stdin: Readable.from([documents(manifests)]),
    isTTY: false,
    out: () => {},
    err: () => {},
  }
  const input = await readInput(['-'], { ...settings, ...changed }, terminal)
  const facts = { ...input.facts, dead: new Set(dead) }
  return explain(facts, decideInput({ ...input, facts }), 'default/web')
}

const held = (name: string, meta: string, spec = 'ports: [{ port: 80 }]'): string =>
  service({ name, meta, spec, status: '192.0.2.1' })

const annotated = (annotations: string): string => `annotations: { ${annotations} }`
const asks = (ip: string): string => annotated(`metallb.io/loadBalancerIPs: "${ip}"`)
const shares = (key: string, ip = '192.0.2.1'): string =>
  annotated(`metallb.io/allow-shared-ip: ${key}, metallb.io/loadBalancerIPs: ${ip}`)

const allocation: [string, ReasonCode, Case][] = [
  [
    'not of type LoadBalancer',
    'NotLoadBalancer',
    { manifests: { service: working.service.replace('LoadBalancer', 'ClusterIP') } },
  ],
  [
    'a class, and Herald serves those without',
    'ClassMismatch',
    { manifests: { service: service({ spec: 'loadBalancerClass: example.com/lb, ports: [{ port: 80 }]' }) } },
  ],
  [
    'no class, and Herald serves one',
    'ClassMismatch',
    { manifests: {}, settings: { lbClass: 'example.com/lb' } },
  ],
  ['no pool at all', 'NoPools', { manifests: { pool: '' } }],
  [
    'the only pool in another namespace',
    'WrongNamespace',
    { manifests: { pool: pool('addresses: [192.0.2.0/28]', 'first', 'default') } },
  ],
  [
    'the only pool without a namespace, and Herald in another',
    'WrongNamespace',
    { manifests: {}, settings: { namespace: 'lb' } },
  ],
  [
    'the only pool with a bad CIDR',
    'InvalidAddress',
    { manifests: { pool: pool('addresses: [192.0.2.0/33]') } },
  ],
  [
    'the only pool with a bare address',
    'InvalidAddress',
    { manifests: { pool: pool('addresses: [192.0.2.1]') } },
  ],
  [
    'the only pool with a range backwards',
    'InvalidAddress',
    { manifests: { pool: pool('addresses: [192.0.2.9-192.0.2.1]') } },
  ],
  [
    'the only pool with a range of two families',
    'InvalidAddress',
    { manifests: { pool: pool('addresses: ["192.0.2.1-2001:db8::1"]') } },
  ],
  ['the only pool misspelt', 'UnknownField', { manifests: { pool: pool('address: [192.0.2.0/28]') } }],
  [
    'a pool asked for that does not exist',
    'UnknownPool',
    { manifests: { service: service({ meta: annotated('metallb.io/address-pool: frist') }) } },
  ],
  [
    'a pool asked for that lies in another namespace',
    'WrongNamespace',
    {
      manifests: {
        service: service({ meta: annotated('metallb.universe.tf/address-pool: other') }),
        more: pool('addresses: [198.51.100.0/28]', 'other', 'default'),
      },
    },
  ],
  [
    'an address outside every pool',
    'AddressNotInPool',
    { manifests: { service: service({ meta: asks('203.0.113.9') }) } },
  ],
  [
    'an address by the old field, outside every pool',
    'AddressNotInPool',
    { manifests: { service: service({ spec: 'loadBalancerIP: 203.0.113.9, ports: [{ port: 80 }]' }) } },
  ],
  [
    'an address that a faulty entry may have meant, beside a fault that hides none',
    'InvalidAddress',
    {
      manifests: {
        pool: pool('addresses: [192.0.2.0/28], serviceAllocation: { namespaces: [shop, shop] }'),
        service: service({ meta: asks('203.0.113.9') }),
        more: pool('addresses: [203.0.113.0/33]', 'second'),
      },
    },
  ],
  [
    'an address outside the pool that is asked for as well',
    'AddressNotInPool',
    {
      manifests: {
        service: service({
          meta: annotated('metallb.io/address-pool: first, metallb.io/loadBalancerIPs: 198.51.100.1'),
        }),
        more: pool('addresses: [198.51.100.0/28]', 'other'),
      },
    },
  ],
  [
    'an address that a pool avoids',
    'AddressNotInPool',
    {
      manifests: {
        pool: pool('addresses: [192.0.2.0/28], avoidBuggyIPs: true'),
        service: service({ meta: asks('192.0.2.0') }),
      },
    },
  ],
  [
    'an address that is none',
    'InvalidRequest',
    { manifests: { service: service({ meta: asks('192.0.2.300') }) } },
  ],
  [
    'two addresses of one family',
    'InvalidRequest',
    { manifests: { service: service({ meta: asks('192.0.2.1,192.0.2.2') }) } },
  ],
  [
    'an address in two places',
    'ConflictingRequests',
    {
      manifests: {
        service: service({
          meta: asks('192.0.2.1'),
          spec: 'loadBalancerIP: 192.0.2.2, ports: [{ port: 80 }]',
        }),
      },
    },
  ],
  [
    'an IPv6 address for an IPv4 Service',
    'FamilyMismatch',
    {
      manifests: {
        pool: pool('addresses: ["2001:db8::/120"]'),
        service: service({ meta: asks('2001:db8::1') }),
      },
    },
  ],
  [
    'one address for a dual-stack Service',
    'FamilyMismatch',
    {
      manifests: {
        service: service({
          meta: asks('192.0.2.1'),
          spec: 'ipFamilyPolicy: RequireDualStack, clusterIPs: [10.96.0.1, "fd00::1"], ports: [{ port: 80 }]',
        }),
      },
    },
  ],
  [
    'dual stack on a single-stack cluster',
    'NotEnoughClusterIPs',
    {
      manifests: {
        service: service({
          spec: 'ipFamilyPolicy: RequireDualStack, clusterIPs: [10.96.0.1], ports: [{ port: 80 }]',
        }),
      },
    },
  ],
  [
    'a headless Service',
    'InvalidClusterIPs',
    { manifests: { service: service({ spec: 'clusterIP: None, ports: [{ port: 80 }]' }) } },
  ],
  [
    'IPv6 wanted, and only IPv4 pools',
    'NoPoolOfFamily',
    { manifests: { service: service({ spec: 'ipFamilies: [IPv6], ports: [{ port: 80 }]' }) } },
  ],
  [
    'dual stack wanted, and only IPv4 pools',
    'NoPoolOfFamily',
    { manifests: { service: service({ spec: 'ipFamilyPolicy: RequireDualStack, ports: [{ port: 80 }]' }) } },
  ],
  [
    'the only pool not assigned automatically',
    'NoPoolForService',
    { manifests: { pool: pool('addresses: [192.0.2.0/28], autoAssign: false') } },
  ],
  [
    'the only pool pinned to another namespace',
    'NoPoolForService',
    { manifests: { pool: pool('addresses: [192.0.2.0/28], serviceAllocation: { namespaces: [shop] }') } },
  ],
  [
    'the only pool pinned to other labels',
    'NoPoolForService',
    {
      manifests: {
        pool: pool(
          'addresses: [192.0.2.0/28], serviceAllocation: { serviceSelectors: [{ matchLabels: { app: other } }] }',
        ),
      },
    },
  ],
  [
    'the only pool pinned by a selector against the rules',
    'InvalidSelector',
    {
      manifests: {
        pool: pool(
          'addresses: [192.0.2.0/28], serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: app, operator: In }] }] }',
        ),
      },
    },
  ],
  [
    'a pool asked for that is pinned to another namespace',
    'PoolNotForService',
    {
      manifests: {
        pool: pool('addresses: [192.0.2.0/28], serviceAllocation: { namespaces: [shop] }'),
        service: service({ meta: annotated('metallb.io/address-pool: first') }),
      },
    },
  ],
  [
    'a full pool',
    'PoolExhausted',
    { manifests: { pool: pool('addresses: [192.0.2.1-192.0.2.1]'), more: held('first-come', '') } },
  ],
  [
    'an address that another Service holds',
    'AddressInUse',
    { manifests: { service: service({ meta: asks('192.0.2.1') }), more: held('first-come', '') } },
  ],
  [
    'another sharing key',
    'SharingKeyMismatch',
    { manifests: { service: service({ meta: shares('one') }), more: held('first-come', shares('two')) } },
  ],
  [
    'a sharing key with clashing ports',
    'PortConflict',
    { manifests: { service: service({ meta: shares('one') }), more: held('first-come', shares('one')) } },
  ],
  [
    'a sharing key with another traffic policy',
    'BackendMismatch',
    {
      manifests: {
        service: service({
          meta: shares('one'),
          spec: 'externalTrafficPolicy: Local, selector: { app: web }, ports: [{ port: 81 }]',
        }),
        more: held('first-come', shares('one')),
      },
    },
  ],
  [
    'a sharing key with another selector under policy Local',
    'BackendMismatch',
    {
      manifests: {
        service: service({
          meta: shares('one'),
          spec: 'externalTrafficPolicy: Local, selector: { app: web }, ports: [{ port: 81 }]',
        }),
        more: held(
          'first-come',
          shares('one'),
          'externalTrafficPolicy: Local, selector: { app: dns }, ports: [{ port: 80 }]',
        ),
      },
    },
  ],
]

const announcement: [string, ReasonCode, Case][] = [
  ['no advertisement at all', 'NoAdvertisement', { manifests: { l2: '' } }],
  [
    'an advertisement of another pool',
    'NoAdvertisement',
    {
      manifests: {
        l2: l2('ipAddressPools: [second]'),
        more: pool('addresses: [198.51.100.0/28], autoAssign: false', 'second'),
      },
    },
  ],
  [
    'an advertisement of another pool, and of one that does not exist',
    'NoAdvertisement',
    {
      manifests: {
        l2: l2('ipAddressPools: [second, archive]'),
        more: pool('addresses: [198.51.100.0/28], autoAssign: false', 'second'),
      },
    },
  ],
  [
    'an advertisement whose pool is misspelt, beside another pool',
    'UnknownPool',
    {
      manifests: {
        l2: l2('ipAddressPools: [second, frist]'),
        more: pool('addresses: [198.51.100.0/28], autoAssign: false', 'second'),
      },
    },
  ],
  [
    'an advertisement whose pool is misspelt',
    'UnknownPool',
    { manifests: { l2: l2('ipAddressPools: [frist]') } },
  ],
  [
    'an advertisement whose pool selectors match nothing',
    'SelectsNoPool',
    { manifests: { l2: l2('ipAddressPoolSelectors: [{ matchLabels: { tier: two } }]') } },
  ],
  [
    'an advertisement in another namespace',
    'WrongNamespace',
    { manifests: { l2: l2('', 'lan', 'default') } },
  ],
  ['an advertisement with a misspelt field', 'UnknownField', { manifests: { l2: l2('interface: eth0') } }],
  [
    'an advertisement for an announcer that is not loaded',
    'UnknownAnnouncer',
    { manifests: { ...overBgp, bgp: bgp('', ', annotations: { heraldlb.io/announcer: evpn }') } },
  ],
  [
    'an aggregate wider than the pool',
    'InvalidAggregationLength',
    { manifests: { ...overBgp, bgp: bgp('aggregationLength: 24') } },
  ],
  [
    'an aggregate with service selectors',
    'ExclusiveFields',
    {
      manifests: {
        ...overBgp,
        bgp: bgp('aggregationLength: 28, serviceSelectors: [{ matchLabels: { app: web } }]'),
      },
    },
  ],
  [
    'a community that nobody defines',
    'UnknownCommunity',
    { manifests: { ...overBgp, bgp: bgp('communities: [no-transit]') } },
  ],
  [
    'a community that nobody defines, after one that is listed twice',
    'UnknownCommunity',
    { manifests: { ...overBgp, bgp: bgp('communities: ["64500:1", "64500:1", no-transit]') } },
  ],
  [
    'an advertisement for other Services',
    'ServiceNotSelected',
    { manifests: { l2: l2('serviceSelectors: [{ matchLabels: { app: dns } }]') } },
  ],
  [
    'a node selector that no node matches',
    'NodeNotSelected',
    { manifests: { l2: l2('nodeSelectors: [{ matchLabels: { zone: c } }]') } },
  ],
  [
    'a node selector by a host name that the node lacks',
    'NodeNotSelected',
    { manifests: { l2: l2('nodeSelectors: [{ matchLabels: { kubernetes.io/hostname: node-a } }]') } },
  ],
  [
    'a node selector against the rules',
    'InvalidSelector',
    { manifests: { l2: l2('nodeSelectors: [{ matchExpressions: [{ key: zone, operator: In }] }]') } },
  ],
  [
    'a service selector against the rules',
    'InvalidSelector',
    { manifests: { l2: l2('serviceSelectors: [{ matchExpressions: [{ key: app, operator: In }] }]') } },
  ],
  [
    'a shared address and service selectors',
    'SharedAddressWithServiceSelectors',
    {
      manifests: {
        service: service({ meta: 'labels: { app: web }, annotations: { metallb.io/allow-shared-ip: key }' }),
        l2: l2('serviceSelectors: [{ matchLabels: { app: web } }]'),
      },
    },
  ],
  ['no endpoint', 'NoReadyEndpointAnywhere', { manifests: { slice: slice('') } }],
  [
    'endpoints that are not ready',
    'NoReadyEndpointAnywhere',
    {
      manifests: {
        slice: slice('{ addresses: [10.0.0.1], nodeName: node-a, conditions: { ready: false } }'),
      },
    },
  ],
  [
    'local endpoints on nodes that are not selected',
    'NoReadyEndpoint',
    {
      manifests: {
        service: service({ spec: 'externalTrafficPolicy: Local, ports: [{ port: 80 }]' }),
        l2: l2('nodeSelectors: [{ matchLabels: { zone: b } }]'),
      },
    },
  ],
  [
    'local endpoints that name no node',
    'NoReadyEndpoint',
    {
      manifests: {
        service: service({ spec: 'externalTrafficPolicy: Local, ports: [{ port: 80 }]' }),
        slice: slice('{ addresses: [10.0.0.1] }'),
      },
    },
  ],
  [
    'the only node excluded',
    'NodeExcluded',
    {
      manifests: { nodes: nodeA({ labels: 'node.kubernetes.io/exclude-from-external-load-balancers: ""' }) },
    },
  ],
  [
    'the only selected node excluded',
    'NodeExcluded',
    {
      manifests: {
        nodes: `${nodeA({ labels: 'zone: a, node.kubernetes.io/exclude-from-external-load-balancers: ""' })}\n---\napiVersion: v1\nkind: Node\nmetadata: { name: node-b }`,
        l2: l2('nodeSelectors: [{ matchLabels: { zone: a } }]'),
      },
    },
  ],
  [
    'the only node without network',
    'NodeNetworkUnavailable',
    { manifests: { nodes: nodeA({ conditions: '{ type: NetworkUnavailable, status: "True" }' }) } },
  ],
  [
    'the node of the only local endpoint dead, and the other one excluded',
    'NodeDead',
    {
      manifests: {
        service: service({ spec: 'externalTrafficPolicy: Local, ports: [{ port: 80 }]' }),
        nodes: `${nodeA({})}\n---\napiVersion: v1\nkind: Node\nmetadata: { name: node-b, labels: { node.kubernetes.io/exclude-from-external-load-balancers: "" } }`,
      },
      dead: ['node-a'],
    },
  ],
  ['every node dead', 'NodeDead', { manifests: {}, dead: ['node-a', 'node-b'] }],
  [
    'the only selected node dead',
    'NodeDead',
    { manifests: { l2: l2('nodeSelectors: [{ matchLabels: { zone: a } }]') }, dead: ['node-a'] },
  ],
  ['routes without a peer', 'NoPeer', { manifests: { ...overBgp, peer: '' } }],
  [
    'a peer of no node that is selected',
    'NoPeer',
    {
      manifests: {
        ...overBgp,
        peer: peer(
          'myASN: 1, peerASN: 2, peerAddress: 10.9.0.1, nodeSelectors: [{ matchLabels: { zone: c } }]',
        ),
      },
    },
  ],
  ['a peer that does not exist', 'UnknownPeer', { manifests: { ...overBgp, bgp: bgp('peers: [rot]') } }],
  [
    'a peer of no node, beside faults that are not to blame for it',
    'NoPeer',
    {
      manifests: {
        ...overBgp,
        peer: peer(
          'myASN: 1, peerASN: 2, peerAddress: 10.9.0.1, bfdProfile: fast, nodeSelectors: [{ matchLabels: { zone: c } }]',
        ),
        more: [
          pool('addresses: [198.51.100.0/28], autoAssign: false', 'second'),
          bgp('ipAddressPools: [second], peers: [rot]').replace('name: fabric', 'name: elsewhere'),
        ].join('\n---'),
      },
    },
  ],
  [
    'a peer of another announcer',
    'NoPeer',
    {
      manifests: {
        ...overBgp,
        peer: peer(
          'myASN: 1, peerASN: 2, peerAddress: 10.9.0.1',
          ', annotations: { heraldlb.io/announcer: frr }',
        ),
      },
    },
  ],
  [
    'a peer of an announcer that is not loaded',
    'UnknownAnnouncer',
    {
      manifests: {
        ...overBgp,
        peer: peer(
          'myASN: 1, peerASN: 2, peerAddress: 10.9.0.1',
          ', annotations: { heraldlb.io/announcer: evpn }',
        ),
      },
    },
  ],
  [
    'a peer with a bad address',
    'InvalidAddress',
    { manifests: { ...overBgp, peer: peer('myASN: 1, peerASN: 2, peerAddress: router.example') } },
  ],
  [
    'a peer in a VRF, which native-bgp does not know',
    'UnsupportedField',
    { manifests: { ...overBgp, peer: peer('myASN: 1, peerASN: 2, peerAddress: 10.9.0.1, vrf: red') } },
  ],
  [
    'a hold time that BGP does not allow',
    'InvalidTimer',
    { manifests: { ...overBgp, peer: peer('myASN: 1, peerASN: 2, peerAddress: 10.9.0.1, holdTime: 2s') } },
  ],
]

describe('the cause of a Service without an address', () => {
  it.each(allocation)('%s: %s', async (_, reason, setting) => {
    const found = await explained(setting)
    expect(found?.cause).toMatchObject({ reason, remedy: reasons[reason].remedy })
    expect(found?.planned?.addresses ?? []).toEqual([])
  })
})

describe('the cause of a Service that nobody announces', () => {
  it.each(announcement)('%s: %s', async (_, reason, setting) => {
    const found = await explained(setting)
    expect(found?.cause).toMatchObject({ reason, remedy: reasons[reason].remedy })
    expect(found?.planned?.addresses).not.toEqual([])
  })
})

it('the cause of a pool that an aggregate does not fit is about that pool', async () => {
  const found = await explained({
    manifests: {
      ...overBgp,
      bgp: bgp('aggregationLength: 24'),
      more: pool('addresses: [198.51.100.0/28], autoAssign: false', 'a-second'),
    },
  })
  expect(found?.cause).toMatchObject({ reason: 'InvalidAggregationLength' })
  expect(found?.cause?.message).toContain('of pool first,')
})

describe('a Service that works', () => {
  it.each<[string, Case]>([
    ['on the LAN', { manifests: {} }],
    ['over BGP', { manifests: overBgp }],
    ['without Nodes and EndpointSlices', { manifests: { nodes: '', slice: '' } }],
    ['in spite of a fault elsewhere', { manifests: { more: pool('addresses: [nonsense]', 'other') } }],
  ])('%s: has no cause to name', async (_, setting) => {
    expect((await explained(setting))?.cause).toBeUndefined()
  })
})

it('the table has at least fifty misconfigurations', () => {
  expect(allocation.length + announcement.length).toBeGreaterThanOrEqual(50)
})
