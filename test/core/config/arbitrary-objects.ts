/*
 * Objects that a schema would let through, over few names and addresses, so that they refer to each other, collide
 * and contradict, with texts that no schema judges (addresses, durations, labels) of any kind.
 */
import * as fc from 'fast-check'

import { ad, belongsTo, bgp, community, l2, namespace, node, peer, pool, profile, secret } from './objects.ts'
import type { ConfigContext } from '#core/config/inspection.ts'
import type { BGPPeerObject, ConfigObject, LabelSelector, ObjectMeta } from '#core/model/objects.ts'

const names = fc.constantFrom('a', 'b', 'c', '__proto__')
const labelText = fc.oneof(
  fc.constantFrom('x', 'y', 'kubernetes.io/hostname', ''),
  fc.string({ maxLength: 8 }),
)
const labels = fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2'), { maxKeys: 2 })
const few = <Value>(items: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> => fc.array(items, { maxLength: 3 })
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined })

/** Fields that are undefined are left out, as JSON has no such value. */
function record<Fields extends object>(model: {
  [Name in keyof Fields]: fc.Arbitrary<Fields[Name]>
}): fc.Arbitrary<never> {
  return fc
    .record<Fields>(model)
    .map(
      (fields) =>
        Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never,
    )
}

const selector: fc.Arbitrary<LabelSelector> = record({
  matchLabels: optional(fc.dictionary(labelText, labelText, { maxKeys: 2 })),
  matchExpressions: optional(
    few(
      record({
        key: labelText,
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Like'),
        values: optional(few(labelText)),
      }),
    ),
  ),
})

const selectors = optional(few(selector))
const metadata: fc.Arbitrary<Partial<ObjectMeta>> = record({
  namespace: fc.constantFrom('metallb-system', 'metallb-system', 'metallb-system', 'default', undefined),
  labels: optional(labels),
  annotations: fc.constantFrom(
    undefined,
    ...['frr', 'native-bgp', 'l2', 'none'].map((name) => belongsTo(name).annotations),
  ),
})

const range = fc.oneof(
  fc.constantFrom(
    '10.0.0.0/24',
    '10.0.0.0/28',
    '10.0.0.9-10.0.1.9',
    'fc00::/64',
    'fc00::5-fc00::9',
    '10.0.0.1',
    '10.0.9.9-fc00::1',
  ),
  fc
    .tuple(fc.nat(3), fc.nat(255), fc.integer({ min: 20, max: 32 }))
    .map(([a, b, length]) => `10.0.${a}.${b}/${length}`),
  fc.string({ maxLength: 12 }),
)

const selection = {
  ipAddressPools: optional(few(names)),
  ipAddressPoolSelectors: selectors,
  nodeSelectors: selectors,
  serviceSelectors: selectors,
}
const literal = fc.oneof(
  fc.constantFrom('one', 'two', '1:2', 'large:1:2:3', '1:2:3'),
  fc.string({ maxLength: 8 }),
)
const duration = optional(
  fc.oneof(
    fc.constantFrom('0s', '1s', '3s', '90s', '1h', '100h', '-1s', '1.5s'),
    fc.string({ maxLength: 4 }),
  ),
)
const address = fc.constantFrom(undefined, '', '10.0.0.1', '10.0.0.2', 'fc00::1', 'nowhere')
const asn = fc.constantFrom(0, 64500, 64501, 4_294_967_295)

const peerSpec: fc.Arbitrary<BGPPeerObject['spec']> = record({
  myASN: asn,
  peerASN: optional(asn),
  dynamicASN: fc.constantFrom(undefined, undefined, 'internal', 'external'),
  peerAddress: address,
  interface: fc.constantFrom(undefined, undefined, '', 'eth0'),
  sourceAddress: address,
  routerID: address,
  peerPort: fc.constantFrom(179, 1790),
  holdTime: duration,
  keepaliveTime: duration,
  connectTime: duration,
  nodeSelectors: selectors,
  password: fc.constantFrom(undefined, undefined, '', 'opensesame'),
  passwordSecret: optional(
    record({ name: optional(names), namespace: fc.constantFrom(undefined, 'metallb-system', 'default') }),
  ),
  bfdProfile: optional(names),
  ebgpMultiHop: optional(fc.boolean()),
  vrf: fc.constantFrom(undefined, 'red'),
})

