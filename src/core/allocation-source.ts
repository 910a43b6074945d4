/* Where assignments come from: an allocator of one's own, or what another process has written down. */
import type { Changes } from './allocator/allocator.ts'
import type { Pool } from './model/config.ts'
import type { Assignment, PoolUsage } from './model/decisions.ts'
import type { Quarantined } from './model/facts.ts'
import type { ServiceObject } from './model/objects.ts'

export interface AllocationSource {
  setPools(pools: readonly Pool[]): Changes
  /** For whoever allocates. */
  setQuarantine?(quarantine: readonly Quarantined[]): Changes
  upsert(service: ServiceObject): Changes
  /** `namespace/name`. */
  remove(name: string): Changes
  assignment(name: string): Assignment | undefined
  /** One per Service that is ours, sorted by service. */
  assignments(): readonly Assignment[]
  /** Sorted by pool. */
  usage(): readonly PoolUsage[]
}
