/*
 * Between deciding an address and announcing it stands writing it down: the allocation of this process, of which only
 * what is written down counts. Where another process has written something else, that is what this one starts from.
 */
import type { AllocationSource } from '#core/allocation-source.ts'
import { Allocator, type Changes } from '#core/allocator/allocator.ts'
import type { Pool } from '#core/model/config.ts'
import type { Assignment, PoolUsage } from '#core/model/decisions.ts'
import type { Quarantined } from '#core/model/facts.ts'
import { nameOf, type ServiceObject } from '#core/model/objects.ts'

import type { HeldAddresses, Holdings } from './term/term-file.ts'

export class Allotment implements AllocationSource {
  readonly #lbClass: string | undefined
  #allocator: Allocator
  #pools: readonly Pool[] = []
  #quarantine: readonly Quarantined[] = []
  #written: Holdings
  #wanted: Holdings = new Map()
  /** Services of which `#wanted` may be out of date. */
  readonly #touched = new Set<string>()

  /** `lbClass`: absent or empty = Services without a class. */
  constructor(lbClass: string | undefined, written: Holdings) {
    this.#lbClass = lbClass
    this.#allocator = new Allocator(lbClass)
    this.#written = written
  }

  /** What this process would write down; the same object as long as it says the same. */
  wanted(): Holdings {
    if (this.#touched.size === 0) return this.#wanted
    const wanted = new Map(this.#wanted)
    for (const name of this.#touched) {
      const held = heldBy(this.#allocator.assignment(name))
      if (held === undefined) wanted.delete(name)
      else wanted.set(name, held)
    }
    this.#touched.clear()
    this.#wanted = wanted
    return wanted
  }

  /** Takes note of what is written down now; returns the Services of which it says something new. */
  setWritten(written: Holdings): string[] {
    const before = this.#written
    if (before === written) return []
    this.#written = written
    const names = [...before.keys()].filter((name) => !written.has(name))
    for (const [name, held] of written) if (!sameAddresses(before.get(name), held)) names.push(name)
    return names
  }

  /** Whether the addresses written down for the Service are those it would get here. */
  agrees(service: string): boolean {
    const assignment = this.#allocator.assignment(service)
    return assignment === undefined || sameAddresses(heldBy(assignment), this.#written.get(service))
  }

  /** Allocates anew, as after a restart; `services` with the addresses written down. Returns of whom it says something else. */
  restart(services: readonly ServiceObject[]): string[] {
    const before = this.#allocator
    this.#allocator = new Allocator(this.#lbClass)
    this.#allocator.setQuarantine(this.#quarantine)
    for (const service of services) this.#allocator.upsert(service)
    this.setPools(this.#pools)
    const differs = (name: string): boolean =>
      said(before.assignment(name)) !== said(this.#allocator.assignment(name))
    return services.map(nameOf).filter(differs)
  }

  setPools(pools: readonly Pool[]): Changes {
    this.#pools = pools
    return this.#allTouched(this.#allocator.setPools(pools))
  }

  setQuarantine(quarantine: readonly Quarantined[]): Changes {
    this.#quarantine = quarantine
    return this.#allTouched(this.#allocator.setQuarantine(quarantine))
  }

  upsert(service: ServiceObject): Changes {
    return this.#noted(this.#allocator.upsert(service))
  }

  remove(name: string): Changes {
    return this.#noted(this.#allocator.remove(name))
  }

  assignment(name: string): Assignment | undefined {
    const assignment = this.#allocator.assignment(name)
    return assignment && this.#asWritten(assignment)
  }

  assignments(): readonly Assignment[] {
    return this.#allocator.assignments().map((assignment) => this.#asWritten(assignment))
  }

  usage(): readonly PoolUsage[] {
    return this.#allocator.usage()
  }

  #allTouched(changes: Changes): Changes {
    for (const name of this.#wanted.keys()) this.#touched.add(name)
    for (const { service } of this.#allocator.assignments()) this.#touched.add(service)
    return changes
  }

  #noted(changes: Changes): Changes {
    for (const { service } of changes.assigned) this.#touched.add(service)
    for (const service of changes.dropped) this.#touched.add(service)
    return changes
  }

  /** The assignment as far as it is written down: nothing else may be announced. */
  #asWritten(assignment: Assignment): Assignment {
    const { service, addresses } = assignment
    if (addresses.length === 0 || sameAddresses(this.#written.get(service), { addresses })) return assignment
    const message = `${addresses.join(', ')}: decided, and not written down yet by the process that allocates`
    return { service, addresses: [], reason: 'AwaitingAllocator', message }
  }
}

function heldBy(assignment: Assignment | undefined): HeldAddresses | undefined {
  if (assignment === undefined || assignment.addresses.length === 0) return undefined
  const { pool, addresses } = assignment
  return pool === undefined ? { addresses } : { pool, addresses }
}

/** What matters of it: why it has these addresses does not. */
function said(assignment: Assignment | undefined): string | undefined {
  const { addresses = [], pool, reason, message } = assignment ?? {}
  return addresses.length > 0 ? `${pool} ${addresses.join()}` : message && `${reason} ${message}`
}

function sameAddresses(a: HeldAddresses | undefined, b: HeldAddresses | undefined): boolean {
  return a?.addresses.join() === b?.addresses.join()
}
