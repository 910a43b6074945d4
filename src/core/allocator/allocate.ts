import { Allocator } from './allocator.ts'
import type { Pool } from '../model/config.ts'
import type { Assignment, PoolUsage } from '../model/decisions.ts'
import type { Quarantined } from '../model/facts.ts'
import type { ServiceObject } from '../model/objects.ts'

export interface AllocationInput {
  /** `--lb-class`; absent or empty = Services without a class. */
  readonly lbClass?: string
  /** Not overlapping, each name once. */
  readonly pools: readonly Pool[]
  /** Each name once. */
  readonly services: readonly ServiceObject[]
  /** Each address once; absent = none. */
  readonly quarantine?: readonly Quarantined[]
}

export interface Allocation {
  /** One per Service that is ours, sorted by service. */
  readonly assignments: readonly Assignment[]
  /** Sorted by pool. */
  readonly pools: readonly PoolUsage[]
}

/**
 * Who gets which address, from nothing but pools and Services. Addresses that Services have lawfully stay; the others
 * are served in order of creation, then of name. The order of the input does not matter.
 */
export function allocate({ lbClass, pools, services, quarantine = [] }: AllocationInput): Allocation {
  const allocator = new Allocator(lbClass)
  allocator.setQuarantine(quarantine)
  for (const service of services) allocator.upsert(service)
  const { assigned } = allocator.setPools(pools)
  return { assignments: assigned, pools: allocator.usage() }
}
