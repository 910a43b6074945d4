/* Random clusters and random edits of them, for comparing the twin with the oracle. */
import * as fc from 'fast-check'

import type { FactChange } from '#core/incremental/fact-change.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Facts } from '#core/model/facts.ts'
import {
  nameOf,
  type ConfigObject,
  type EndpointSliceObject,
  type NodeObject,
  type ServiceObject,
} from '#core/model/objects.ts'

import { quarantined } from '../allocator/build.ts'
import { bgp, l2, settings, sha256, slice } from '../selection/fixtures.ts'

const serviceNames = ['s0', 's1', 's2', 's3']
const nodeNames = ['n0', 'n1', 'n2', 'n3']
const namespace = 'metallb-system'

const labels = fc.record({ zone: fc.constantFrom('a', 'b') })

const service: fc.Arbitrary<ServiceObject> = fc
  .record({
    name: fc.constantFrom(...serviceNames),
    labels,
    policy: fc.constantFrom('Cluster', 'Local'),
    share: fc.constantFrom(true, true, false),
    port: fc.constantFrom(53, 80, 443),
    dual: fc.boolean(),
    wish: fc.option(fc.constantFrom(...nodeNames), { nil: undefined }),
  })
  .map(({ name, labels, policy, share, port, dual, wish }) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      labels,
      annotations: {
        ...(share ? { 'metallb.io/allow-shared-ip': 'key' } : {}),
        ...(wish === undefined ? {} : { 'heraldlb.io/move-to': wish }),
      },
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: policy,
      ports: [{ protocol: 'TCP', port }],
      selector: { app: 'one' },
      ...(dual ? { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' as const } : {}),
    },
  }))

const node: fc.Arbitrary<NodeObject> = fc
  .record({
    name: fc.constantFrom(...nodeNames),
    labels,
    ready: fc.boolean(),
    excluded: fc.boolean(),
    drained: fc.boolean(),
    unavailable: fc.boolean(),
  })
  .map(({ name, labels, ready, excluded, drained, unavailable }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: drained ? { 'heraldlb.io/drain': '' } : {},
      labels: {
        ...labels,
        ...(excluded ? { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {}),
      },
    },
    status: {
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False' },
        { type: 'NetworkUnavailable', status: unavailable ? 'True' : 'False' },
      ],
    },
  }))

const endpoints = fc
  .record({
    service: fc.constantFrom(...serviceNames),
    on: fc.option(fc.subarray(nodeNames), { nil: undefined }),
  })
  .map(({ service, on }) => ({
    service: `default/${service}`,
    slices: on === undefined ? undefined : [slice(service, on)],
  }))

const zoneSelectors = fc.constantFrom([], [{ matchLabels: { zone: 'a' } }])

const configuration: fc.Arbitrary<ConfigObject[]> = fc
  .record({
    size: fc.constantFrom('10.0.0.0/29', '10.0.0.0/31', '10.0.0.0/30'),
    l2Nodes: zoneSelectors,
    l2Services: zoneSelectors,
    bgpNodes: zoneSelectors,
    bgpServices: zoneSelectors,
    weight: fc.integer({ min: 1, max: 100 }),
    localPref: fc.constantFrom(100, 200),
    second: fc.boolean(),
    gated: fc.boolean(),
    peerNodes: zoneSelectors,
  })
  .map((made) => {
    const metadata = (name: string): { name: string; namespace: string } => ({ name, namespace })
    const annotations = { 'heraldlb.io/data-path-gate': String(made.gated) }
    const pool = { addresses: [made.size, '2001:db8::/126'], autoAssign: true, avoidBuggyIPs: false }
    const route = { aggregationLength: 32, aggregationLengthV6: 128 }
    const objects: ConfigObject[] = [
      { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: metadata('pool'), spec: pool },
      {
        apiVersion: 'metallb.io/v1beta1',
        kind: 'L2Advertisement',
        metadata: { ...metadata('lan'), annotations },
        spec: {
          nodeSelectors: made.l2Nodes,
          serviceSelectors: made.l2Services,
          preferredNodeSelectors: [{ weight: made.weight, preference: { matchLabels: { zone: 'b' } } }],
        },
      },
      {
        apiVersion: 'metallb.io/v1beta1',
        kind: 'BGPAdvertisement',
        metadata: { ...metadata('a'), annotations },
        spec: { ...route, nodeSelectors: made.bgpNodes, localPref: 100 },
      },
      {
        apiVersion: 'metallb.io/v1beta2',
        kind: 'BGPPeer',
        metadata: metadata('tor'),
        spec: { myASN: 1, peerASN: 2, peerAddress: '10.9.0.1', peerPort: 179, nodeSelectors: made.peerNodes },
      },
    ]
    if (!made.second) return objects
    return [
      ...objects,
      {
        apiVersion: 'metallb.io/v1beta1',
        kind: 'BGPAdvertisement',
        metadata: metadata('b'),
        spec: { ...route, serviceSelectors: made.bgpServices, localPref: made.localPref },
      },
    ]
  })

