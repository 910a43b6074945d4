/* What a process that follows another one's allocation takes for decided: the addresses in the statuses. */
import type { AllocationSource } from './allocation-source.ts'
import type { Changes } from './allocator/allocator.ts'
import { statusAddresses } from './allocator/status.ts'
import { notOurs } from './allocator/ours.ts'
import { PoolBook } from './allocator/pool-book.ts'
import { familyOf, type Address, type Family } from './model/address.ts'
import { compareText } from './model/collections.ts'
import type { Pool } from './model/config.ts'
import type { Assignment, PoolUsage } from './model/decisions.ts'
import { nameOf, type ServiceObject } from './model/objects.ts'

/** Addresses that do not lie in one pool come without a pool, and are not announced. */
export class FollowedAllocation implements AllocationSource {
  readonly #lbClass: string | undefined
  readonly #services = new Map<string, ServiceObject>()
  #book = new PoolBook([])

  /** `lbClass`: absent or empty = Services without a class. */
  constructor(lbClass?: string) {
    this.#lbClass = lbClass
  }

  setPools(pools: readonly Pool[]): Changes {
    this.#book = new PoolBook(pools)
    return { assigned: this.assignments(), dropped: [] }
  }

  upsert(service: ServiceObject): Changes {
    const name = nameOf(service)
    if (notOurs(service, this.#lbClass) !== undefined) return this.remove(name)
    this.#services.set(name, service)
    return { assigned: [assignmentFromStatus(name, service, this.#book)], dropped: [] }
  }

  remove(name: string): Changes {
    return { assigned: [], dropped: this.#services.delete(name) ? [name] : [] }
  }

  assignment(name: string): Assignment | undefined {
    const service = this.#services.get(name)
    return service && assignmentFromStatus(name, service, this.#book)
  }

  assignments(): Assignment[] {
    const all = Array.from(this.#services, ([name, object]) => assignmentFromStatus(name, object, this.#book))
    return all.sort((a, b) => compareText(a.service, b.service))
  }

  /** Who counts is who allocates. */
  usage(): PoolUsage[] {
    return []
  }
}

/** Of the pools, by the addresses that lie in them: for whoever shows them without counting them himself. */
export function usageOf(pools: readonly Pool[], assignments: readonly Assignment[]): PoolUsage[] {
  const used = new Map<string, Record<Family, Set<Address>>>()
  for (const { pool, addresses } of assignments) {
    if (pool === undefined) continue
    const mine = used.get(pool) ?? { IPv4: new Set(), IPv6: new Set() }
    for (const address of addresses) mine[familyOf(address)].add(address)
    used.set(pool, mine)
  }
  return new PoolBook(pools).spaces.map((space) => {
    const { IPv4, IPv6 } = used.get(space.name) ?? {}
    return { ...space.usage(), usedIPv4: IPv4?.size ?? 0, usedIPv6: IPv6?.size ?? 0 }
  })
}

function assignmentFromStatus(service: string, object: ServiceObject, book: PoolBook): Assignment {
  const addresses = statusAddresses(object)
  if (addresses.length === 0) {
    return { service, addresses, reason: 'NoAddress', message: 'the status lists no address' }
  }
  const pool = book.ownerOf(addresses)?.name
  const listed = addresses.join(' and ')
  if (pool === undefined) {
    return {
      service,
      addresses,
      reason: 'AddressNotInPool',
      message: `${listed} of the status: not in one pool`,
    }
  }
  // Joined, for a template that is kept keeps its parts as well.
  const message = ['the status lists', listed, 'of', pool].join(' ')
  return { service, pool, addresses, reason: 'Unchanged', message }
}
