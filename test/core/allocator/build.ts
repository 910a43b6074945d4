/* Pools and Services in a few words, for the tests of the allocator. */
import type { AllocationInput } from '#core/allocator/allocate.ts'
import { allocate } from '#core/allocator/allocate.ts'
import type { Address } from '#core/model/address.ts'
import type { Pool } from '#core/model/config.ts'
import type { Assignment } from '#core/model/decisions.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { ServiceObject } from '#core/model/objects.ts'
import { parseRange } from '#core/model/range.ts'

export interface PoolWords extends Partial<Omit<Pool, 'name' | 'ranges'>> {
  readonly addresses: readonly string[]
}

export function pool(name: string, words: PoolWords | readonly string[]): Pool {
  const { addresses, ...rest } = Array.isArray(words) ? { addresses: words } : (words as PoolWords)
  const ranges = addresses.map((text: string) => {
    const parsed = parseRange(text)
    if ('fault' in parsed) throw new Error(parsed.fault)
    return parsed.range
  })
  return { name, labels: {}, ranges, autoAssign: true, avoidBuggyIPs: false, ...rest }
}

export interface ServiceWords {
  readonly namespace?: string
  readonly uid?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Without the `metallb.io/` prefix, or in full. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Minutes after midnight; absent = no creationTimestamp. */
  readonly created?: number
  readonly spec?: Partial<ServiceObject['spec']>
  /** Addresses of `status.loadBalancer.ingress`. */
  readonly status?: readonly string[]
}

export function service(name: string, words: ServiceWords = {}): ServiceObject {
  const { namespace = 'default', labels = {}, annotations = {}, created, spec, status, uid } = words
  const prefixed = Object.entries(annotations).map(([key, value]) => [
    key.includes('/') ? key : `metallb.io/${key}`,
    value,
  ])
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace,
      labels,
      annotations: Object.fromEntries(prefixed) as Record<string, string>,
      ...(uid === undefined ? {} : { uid }),
      ...(created === undefined ? {} : { creationTimestamp: timestamp(created) }),
    },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
    ...(status === undefined ? {} : { status: { loadBalancer: { ingress: status.map((ip) => ({ ip })) } } }),
  }
}

/** As it is when a stranger was found to answer for the address. */
export function quarantined(address: string): Quarantined {
  const until = '2024-01-01T00:10:00Z'
  return { address: address as Address, hardwareAddress: '02:00:00:00:00:99', via: 'eth0', node: 'a', until }
}

/** The Service as it is after its status was written. */
export function withStatus(object: ServiceObject, addresses: readonly string[]): ServiceObject {
  return { ...object, status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } } }
}

export const dual = { clusterIPs: ['10.96.0.1', 'fd00::1'] } as const

/** The assignments by the Service's name without its namespace. */
export function decide(input: AllocationInput): Record<string, Assignment> {
  return Object.fromEntries(allocate(input).assignments.map((entry) => [entry.service.split('/')[1], entry]))
}

/** Addresses by the Service's name without its namespace. */
export function addressesOf(input: AllocationInput): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(decide(input)).map(([name, { addresses }]) => [name, addresses]))
}

function timestamp(minutes: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `2024-01-01T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:00Z`
}
