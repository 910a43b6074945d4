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

export class Allotment {
  private readonly lbClass: string | undefined
  private readonly claims: ClaimIndex
  private readonly allocator: Allocator
  /** By Service: the addresses that its status listed when it was last looked at. */
  private readonly listed = new Map<string, string>()
  private readonly holders = new Map<Address, Set<string>>()
  private readonly held = new Map<string, readonly Address[]>()

  constructor(lbClass: string | undefined, claims: ClaimIndex) {
    this.lbClass = lbClass
    this.claims = claims
    this.allocator = new Allocator(lbClass)
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
    const lists = statusAddresses(service).join()
    const before = this.listed.get(name)
    this.listed.set(name, lists)
    if (notOurs(service, this.lbClass) !== undefined) return this.noted(this.allocator.remove(name))
    const known = this.allocator.assignment(name)
    if (known === undefined) return this.noted(this.allocator.upsert(this.withClaimed(service)))
    // Another controller has written a status with what it was granted: that stands, if it may.
    const foreign =
      lists !== before && lists !== '' && lists !== known.addresses.join() && this.isClaimed(service)
    return foreign ? this.readopt([service]) : this.noted(this.allocator.upsert(service))
  }

  remove(name: string): readonly string[] {
    this.listed.delete(name)
    return this.noted(this.allocator.remove(name))
  }

  /** The last one gets what the first ones leave: decides anew from what the cluster says. */
  readopt(services: readonly ServiceObject[]): readonly string[] {
    const touched: string[] = []
    for (const service of services) touched.push(...this.noted(this.allocator.remove(nameOf(service))))
    for (const service of services) {
      touched.push(...this.noted(this.allocator.upsert(this.withClaimed(service))), nameOf(service))
    }
    return touched
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

  private isClaimed(service: ServiceObject): boolean {
    return statusAddresses(service).every((address) => {
      const claim = this.claims.of(address)
      return claim !== undefined && isHeldBy(claim, service)
    })
  }

  private withClaimed(service: ServiceObject): ServiceObject {
    if (statusAddresses(service).length > 0) return service
    const claimed = this.claims.heldBy(nameOf(service)).filter((claim) => isHeldBy(claim, service))
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
