/* A small random world: pools that change, Services that come, change and go, statuses written late or not at all. */
import * as fc from 'fast-check'

import { dual, pool, service, withStatus, type ServiceWords } from './build.ts'

import type { Address } from '#core/model/address.ts'
import type { Pool } from '#core/model/config.ts'
import type { IPFamilyPolicy, ServiceObject } from '#core/model/objects.ts'

export type Edit =
  | { readonly kind: 'quarantine'; readonly addresses: readonly Address[] }
  | { readonly kind: 'pools'; readonly pools: readonly Pool[] }
  | { readonly kind: 'upsert'; readonly service: ServiceObject }
  | { readonly kind: 'remove'; readonly name: string }
  /** The status of a Service is written as the allocator last said. */
  | { readonly kind: 'write'; readonly name: string }

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const addresses = ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.0', '10.0.1.1', '10.0.9.9']
const addresses6 = ['2001:db8::', '2001:db8::1', '2001:db8::12', '2001:db8::13']

/** Ranges that pools are made of; none overlap, and each is used by one pool at most. */
const pieces = [
  '10.0.0.0/31',
  '10.0.0.2-10.0.0.3',
  '10.0.0.254-10.0.1.1',
  '10.0.2.0/32',
  '2001:db8::/127',
  '2001:db8::12-2001:db8::13',
  '2001:db8::20/128',
]

const pin = fc.record(
  {
    namespaces: fc.constantFrom([], ['default'], ['other'], ['default', 'other']),
    serviceSelectors: fc.constantFrom([{ matchLabels: { app: 'x' } }], [{ matchLabels: {} }]),
  },
  { requiredKeys: [] },
)

const limits = fc.record(
  {
    autoAssign: fc.constant(false),
    avoidBuggyIPs: fc.constant(true),
    pin: fc.tuple(pin, fc.constantFrom(0, 1, 2)).map(([rest, priority]) => ({ ...rest, priority })),
  },
  { requiredKeys: [] },
)

/** Up to four pools; every piece belongs to one of them or to none. */
const pools: fc.Arbitrary<readonly Pool[]> = fc
  .tuple(
    fc.array(fc.constantFrom('p', 'q', 'r', 's', 'none', 'none', 'none'), {
      minLength: pieces.length,
      maxLength: pieces.length,
    }),
    fc.record({ p: limits, q: limits, r: limits, s: limits }),
  )
  .map(([owners, rest]) =>
    (['p', 'q', 'r', 's'] as const).flatMap((name) => {
      const mine = pieces.filter((_, index) => owners[index] === name)
      // An open pool more often than not: most edits should find something to do.
      return mine.length === 0 ? [] : [pool(name, { ...(name < 'r' ? {} : rest[name]), addresses: mine })]
    }),
  )

const annotations = fc.record(
  {
    'address-pool': fc.constantFrom('p', 'q', 'r', 'unknown', ''),
    loadBalancerIPs: fc.oneof(
      fc.constantFrom(...addresses, ...addresses6, 'nonsense'),
      fc.tuple(fc.constantFrom(...addresses), fc.constantFrom(...addresses6)).map((pair) => pair.join(',')),
    ),
  },
  { requiredKeys: [] },
)

const sharing = fc.constantFrom(
  {},
  { 'allow-shared-ip': 'k' },
  { 'metallb.universe.tf/allow-shared-ip': 'k' },
  { 'allow-shared-ip': 'l' },
)

const families = fc.constantFrom<{
  clusterIPs: readonly string[]
  ipFamilyPolicy?: IPFamilyPolicy
  ipFamilies?: string[]
}>(
  ...Array.from({ length: 6 }, () => ({ clusterIPs: ['10.96.0.1'] })),
  { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'PreferDualStack' },
  { clusterIPs: ['fd00::1'] },
  { clusterIPs: ['fd00::1'] },
  { ...dual, ipFamilyPolicy: 'PreferDualStack' },
  { ...dual, ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] },
  { ...dual, ipFamilyPolicy: 'RequireDualStack' },
  { clusterIPs: ['fd00::1'], ipFamilyPolicy: 'RequireDualStack' },
  { ...dual, ipFamilyPolicy: 'SingleStack' },
)

const traffic = fc.constantFrom(
  {},
  {},
  { externalTrafficPolicy: 'Local', selector: { app: 'x' } },
  { externalTrafficPolicy: 'Local', selector: {} },
)

const ports = fc.subarray([{ port: 80 }, { port: 443 }, { port: 80, protocol: 'UDP' }], { minLength: 1 })

const status = fc.oneof(
  { weight: 9, arbitrary: fc.constant(undefined) },
  fc.constantFrom(...addresses, ...addresses6).map((address) => [address]),
  fc.tuple(fc.constantFrom(...addresses), fc.constantFrom(...addresses6)),
  fc.tuple(fc.constantFrom(...addresses6), fc.constantFrom(...addresses)),
)

/** Requests are rarer than Services without any. */
const services: fc.Arbitrary<ServiceObject> = fc
  .record({
    name: fc.constantFrom(...names),
    namespace: fc.constantFrom('default', 'default', 'other'),
    created: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    uid: fc.constantFrom('1', '1', '1', '2'),
    asks: fc.constantFrom(true, false, false),
    annotations,
    sharing,
    families,
    traffic,
    ports,
    status,
    labels: fc.constantFrom<Record<string, string>>({}, { app: 'x' }),
    type: fc.constantFrom('LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'ClusterIP'),
  })
  .map(({ name, asks, annotations, sharing, families, traffic, ports, type, created, status, ...rest }) => {
    const words: ServiceWords = {
      ...rest,
      annotations: { ...(asks ? annotations : {}), ...sharing },
      spec: { ...families, ...traffic, ports, type },
      ...(created === undefined ? {} : { created }),
      ...(status === undefined ? {} : { status }),
    }
    return service(name, words)
  })

const fullNames = fc
  .tuple(fc.constantFrom('default', 'other'), fc.constantFrom(...names))
  .map(([namespace, name]) => `${namespace}/${name}`)

export const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 1, arbitrary: pools.map((pools) => ({ kind: 'pools', pools }) as const) },
  { weight: 14, arbitrary: services.map((service) => ({ kind: 'upsert', service }) as const) },
  {
    weight: 2,
    arbitrary: fc
      .subarray([...addresses, ...addresses6] as Address[])
      .map((addresses) => ({ kind: 'quarantine', addresses }) as const),
  },
  { weight: 4, arbitrary: fullNames.map((name) => ({ kind: 'remove', name }) as const) },
  { weight: 3, arbitrary: fullNames.map((name) => ({ kind: 'write', name }) as const) },
)

export { pools, services, withStatus }
