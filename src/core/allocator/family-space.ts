/* The addresses of one family of a pool: which are free, and who holds the others. */
import { PositionMap } from './position-map.ts'
import type { Refusal } from './refusal.ts'
import { Runs } from './runs.ts'
import { SharedAddresses } from './shared-addresses.ts'
import type { Claim } from './sharing.ts'
import { firstOf, joined, left, objectionTo, type Tenancy } from './tenancy.ts'
import { near, walkOf, type Position, type Walk } from './walk.ts'
import type { Address, Family } from '../model/address.ts'
import type { Pool } from '../model/config.ts'

export class FamilySpace {
  readonly #walk: Walk
  /** Free positions below `near`; beyond, a position is free when nobody holds it. */
  readonly #free: Runs
  readonly #tenancies = new PositionMap<Tenancy>()
  readonly #shared = new SharedAddresses()
  /** The address found last, which is mostly asked about and held next. */
  #found: { readonly address: Address; readonly position: Position } | undefined

  constructor(pool: Pool, family: Family) {
    this.#walk = walkOf(pool, family)
    this.#free = new Runs(this.#walk.length < near ? Number(this.#walk.length) : near)
  }

  get total(): bigint {
    return this.#walk.length
  }

  /** Distinct addresses in use. */
  get used(): number {
    return this.#tenancies.size
  }

  get full(): boolean {
    return this.#free.lowest() === undefined
  }

  owns(address: Address): boolean {
    return this.#walk.positionOf(address) !== undefined
  }

  /** The lowest address that the claim may hold, be it free or shareable. */
  lowestFor(claim: Claim): Address | undefined {
    const free = this.#free.lowest()
    const shared = claim.sharingKey === '' ? undefined : this.#shared.lowestFor(claim, free ?? near)
    const position = shared ?? free
    if (position === undefined) return undefined
    const address = this.#walk.addressAt(position)
    this.#found = { address, position }
    return address
  }

  /** Why the claim may not hold the address; `undefined` = it may. */
  objection(claim: Claim, address: Address): Refusal | undefined {
    const position = this.#positionOf(address)
    const tenancy = this.#tenancies.get(position)
    return tenancy && objectionTo(claim, tenancy, address)
  }

  /** Why the lowest address held with the claim's own sharing key cannot be shared with it. */
  objectionOfKey(claim: Claim): Refusal | undefined {
    const position = this.#shared.lowestOfKey(claim)
    return position === undefined ? undefined : this.objection(claim, this.#walk.addressAt(position))
  }

  /** A Service that holds the address. */
  holderOf(address: Address): string | undefined {
    const tenancy = this.#tenancies.get(this.#positionOf(address))
    return tenancy && firstOf(tenancy)?.service
  }

  /** Only after `objection` had nothing to say. */
  hold(claim: Claim, address: Address): void {
    const position = this.#positionOf(address)
    const tenancy = this.#tenancies.get(position)
    this.#tenancies.set(position, joined(claim, tenancy))
    if (typeof position !== 'number') return
    if (tenancy === undefined) this.#free.delete(position)
    if (claim.sharingKey !== '') this.#shared.join(claim, position)
  }

  /** Answers whether the address is free now. */
  drop(claim: Claim, address: Address): boolean {
    const position = this.#positionOf(address)
    const tenancy = this.#tenancies.get(position)
    const rest = tenancy && left(claim, tenancy)
    this.#tenancies.set(position, rest)
    if (typeof position === 'number') {
      if (rest === undefined) this.#free.add(position)
      if (claim.sharingKey !== '') this.#shared.leave(claim, position, rest === undefined)
    }
    return rest === undefined
  }

  #positionOf(address: Address): Position {
    return this.#found?.address === address ? this.#found.position : (this.#walk.positionOf(address) ?? -1)
  }
}
