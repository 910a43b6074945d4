/*
 * The allocation half, incrementally: each change costs what it touches. Who holds what is remembered here and is the
 * truth; the status of a Service matters when the Service is first seen, which is how a restart changes no address.
 *
 *   upsert ─► keep what is lawful ─► wait for what is missing
 *                    │                          │
 *                    └─► what was released stirs those who wait for it ─► settle: first come, first served
 */
import { sameAddresses, statusAddresses, stayOf, type Holding } from './current.ts'
import { find } from './find.ts'
import { OrderedList } from './ordered-list.ts'
import { notOurs } from './ours.ts'
import { PoolBook } from './pool-book.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { noPools } from './refusals.ts'
import { kindOfClaim, type Claim } from './sharing.ts'
import { targetOf } from './target.ts'
import { assignmentOf, sameAssignment } from './report.ts'
import { newTenant, occupy, revise, vacate, type Tenant } from './tenant.ts'
import { addressTopic, keyTopic, poolTopic, WaitingRoom, type Group } from './waiting-room.ts'
import { wishOf, type Wish } from './wish.ts'
import type { Address } from '../model/address.ts'
import type { Pool } from '../model/config.ts'
import type { Assignment, PoolUsage } from '../model/decisions.ts'
import { nameOf, type ServiceObject } from '../model/objects.ts'

export interface Changes {
  /** Assignments that are new or differ from before, sorted by service. */
  readonly assigned: readonly Assignment[]
  /** Services that had an entry and have none any more: deleted, or not ours any more. Sorted. */
  readonly dropped: readonly string[]
}

/** Load the Services first and the pools second: then addresses that Services have come before those they want. */
export class Allocator {
  readonly #lbClass: string | undefined
  readonly #tenants = new Map<string, Tenant>()
  #waiting = new WaitingRoom<Tenant>()
  /** Absent until the first `setPools`: nothing is decided before. */
  #book: PoolBook | undefined
  /** What was said of the Services that the present change touches. */
  readonly #before = new Map<string, Assignment | undefined>()

  /** `lbClass`: absent or empty = Services without a class. */
  constructor(lbClass?: string) {
    this.#lbClass = lbClass
  }

  /** Replaces the pools. An address that lies in a pool as before stays, whatever became of the pool's name. */
  setPools(pools: readonly Pool[]): Changes {
    const tenants = [...this.#tenants.values()].sort(byOrder)
    for (const tenant of tenants) {
      this.#touch(tenant.name)
      tenant.former = tenant.held?.addresses ?? tenant.former
      tenant.held = undefined
      tenant.group = undefined
    }
    const book = new PoolBook(pools)
    this.#book = book
    this.#waiting = new WaitingRoom()
    for (const tenant of tenants) this.#reconsider(tenant, tenant.wish, book)
    return this.#settle()
  }

  /** Adds a Service, or takes note of its change. */
  upsert(service: ServiceObject): Changes {
    const name = nameOf(service)
    if (notOurs(service, this.#lbClass) !== undefined) return this.remove(name)
    this.#touch(name)
    const wish = wishOf(service)
    let tenant = this.#tenants.get(name)
    // Deleted and created anew under the same name: what the old one held says nothing about the new one.
    if (tenant !== undefined && tenant.wish.service.metadata.uid !== service.metadata.uid) {
      this.#forget(tenant)
      tenant = undefined
    }
    if (tenant === undefined) this.#tenants.set(name, (tenant = newTenant(wish)))
    if (this.#book === undefined) revise(tenant, wish)
    else this.#reconsider(tenant, wish, this.#book)
    return this.#settle()
  }

  /** `namespace/name`; one that is not known is no fault. */
  remove(name: string): Changes {
    const tenant = this.#tenants.get(name)
    if (tenant !== undefined) {
      this.#touch(name)
      this.#forget(tenant)
    }
    return this.#settle()
  }

  /** `undefined` for a Service that is not ours, and before the first `setPools`. */
  assignment(name: string): Assignment | undefined {
    const tenant = this.#tenants.get(name)
    return this.#book && tenant && assignmentOf(tenant)
  }

  /** Of every Service that is ours, sorted by service. */
  assignments(): Assignment[] {
    if (this.#book === undefined) return []
    return [...this.#tenants.values()].map(assignmentOf).sort(byService)
  }

  /** Sorted by pool. */
  usage(): PoolUsage[] {
    return (this.#book?.spaces ?? []).map((space) => space.usage())
  }

  #touch(name: string): void {
    if (!this.#before.has(name)) this.#before.set(name, this.assignment(name))
  }

  #forget(tenant: Tenant): void {
    this.#leaveGroup(tenant)
    this.#tenants.delete(tenant.name)
    this.#stir(tenant.wish.claim, vacate(tenant))
  }

  /** Decides anew what the Service keeps, and lets it wait for what is missing. */
  #reconsider(tenant: Tenant, wish: Wish, book: PoolBook): void {
    const { claim } = tenant.wish
    this.#leaveGroup(tenant)
    const before = vacate(tenant)
    revise(tenant, wish)
    if (book.spaces.length === 0) {
      tenant.refusal = noPools()
      return
    }
    this.#keep(tenant, before?.addresses ?? tenant.former ?? statusAddresses(wish.service), book)
    if (!sameHolding(before, tenant.held) || kindOfClaim(claim) !== kindOfClaim(wish.claim)) {
      this.#stir(claim, before)
      this.#stir(wish.claim, tenant.held)
    }
    this.#seek(tenant, book)
  }

  #keep(tenant: Tenant, current: readonly Address[], book: PoolBook): void {
    const { kept, loss } = stayOf(tenant.wish, current, book)
    tenant.former = undefined
    if (kept !== undefined) occupy(tenant, kept)
    tenant.loss = loss ?? tenant.loss
  }

  /** Lets the Service wait for what it lacks, if it may have it at all. */
  #seek(tenant: Tenant, book: PoolBook): void {
    const target = targetOf(tenant.wish, book, tenant.held)
    tenant.refusal = undefined
    if (target === undefined) return
    if (isRefusal(target)) tenant.refusal = target
    else tenant.group = this.#waiting.enter(tenant, target)
  }

  #leaveGroup(tenant: Tenant): void {
    if (tenant.group !== undefined) this.#waiting.leave(tenant, tenant.group)
    tenant.group = undefined
  }

  /** Serves those who wait until nothing stirs any more, and says what changed. */
  #settle(): Changes {
    for (let groups = this.#waiting.takeAwake(); groups.length > 0; groups = this.#waiting.takeAwake()) {
      this.#serve(groups)
    }
    return this.#changes()
  }

  /**
   * First come, first served among the groups. Serving one only takes from the others, so a group is done with when
   * its first member gets nothing. When something is given up all the same, the round starts over.
   */
  #serve(groups: readonly Group<Tenant>[]): void {
    const queue = new OrderedList<Head>()
    for (const head of groups.flatMap(headOf).sort(byOrder)) queue.add(head)
    for (let head = queue.first(); head !== undefined; head = queue.first()) {
      const outcome = this.#serveFirst(head)
      if (outcome === 'gave up') {
        for (const { group } of queue) this.#waiting.wake(group)
        return
      }
      queue.delete(head)
      if (outcome === 'served') for (const next of headOf(head.group)) queue.add(next)
    }
  }

