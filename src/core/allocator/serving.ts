/*
 * Serves Services from one set of pools.
 *
 *   reconsider ─► keep what is lawful ─► seek what is missing ─► got it, or wait
 *                      │                                                 ▲
 *                      └─► what was released stirs those who wait ─► settle: first come, first served
 */
import { doubtAbout, stayOf, type Holding } from './current.ts'
import { find } from './find.ts'
import { compareOrder, type Order } from './order.ts'
import { OrderedList } from './ordered-list.ts'
import { PoolBook } from './pool-book.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { noPools } from './refusals.ts'
import { kindOfClaim, type Claim } from './sharing.ts'
import { targetOf, type Target } from './target.ts'
import { sameAddresses } from './status.ts'
import { currentOf, lose, occupy, revise, vacate, type Tenant } from './tenant.ts'
import { addressTopic, keyTopic, WaitingRoom, type Group } from './waiting-room.ts'
import type { Wish } from './wish.ts'
import type { Address } from '../model/address.ts'
import type { Pool } from '../model/config.ts'
import type { PoolUsage } from '../model/decisions.ts'
import type { Quarantined } from '../model/facts.ts'

/** What an attempt to serve came to; a refusal leaves everything as it was. */
type Outcome = 'served' | 'gave up' | Refusal

export class Serving {
  readonly #book: PoolBook
  readonly #waiting = new WaitingRoom<Tenant>()
  readonly #touch: (name: string) => void

  /** `touch` hears of a Service just before what is said of it changes. */
  constructor(pools: readonly Pool[], quarantine: readonly Quarantined[], touch: (name: string) => void) {
    this.#book = new PoolBook(pools)
    for (const mark of quarantine) this.#book.ownerOf([mark.address])?.familyOf(mark.address).quarantine(mark)
    this.#touch = touch
  }

  usage(): PoolUsage[] {
    return this.#book.spaces.map((space) => space.usage())
  }

  release(tenant: Tenant): void {
    this.#leaveGroup(tenant)
    this.#stir(tenant.wish.claim, vacate(tenant))
  }