const addresses: readonly Address[] = ['10.0.0.0', '10.0.0.1', '10.0.0.2', '2001:db8::'].flatMap(
  (text) => parseAddress(text) ?? [],
)

const holders = fc.uniqueArray(
  fc.record({
    announcer: fc.constant('l2'),
    address: fc.constantFrom(...addresses),
    node: fc.constantFrom(...nodeNames),
  }),
  { selector: ({ address }) => address },
)

const shutPaths = fc.uniqueArray(
  fc.record({
    address: fc.constantFrom(...addresses),
    node: fc.constantFrom(...nodeNames),
    state: fc.constantFrom('shut', 'never-open', 'untried'),
  }),
  { selector: ({ address, node }) => `${address} ${node}`, maxLength: 4 },
)

const returns = fc.record({
  now: fc.nat(400_000),
  byNode: fc
    .dictionary(fc.constantFrom(...nodeNames), fc.array(fc.nat(60_000), { maxLength: 6 }))
    .map((found) => new Map(Object.entries(found).map(([node, at]) => [node, at.sort((a, b) => a - b)]))),
})

export const change: fc.Arbitrary<FactChange> = fc.oneof(
  service.map((object) => ({ kind: 'service' as const, name: nameOf(object), object })),
  fc.constantFrom(...serviceNames).map((name) => ({ kind: 'service' as const, name: `default/${name}` })),
  endpoints.map(({ service, slices }) => ({
    kind: 'endpoints' as const,
    service,
    ...(slices && { slices }),
  })),
  node.map((object) => ({ kind: 'node' as const, name: object.metadata.name, object })),
  fc.constantFrom(...nodeNames).map((name) => ({ kind: 'node' as const, name })),
  fc.subarray(nodeNames).map((names) => ({ kind: 'dead' as const, nodes: new Set(names) })),
  holders.map((holders) => ({ kind: 'holders' as const, holders })),
  shutPaths.map((shutPaths) => ({ kind: 'shut-paths' as const, shutPaths })),
  returns.map((returns) => ({ kind: 'returns' as const, returns })),
  fc
    .subarray([...addresses])
    .map((list) => ({ kind: 'quarantine' as const, quarantine: list.map(quarantined) })),
  configuration.map((objects) => ({ kind: 'config' as const, objects })),
)

export const cluster: fc.Arbitrary<Facts> = fc
  .record({
    services: fc.uniqueArray(service, { selector: nameOf }),
    nodes: fc.option(fc.uniqueArray(node, { selector: ({ metadata }) => metadata.name, minLength: 1 }), {
      nil: undefined,
      freq: 8,
    }),
    slices: fc.uniqueArray(endpoints, { selector: ({ service }) => service }),
    config: configuration,
    election: fc.constantFrom('hash' as const, 'stable' as const),
    l2Candidates: fc.constantFrom('herald' as const, 'metallb' as const),
    complete: fc.boolean(),
  })
  .map(({ services, nodes, slices, config, election, l2Candidates, complete }) => ({
    settings: { ...settings, announcers: [l2, bgp], election, l2Candidates },
    config,
    services,
    ...(nodes === undefined ? {} : { nodes }),
    endpointSlices: slices.flatMap(({ slices = [] }): EndpointSliceObject[] => slices),
    dead: new Set<string>(),
    complete,
    sha256,
  }))