  #serveFirst({ group, member }: Head): 'served' | 'gave up' | 'refused' {
    const found = find(group.target)
    if (!isRefusal(found)) {
      this.#grant(member, found)
      return 'served'
    }
    if (group.target.kind === 'completion' && group.target.required) {
      this.#giveUp(member, found)
      return 'gave up'
    }
    this.#refuse(group, found)
    return 'refused'
  }

  #grant(tenant: Tenant, found: Holding): void {
    this.#touch(tenant.name)
    this.#leaveGroup(tenant)
    const joins = found.addresses.map((address) => found.space.familyOf(address).holderOf(address))
    tenant.joined = joins.find((holder) => holder !== undefined)
    occupy(tenant, found)
    this.#stir(tenant.wish.claim, found)
    // One address where two are preferred: it goes on waiting for the other.
    if (this.#book !== undefined) this.#seek(tenant, this.#book)
  }

  /** Half a pair is of no use to a Service that requires both: it starts over, in any pool. */
  #giveUp(tenant: Tenant, why: Refusal): void {
    this.#touch(tenant.name)
    this.#leaveGroup(tenant)
    this.#stir(tenant.wish.claim, vacate(tenant))
    tenant.loss = why.message
    if (this.#book !== undefined) this.#seek(tenant, this.#book)
  }

  #refuse(group: Group<Tenant>, refusal: Refusal): void {
    if (group.refusal?.message !== refusal.message) {
      for (const member of group.members) this.#touch(member.name)
    }
    group.refusal = refusal
  }

  /** Lets those look again to whom it matters that a claim to these addresses came or went. */
  #stir(claim: Claim, holding: Holding | undefined): void {
    if (holding === undefined) return
    const { addresses, space } = holding
    for (const address of addresses) {
      this.#waiting.stir(addressTopic(address))
      if (claim.sharingKey !== '') this.#waiting.stir(keyTopic(space.name, claim.sharingKey))
      const half = space.familyOf(address)
      if (half.full || half.holderOf(address) === undefined) this.#waiting.stir(poolTopic(space.name))
    }
  }

  #changes(): Changes {
    const assigned: Assignment[] = []
    const dropped: string[] = []
    for (const [name, before] of this.#before) {
      const now = this.assignment(name)
      if (now === undefined) {
        if (before !== undefined) dropped.push(name)
      } else if (before === undefined || !sameAssignment(before, now)) assigned.push(now)
    }
    this.#before.clear()
    return { assigned: assigned.sort(byService), dropped: dropped.sort() }
  }
}

function sameHolding(a: Holding | undefined, b: Holding | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.space === b.space && sameAddresses(a.addresses, b.addresses)
}

/** A group in the queue, at the place of its first member. */
interface Head {
  readonly order: string
  readonly member: Tenant
  readonly group: Group<Tenant>
}

function headOf(group: Group<Tenant>): Head[] {
  const member = group.members.first()
  return member === undefined ? [] : [{ order: member.order, member, group }]
}

function byOrder(a: { readonly order: string }, b: { readonly order: string }): number {
  return a.order < b.order ? -1 : 1
}

function byService(a: Assignment, b: Assignment): number {
  return a.service < b.service ? -1 : 1
}