/** Objects with little wrong in themselves, so that they reach the rules about each other. */
const plainNodes = fc.constantFrom(undefined, [{ matchLabels: { x: '1' } }], [{ matchLabels: { x: '2' } }])
const plainObject: fc.Arbitrary<ConfigObject> = fc.oneof(
  fc.tuple(names, few(range)).map(([name, addresses]) => pool(name, { addresses })),
  fc
    .tuple(
      names,
      record<Partial<BGPPeerObject['spec']>>({
        peerAddress: fc.constantFrom('10.0.0.1', '10.0.0.2'),
        myASN: fc.constantFrom(64500, 64500, 64502),
        routerID: fc.constantFrom(undefined, undefined, '1.1.1.1'),
        nodeSelectors: plainNodes,
      }),
      fc.constantFrom({}, belongsTo('frr')),
    )
    .map((parts) => peer(...parts)),
  fc
    .tuple(
      names,
      record({
        localPref: fc.constantFrom(undefined, 100, 200),
        nodeSelectors: plainNodes,
        peers: optional(few(names)),
      }),
    )
    .map((parts) => bgp(...parts)),
)

const wildObject: fc.Arbitrary<ConfigObject> = fc.oneof(
  fc
    .tuple(
      names,
      record({
        addresses: few(range),
        autoAssign: fc.boolean(),
        avoidBuggyIPs: fc.boolean(),
        serviceAllocation: optional(
          record({
            priority: optional(fc.integer()),
            namespaces: optional(few(names)),
            namespaceSelectors: selectors,
            serviceSelectors: selectors,
          }),
        ),
      }),
      metadata,
    )
    .map((parts) => pool(...parts)),
  fc
    .tuple(
      names,
      record({
        ...selection,
        interfaces: optional(few(fc.string())),
        preferredNodeSelectors: optional(
          few(record({ weight: fc.integer({ min: 1, max: 100 }), preference: selector })),
        ),
      }),
      metadata,
    )
    .map((parts) => l2(...parts)),
  fc
    .tuple(
      names,
      record({
        ...selection,
        aggregationLength: fc.integer({ min: 1, max: 40 }),
        aggregationLengthV6: fc.integer({ min: -1, max: 140 }),
        localPref: optional(fc.constantFrom(0, 100, 200, -1)),
        communities: optional(few(literal)),
        peers: optional(few(names)),
      }),
      metadata,
    )
    .map((parts) => bgp(...parts)),
  fc
    .tuple(
      names,
      record({
        ...selection,
        announcer: fc.constantFrom('l2', 'native-bgp', 'frr', 'radio', 'none'),
        options: optional(
          fc.dictionary(
            fc.constantFrom('channel', 'power', 'communities', 'aggregationLength', 'localPref', 'other'),
            fc.jsonValue({ maxDepth: 2 }),
          ),
        ),
        peers: optional(few(names)),
      }),
      metadata,
    )
    .map((parts) => ad(...parts)),
  fc.tuple(names, peerSpec, metadata).map(([name, spec, more]) => {
    const object = peer(name, {}, more)
    return { ...object, spec }
  }),
  fc.tuple(names, fc.record({ echoMode: fc.boolean() })).map((parts) => profile(...parts)),
  fc.tuple(names, fc.dictionary(fc.constantFrom('one', 'two'), literal)).map((parts) => community(...parts)),
)

const configObject = fc.oneof(plainObject, wildObject)

/** No two alike: an input does not contain one document twice. */
export const configObjects = fc.uniqueArray(configObject, {
  maxLength: 14,
  selector: (object) => JSON.stringify(object),
})

export const contexts: fc.Arbitrary<Partial<ConfigContext>> = record({
  nodes: optional(fc.tuple(labels, labels).map(([first, second]) => [node('n1', first), node('n2', second)])),
  namespaces: optional(labels.map((found) => [namespace('a', found)])),
  secrets: optional(
    fc.constantFrom([], [secret('a')], [secret('a', { type: 'Opaque' }), secret('b', { keys: [] })]),
  ),
})
