import { expect, it } from 'vitest'

import { whileAsked, type Awaiting } from '#core/awaiting-probe.ts'
import type { Address } from '#core/model/address.ts'
import type { Assignment } from '#core/model/decisions.ts'
import type { ServiceObject } from '#core/model/objects.ts'

const [v4, v6] = ['192.0.2.0' as Address, '2001:db8::1' as Address]
const decided: Assignment = {
  service: 'default/web',
  pool: 'lan',
  addresses: [v4, v6],
  reason: 'Assigned',
  message: 'assigned',
}

function told(awaiting: Awaiting, has: readonly string[] = [], assignment = decided): Assignment | undefined {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name: 'web' },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: has.map((ip) => ({ ip })) } },
  } as ServiceObject
  const pending = new Map([['default/web', awaiting]])
  return whileAsked({ assignments: [assignment] }, [service], pending).assignments[0]
}

it.each<[Awaiting, string]>([
  [{ kind: 'asked', addresses: [v6] }, '2001:db8::1: the segment is asked whether somebody has it'],
  [
    { kind: 'queued', addresses: [v4] },
    '192.0.2.0: waits its turn, before the segment is asked whether somebody has it',
  ],
  [{ kind: 'kept', address: v4, by: 'default/a' }, '192.0.2.0: waits until default/a has its new address'],
])('says of a Service that has no address yet what it waits for: %j', (awaiting, message) => {
  expect(told(awaiting)).toEqual({
    service: 'default/web',
    addresses: [],
    reason: 'AwaitingProbe',
    message,
  })
})

it('leaves what is said of a Service that has an address while its second one is asked about', () => {
  expect(told({ kind: 'asked', addresses: [v6] }, [v4])).toBe(decided)
})

it('leaves the reason of a Service for which nothing was decided', () => {
  const exhausted: Assignment = {
    service: 'default/web',
    addresses: [],
    reason: 'PoolExhausted',
    message: 'full',
  }
  expect(told({ kind: 'asked', addresses: [v4] }, [], exhausted)).toBe(exhausted)
})
