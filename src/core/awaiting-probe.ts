/* What is said of a Service while the segment is asked about the addresses that it is to get: it has none yet. */
import type { Allocation } from './allocator/allocate.ts'
import { statusAddresses } from './allocator/status.ts'
import type { Address } from './model/address.ts'
import type { Assignment } from './model/decisions.ts'
import { nameOf, type ServiceObject } from './model/objects.ts'

/** The addresses that are asked about, by the Service that is to have them (`namespace/name`). */
export type Asked = ReadonlyMap<string, readonly Address[]>

export function awaitingProbe(service: string, addresses: readonly Address[]): Assignment {
  const message = `${addresses.join(', ')}: the segment is asked whether somebody has it`
  return { service, addresses: [], reason: 'AwaitingProbe', message }
}

/** A Service whose status lists an address has that, whatever else it is to get. */
export function whileAsked<Decided extends Pick<Allocation, 'assignments'>>(
  allocation: Decided,
  services: readonly ServiceObject[],
  asked: Asked,
): Decided {
  if (asked.size === 0) return allocation
  const served = services.filter((service) => statusAddresses(service).length > 0)
  const has = new Set(served.map(nameOf))
  const assignments = allocation.assignments.map((assignment) => {
    const { service, addresses, reason } = assignment
    const about = asked.get(service)
    const isDecided = addresses.length > 0 || reason === 'AwaitingAllocator'
    return about === undefined || !isDecided || has.has(service) ? assignment : awaitingProbe(service, about)
  })
  return { ...allocation, assignments }
}
