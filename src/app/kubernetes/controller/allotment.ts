/*
 * Who is to have which address, kept up to date. The allocator remembers who holds what; this feeds it with what the
 * cluster says: the addresses of a status, or, where a controller ended between grant and status, those of the claims.
 */
import { Allocator, type Changes } from '#core/allocator/allocator.ts'
import { notOurs } from '#core/allocator/ours.ts'
import { statusAddresses } from '#core/allocator/status.ts'
import type { Pool } from '#core/model/config.ts'
import type { Assignment, PoolUsage } from '#core/model/decisions.ts'
import type { Address } from '#core/model/address.ts'
import type { Quarantined } from '#core/model/facts.ts'
import { nameOf, type ServiceObject } from '#core/model/objects.ts'

import { isHeldBy, type ClaimIndex } from './claims.ts'

export interface AllotmentDeps {
  readonly lbClass: string | undefined
  readonly view: {
    readonly claims: ClaimIndex
    readonly services: { get(name: string): ServiceObject | undefined }
  }
}

export class Allotment {
  private readonly deps: AllotmentDeps
  private readonly allocator: Allocator
  /** By Service: what its status listed when that was last taken for what it has. */
  private readonly adopted = new Map<string, string>()
  private readonly holders = new Map<Address, Set<string>>()
  private readonly held = new Map<string, readonly Address[]>()

  constructor(deps: AllotmentDeps) {
    this.deps = deps
    this.allocator = new Allocator(deps.lbClass)
  }

  /** Services first, pools second: then addresses that Services have come before those they want. */
  begin(services: Iterable<ServiceObject>, pools: readonly Pool[]): void {
    for (const service of services) this.upsert(service)
    this.setPools(pools)
  }

  /** Returns the Services whose assignment has changed. */
  setPools(pools: readonly Pool[]): readonly string[] {
    return this.noted(this.allocator.setPools(pools))
  }

  /** Returns the Services whose assignment has changed. */
  setQuarantine(marks: readonly Quarantined[]): readonly string[] {
    return this.noted(this.allocator.setQuarantine(marks))
  }

  upsert(service: ServiceObject): readonly string[] {
    const name = nameOf(service)
    if (!this.isOurs(service)) return this.remove(name)
    const known = this.allocator.assignment(name)
    if (known === undefined) return this.readopt([service])
    // Another controller has written a status with what it was granted: that stands, if it may.
    if (this.isForeign(service)) {
      if (statusAddresses(service).every((address) => this.deps.view.claims.isHeld(address, service)))
        return this.readopt([service])
    } else this.adopted.set(name, statusAddresses(service).join())
    return this.noted(this.allocator.upsert(service))
  }

  remove(name: string): readonly string[] {
    this.adopted.delete(name)
    return this.noted(this.allocator.remove(name))
  }

  /** Its status lists what was neither decided here nor taken over. */
  isForeign(service: ServiceObject): boolean {
    const name = nameOf(service)
    const lists = statusAddresses(service).join()
    return lists !== '' && lists !== this.adopted.get(name) && lists !== this.of(name)?.addresses.join()
  }

  /**
   * Decides anew from what the cluster says: the last one gets what the first ones leave, and whoever was to have what is
   * claimed for one of them what all of them leave.
   */
  readopt(services: readonly ServiceObject[]): readonly string[] {
    const others = this.inTheWayOf(services)
    const all = [...services, ...others].filter((service) => this.isOurs(service))
    for (const service of services) this.adopted.set(nameOf(service), statusAddresses(service).join())
    for (const service of others) this.adopted.delete(nameOf(service))
    return this.noted(this.allocator.readmit(all.map((service) => this.withClaimed(service))))
  }

  /** Undefined for a Service that is not ours. */
  of(name: string): Assignment | undefined {
    return this.allocator.assignment(name)
  }

  /** Sorted by Service. */
  all(): readonly Assignment[] {
    return this.allocator.assignments()
  }

  /** Who is to have it, as far as is decided. */
  holdersOf(address: Address): ReadonlySet<string> {
    return this.holders.get(address) ?? new Set()
  }

  usage(): readonly PoolUsage[] {
    return this.allocator.usage()
  }

  private isOurs(service: ServiceObject): boolean {
    return notOurs(service, this.deps.lbClass) === undefined
  }

  private inTheWayOf(services: readonly ServiceObject[]): readonly ServiceObject[] {
    const others = new Map<string, ServiceObject>()
    for (const service of services) {
      for (const address of statusAddresses(this.withClaimed(service))) {
        if (!this.deps.view.claims.isHeld(address, service)) continue
        for (const name of this.holdersOf(address)) {
          const other = this.deps.view.services.get(name)
          if (other !== undefined && !this.deps.view.claims.isHeld(address, other)) others.set(name, other)
        }
      }
    }
    for (const service of services) others.delete(nameOf(service))
    return [...others.values()]
  }

  private withClaimed(service: ServiceObject): ServiceObject {
    if (statusAddresses(service).length > 0) return service
    const claimed = this.deps.view.claims.heldBy(nameOf(service)).filter((claim) => isHeldBy(claim, service))
    if (claimed.length === 0) return service
    const ingress = claimed.map(({ spec }) => ({ ip: spec.address }))
    return { ...service, status: { loadBalancer: { ingress } } }
  }

  private noted({ assigned, dropped }: Changes): readonly string[] {
    for (const { service, addresses } of assigned) this.note(service, addresses)
    for (const service of dropped) this.note(service, [])
    return [...assigned.map(({ service }) => service), ...dropped]
  }

  private note(service: string, addresses: readonly Address[]): void {
    for (const address of this.held.get(service) ?? []) {
      const holders = this.holders.get(address)
      holders?.delete(service)
      if (holders?.size === 0) this.holders.delete(address)
    }
    if (addresses.length === 0) this.held.delete(service)
    else this.held.set(service, addresses)
    for (const address of addresses) {
      this.holders.set(address, (this.holders.get(address) ?? new Set()).add(service))
    }
  }
}
