/* Between deciding an address and announcing it stands writing it down. */
import type { Assignment } from '#core/model/decisions.ts'

import type { HeldAddresses, Holdings } from './term/term-file.ts'

/** What the assignments would have written down. */
export function holdingsOf(assignments: readonly Assignment[]): Holdings {
  const held = assignments.filter(({ addresses }) => addresses.length > 0)
  return new Map(held.map(({ service, pool, addresses }) => [service, heldBy(pool, addresses)]))
}

/** Assignments as far as they are written down: nothing else may be announced. */
export function writtenOnly(assignments: readonly Assignment[], written: Holdings): readonly Assignment[] {
  return assignments.map((assignment) => (isWritten(assignment, written) ? assignment : awaiting(assignment)))
}

function heldBy(pool: string | undefined, addresses: HeldAddresses['addresses']): HeldAddresses {
  return pool === undefined ? { addresses } : { pool, addresses }
}

function isWritten({ service, addresses }: Assignment, written: Holdings): boolean {
  return addresses.length === 0 || written.get(service)?.addresses.join() === addresses.join()
}

function awaiting({ service, addresses }: Assignment): Assignment {
  return {
    service,
    addresses: [],
    reason: 'AwaitingAllocator',
    message: `${addresses.join(', ')}: decided, and not written down yet by the process that allocates`,
  }
}
