/* What is said of a Service while the segment is asked about the addresses that it is to get: it has none yet. */
import type { Allocation } from './allocator/allocate.ts'
import { statusAddresses } from './allocator/status.ts'
import type { Address } from './model/address.ts'
import type { Assignment } from './model/decisions.ts'
import { nameOf, type ServiceObject } from './model/objects.ts'

/** What a Service waits for before it is given what was decided for it. */
export type Awaiting =
  | { readonly kind: 'asked' | 'queued'; readonly addresses: readonly Address[] }
  /** `by`: the Service (`namespace/name`) that has the address until its own new one was asked about. */
  | { readonly kind: 'kept'; readonly address: Address; readonly by: string }

/** By the Service that waits (`namespace/name`). */
export type AwaitingServices = ReadonlyMap<string, Awaiting>

function awaitingProbe(service: string, pending: Awaiting): Assignment {
  return { service, addresses: [], reason: 'AwaitingProbe', message: messageOf(pending) }
}

function messageOf(pending: Awaiting): string {
  if (pending.kind === 'kept') return `${pending.address}: waits until ${pending.by} has its new address`
  const addresses = pending.addresses.join(', ')
  return pending.kind === 'asked'
    ? `${addresses}: the segment is asked whether somebody has it`
    : `${addresses}: waits its turn, before the segment is asked whether somebody has it`
}

/** A Service whose status lists an address has that, whatever else it is to get. */
export function whileAsked<Decided extends Pick<Allocation, 'assignments'>>(
  allocation: Decided,
  services: Iterable<ServiceObject>,
  pending: AwaitingServices,
): Decided {
  if (pending.size === 0) return allocation
  const served = [...services].filter((service) => statusAddresses(service).length > 0)
  const has = new Set(served.map(nameOf))
  const assignments = allocation.assignments.map((assignment) => {
    const { service, addresses, reason } = assignment
    const waitsFor = pending.get(service)
    const isDecided = addresses.length > 0 || reason === 'AwaitingAllocator'
    return waitsFor === undefined || !isDecided || has.has(service)
      ? assignment
      : awaitingProbe(service, waitsFor)
  })
  return { ...allocation, assignments }
}
