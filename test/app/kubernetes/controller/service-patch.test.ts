import { expect, test } from 'vitest'

import { eventsFor } from '#app/kubernetes/controller/events.ts'
import { addressWords } from '#app/kubernetes/controller/claim-name.ts'
import { clearingPatch, patchFor } from '#app/kubernetes/controller/service-patch.ts'
import type { ClusterService } from '#app/kubernetes/api/projections.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Assignment } from '#core/model/decisions.ts'

const now = '2026-01-01T00:00:00Z'
const ip = (text: string): Address => parseAddress(text)!
const foreign = { type: 'other', status: 'True', reason: 'R', message: '', lastTransitionTime: now } as const

function service(
  ips: readonly string[],
  rest: { pool?: string; conditions?: readonly object[] } = {},
): ClusterService {
  const { pool, conditions } = rest
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: 'a',
      name: 'web',
      resourceVersion: '7',
      ...(pool !== undefined && { annotations: { 'metallb.io/ip-allocated-from-pool': pool } }),
    },
    spec: { type: 'LoadBalancer' },
    status: {
      loadBalancer: { ingress: ips.map((ip) => ({ ip })) },
      ...(conditions && { conditions: conditions as never }),
    },
  }
}

function assigned(...ips: readonly string[]): Assignment {
  return { service: 'a/web', pool: 'p', addresses: ips.map(ip), reason: 'Assigned', message: 'gets it' }
}

const refused: Assignment = { service: 'a/web', addresses: [], reason: 'PoolExhausted', message: 'none free' }

test('a Service that says it already costs no write, whoever wrote it', () => {
  expect(patchFor(service(['192.0.2.1'], { pool: 'p' }), assigned('192.0.2.1'), now)).toBeUndefined()
})

test('a new address is written with the version that was read, beside conditions of others', () => {
  expect(patchFor(service([], { conditions: [foreign] }), assigned('192.0.2.1'), now)).toMatchObject({
    metadata: { resourceVersion: '7', annotations: { 'metallb.io/ip-allocated-from-pool': 'p' } },
    status: {
      loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] },
      conditions: [foreign, { type: 'heraldlb.io/Addressed', status: 'True' }],
    },
  })
})

test('a pool that was renamed is told without touching the addresses', () => {
  const patch = patchFor(service(['192.0.2.1'], { pool: 'old' }), assigned('192.0.2.1'), now)
  expect(patch?.metadata.annotations).toEqual({ 'metallb.io/ip-allocated-from-pool': 'p' })
  expect(patch?.status.loadBalancer).toBeUndefined()
})

test('a refusal removes what is listed, says why, and says it once', () => {
  const patch = patchFor(service(['192.0.2.1'], { pool: 'p' }), refused, now)
  expect(patch).toMatchObject({
    metadata: { annotations: { 'metallb.io/ip-allocated-from-pool': null } },
    status: { loadBalancer: { ingress: null }, conditions: [{ status: 'False', reason: 'PoolExhausted' }] },
  })
  expect(patchFor(service([], { conditions: patch!.status.conditions! }), refused, now)).toBeUndefined()
})

test('a Service that was never ours is not touched; of one that was, only ours goes', () => {
  expect(clearingPatch(service(['203.0.113.1']), new Set())).toBeUndefined()
  expect(
    clearingPatch(service(['192.0.2.1'], { pool: 'p', conditions: [foreign] }), new Set([ip('192.0.2.1')])),
  ).toEqual({
    metadata: { resourceVersion: '7', annotations: { 'metallb.io/ip-allocated-from-pool': null } },
    status: { loadBalancer: { ingress: null } },
  })
})

test('events carry the reasons that users of MetalLB know', () => {
  expect(eventsFor(service([]), assigned('192.0.2.1'))).toEqual([
    { type: 'Normal', reason: 'IPAllocated', message: 'Assigned IP ["192.0.2.1"] from pool p' },
  ])
  const lost = eventsFor(service(['192.0.2.1']), refused)
  expect(lost.map(({ reason }) => reason)).toEqual(['ClearAssignment', 'AllocationFailed'])
  expect(lost[1]?.message).toContain('(PoolExhausted)')
  expect(eventsFor(service([]), { ...refused, reason: 'InvalidRequest' })[0]?.reason).toBe(
    'LoadBalancerFailed',
  )
})

test('a second family that cannot be had, and a status that nobody gave, are told', () => {
  const spec = {
    type: 'LoadBalancer',
    ipFamilyPolicy: 'PreferDualStack',
    clusterIPs: ['10.0.0.1', 'fd00::1'],
  }
  const both = { ...service([]), spec } as ClusterService
  const reasons = (before: ClusterService, ...ips: readonly string[]): string[] =>
    eventsFor(before, assigned(...ips)).map(({ reason }) => reason)
  expect(eventsFor(both, assigned('192.0.2.1')).at(-1)).toEqual({
    type: 'Normal',
    reason: 'AdditionalAssignFailed',
    message:
      'Failed to assign an additional IP: pool p has no IPv6 address for it; PreferDualStack makes do with 192.0.2.1',
  })
  expect(reasons(both, '192.0.2.1', '2001:db8::1')).toEqual(['IPAllocated'])
  expect(reasons(service([]), '192.0.2.1')).toEqual(['IPAllocated'])
  expect(reasons(service(['192.0.2.1', '192.0.2.2']), '192.0.2.1')).toEqual([
    'ClearAssignment',
    'nolbIPsIPFamily',
  ])
})

test('an address is a name that the API server takes, and no two share one', () => {
  expect(addressWords(ip('192.0.2.1'))).toBe('192.0.2.1')
  expect(addressWords(ip('::1'))).toBe('0000-0000-0000-0000-0000-0000-0000-0001')
})
