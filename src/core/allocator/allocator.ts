/*
 * The allocation half, incrementally: each change costs what it touches. Who holds what is remembered here and is the
 * truth; the status of a Service matters when the Service is first seen, which is how a restart changes no address.
 */
import { compareOrder } from './order.ts'
import { notOurs } from './ours.ts'
import { assignmentOf, sameAssignment } from './report.ts'
import { Serving } from './serving.ts'
import { currentOf, isWanting, newTenant, revise, uproot, type Tenant } from './tenant.ts'
import { wishOf } from './wish.ts'
import type { Address } from '../model/address.ts'
import { compareText } from '../model/collections.ts'
import type { Pool } from '../model/config.ts'
import type { Assignment, PoolUsage } from '../model/decisions.ts'
import type { Quarantined } from '../model/facts.ts'
import { nameOf, type ServiceObject } from '../model/objects.ts'

export interface Changes {
  /** Assignments that are new or differ from before, sorted by service. */
  readonly assigned: readonly Assignment[]
  /** Services that had an entry and have none any more: deleted, or not ours any more. Sorted. */
  readonly dropped: readonly string[]
}

const nothing: Changes = { assigned: [], dropped: [] }

/** Load the Services first and the pools second: then addresses that Services have come before those they want. */
export class Allocator {
  readonly #lbClass: string | undefined
  readonly #tenants = new Map<string, Tenant>()
  #pools: readonly Pool[] = []
  #quarantine: readonly Quarantined[] = []
  /** Absent until the first `setPools`: nothing is decided before. */
  #serving: Serving | undefined
  /** What was said of the Services that the present change touches. */
  readonly #before = new Map<string, Assignment | undefined>()

  /** `lbClass`: absent or empty = Services without a class. */
  constructor(lbClass?: string) {
    this.#lbClass = lbClass
  }

  /** Replaces the pools. An address that lies in a pool as before stays, whatever became of the pool's name. */
  setPools(pools: readonly Pool[]): Changes {
    this.#pools = pools
    return this.#renew(() => true)
  }

  /** `mayKeep`: who keeps what it has, or its status lists, as far as that is lawful; asked before anybody gives up anything. */
  #renew(mayKeep: (tenant: Tenant) => boolean): Changes {
    const before = new Map(this.assignments().map((assignment) => [assignment.service, assignment]))
    const tenants = [...this.#tenants.values()]
    const keepers = tenants.filter(mayKeep)
    for (const tenant of tenants) uproot(tenant)
    this.#serving = undefined
    const serving = new Serving(this.#pools, this.#quarantine, (name) => this.#touch(name))
    for (const tenant of inTurn(keepers)) serving.admit(tenant)
    for (const tenant of tenants.filter(isWanting).sort(compareOrder)) serving.seek(tenant)
    serving.settle()
    this.#serving = serving
    return { assigned: this.assignments().filter((now) => isNews(before.get(now.service), now)), dropped: [] }
  }

  /** Replaces the quarantine; costs as much as other pools. Whoever's status lists an address of it keeps that. */
  setQuarantine(quarantine: readonly Quarantined[]): Changes {
    this.#quarantine = quarantine
    // Whoever had to give way to another Service does not come back to it now.
    return this.#serving === undefined ? nothing : this.#renew(({ held }) => held !== undefined)
  }

  /** Adds a Service, or takes note of its change. */
  upsert(service: ServiceObject): Changes {
    if (notOurs(service, this.#lbClass) !== undefined) return this.remove(nameOf(service))
    const wish = wishOf(service)
    const name = wish.claim.service
    this.#touch(name)
    const known = this.#tenants.get(name)
    // Deleted and created anew under the same name: what the old one held says nothing about the new one.
    const gone = known !== undefined && known.wish.service.metadata.uid !== service.metadata.uid
    if (gone) this.#forget(known)
    const tenant = known === undefined || gone ? newTenant(wish) : known
    this.#tenants.set(name, tenant)
    if (this.#serving !== undefined) this.#serving.reconsider(tenant, wish)
    else if (tenant.wish !== wish) revise(tenant, wish)
    this.#serving?.seek(tenant)
    return this.#settle()
  }

  /**
   * Decides about Services that are ours as if they came only now, those first that come first here: all keep what their
   * statuses list, if they may, before anybody gets anything.
   */
  readmit(services: readonly ServiceObject[]): Changes {
    for (const service of services) {
      this.#touch(nameOf(service))
      const known = this.#tenants.get(nameOf(service))
      if (known !== undefined) this.#forget(known)
    }
    const tenants = services.map((service) => newTenant(wishOf(service)))
    for (const tenant of tenants) {
      this.#tenants.set(tenant.name, tenant)
      this.#serving?.admit(tenant)
    }
    for (const tenant of tenants) this.#serving?.seek(tenant)
    return this.#settle()
  }

  /** `namespace/name`; one that is not known is no fault. */
  remove(name: string): Changes {
    const tenant = this.#tenants.get(name)
    if (tenant === undefined) return nothing
    this.#touch(name)
    this.#forget(tenant)
    return this.#settle()
  }

  /** `undefined` for a Service that is not ours, and before the first `setPools`. */
  assignment(name: string): Assignment | undefined {
    const tenant = this.#tenants.get(name)
    return this.#serving && tenant && assignmentOf(tenant)
  }

  /** Of every Service that is ours, sorted by service. */
  assignments(): Assignment[] {
    if (this.#serving === undefined) return []
    return [...this.#tenants.values()].map(assignmentOf).sort(byService)
  }

  /** Sorted by pool. */
  usage(): PoolUsage[] {
    return this.#serving?.usage() ?? []
  }

  #touch(name: string): void {
    if (this.#serving !== undefined && !this.#before.has(name)) this.#before.set(name, this.assignment(name))
  }

  #forget(tenant: Tenant): void {
    this.#tenants.delete(tenant.name)
    this.#serving?.release(tenant)
  }

  #settle(): Changes {
    if (this.#serving === undefined) return nothing
    this.#serving.settle()
    const assigned: Assignment[] = []
    const dropped: string[] = []
    for (const [name, before] of this.#before) {
      const now = this.assignment(name)
      if (now === undefined) {
        if (before !== undefined) dropped.push(name)
      } else if (isNews(before, now)) assigned.push(now)
    }
    this.#before.clear()
    return { assigned: assigned.sort(byService), dropped: dropped.sort() }
  }
}

/** Who keeps what is a matter of turns only where two have the same address; sorting all the others would be in vain. */
function inTurn(tenants: readonly Tenant[]): readonly Tenant[] {
  const seen = new Set<Address>()
  for (const tenant of tenants) {
    for (const address of currentOf(tenant)) {
      if (seen.has(address)) return tenants.toSorted(compareOrder)
      seen.add(address)
    }
  }
  return tenants
}

function byService(a: Assignment, b: Assignment): number {
  return compareText(a.service, b.service)
}

function isNews(before: Assignment | undefined, now: Assignment): boolean {
  return before === undefined || !sameAssignment(before, now)
}