  /** Takes in a Service that neither holds nor waits, with what it may keep of what it had. */
  admit(tenant: Tenant): void {
    if (this.#book.spaces.length > 0) this.#keep(tenant, currentOf(tenant))
  }

  /** Decides anew which addresses the Service keeps. */
  reconsider(tenant: Tenant, wish: Wish): void {
    const { claim } = tenant.wish
    this.#leaveGroup(tenant)
    const before = vacate(tenant)
    revise(tenant, wish)
    if (this.#book.spaces.length === 0) return
    this.#keep(tenant, before?.addresses ?? currentOf(tenant))
    if (sameHolding(before, tenant.held) && kindOfClaim(claim) === kindOfClaim(wish.claim)) return
    this.#stir(claim, before)
    this.#stir(wish.claim, tenant.held)
  }

  /** Gets the Service what it lacks, or lets it wait for that. */
  seek(tenant: Tenant): void {
    const blind = this.#book.spaces.length === 0 ? noPools() : tenant.doubt
    const target = blind ?? targetOf(tenant.wish, this.#book, tenant.held)
    tenant.refusal = undefined
    if (target === undefined) return
    if (isRefusal(target)) tenant.refusal = target
    // While others are yet to be tried, it takes its turn among them.
    else if (!this.#waiting.calm) tenant.group = this.#waiting.enter(tenant, target)
    else {
      const outcome = this.#attempt(tenant, target)
      if (typeof outcome !== 'string') tenant.group = this.#waiting.enter(tenant, target, outcome)
    }
  }

  /** Serves those who wait until nothing stirs any more. */
  settle(): void {
    while (!this.#waiting.calm) this.#serve(this.#waiting.takeAwake())
  }

  #keep(tenant: Tenant, current: readonly Address[]): void {
    const doubt = doubtAbout(current, this.#book)
    tenant.doubt = doubt
    tenant.former = doubt && current
    if (current.length === 0 || doubt !== undefined) return
    const { kept, loss } = stayOf(tenant.wish, current, this.#book)
    if (kept !== undefined) occupy(tenant, kept)
    if (loss === undefined) return
    lose(
      tenant,
      current.filter((address) => kept?.addresses.includes(address) !== true),
      loss,
    )
  }

  #leaveGroup(tenant: Tenant): void {
    if (tenant.group !== undefined) this.#waiting.leave(tenant, tenant.group)
    tenant.group = undefined
  }

  /**
   * First come, first served among the groups. Serving one only takes from the others, so a group is done with when
   * its first member gets nothing. When something is given up all the same, the round starts over.
   */
  #serve(groups: readonly Group<Tenant>[]): void {
    const queue = new OrderedList<Head>()
    const moved = groups.filter((group) => !this.#waiting.isUnmoved(group))
    for (const head of moved.flatMap(headOf).sort(compareOrder)) queue.add(head)
    for (let head = queue.first(); head !== undefined; head = queue.first()) {
      queue.delete(head)
      const { group, member } = head
      if (this.#waiting.isUnmoved(group)) continue
      const outcome = this.#attempt(member, group.target)
      if (typeof outcome !== 'string') this.#refuse(group, outcome)
      else for (const next of headOf(group)) queue.add(next)
      if (outcome !== 'gave up') continue
      for (const other of queue) this.#waiting.wake(other.group)
      return
    }
  }

  #attempt(tenant: Tenant, target: Target): Outcome {
    const found = find(target)
    if (!isRefusal(found)) {
      this.#grant(tenant, found)
      return 'served'
    }
    if (target.kind !== 'completion' || !target.required) return found
    this.#giveUp(tenant, found)
    return 'gave up'
  }

  #grant(tenant: Tenant, found: Holding): void {
    this.#touch(tenant.name)
    this.#leaveGroup(tenant)
    const holders = found.addresses.map((address) => found.space.familyOf(address).holderOf(address))
    tenant.joined = holders.find((holder) => holder !== undefined)
    occupy(tenant, found)
    this.#stir(tenant.wish.claim, found)
    // One address where two are preferred: it goes on waiting for the other.
    this.seek(tenant)
  }

  /** Half a pair is of no use to a Service that requires both: it starts over, in any pool. */
  #giveUp(tenant: Tenant, why: Refusal): void {
    this.#touch(tenant.name)
    this.#leaveGroup(tenant)
    const before = vacate(tenant)
    this.#stir(tenant.wish.claim, before)
    lose(tenant, before?.addresses ?? [], why.message)
    this.seek(tenant)
  }

  #refuse(group: Group<Tenant>, refusal: Refusal): void {
    if (group.refusal?.message !== refusal.message) {
      for (const member of group.members) this.#touch(member.name)
    }
    this.#waiting.refuse(group, refusal)
  }

  /** Lets those look again to whom it matters that a claim to these addresses came or went. */
  #stir(claim: Claim, holding: Holding | undefined): void {
    if (holding === undefined || this.#waiting.empty) return
    const { addresses, space } = holding
    for (const address of addresses) {
      this.#waiting.stir(addressTopic(address))
      if (claim.sharingKey !== '') this.#waiting.stir(keyTopic(space.name, claim.sharingKey))
      const half = space.familyOf(address)
      if (half.full || half.holderOf(address) === undefined) this.#waiting.stirPool(space.name)
    }
  }
}

function sameHolding(a: Holding | undefined, b: Holding | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.space === b.space && sameAddresses(a.addresses, b.addresses)
}

/** A group in the queue, at the place of its first member. */
interface Head extends Order {
  readonly member: Tenant
  readonly group: Group<Tenant>
}

function headOf(group: Group<Tenant>): Head[] {
  const member = group.members.first()
  return member === undefined ? [] : [{ created: member.created, name: member.name, member, group }]
}
