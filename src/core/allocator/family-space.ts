/* The addresses of one family of a pool: which are free, and who holds the others. */
import { PositionMap } from './position-map.ts'
import type { Refusal } from './refusal.ts'
import { SharedAddresses } from './shared-addresses.ts'
import type { Claim } from './sharing.ts'
import { firstOf, joined, left, objectionTo, type Tenancy } from './tenancy.ts'
import { near, walkOf, type Position, type Walk } from './walk.ts'
import type { Address, Family } from '../model/address.ts'
import type { Pool } from '../model/config.ts'

export class FamilySpace {
  readonly #walk: Walk
  readonly #tenancies = new PositionMap<Tenancy>()
  readonly #shared = new SharedAddresses()
  /** Automatic allocation stays below. */
  readonly #limit: number
  /** Where the address is that was looked at last: it is mostly asked about and then held. */
  #recent: Address | undefined
  #recentPosition: Position | undefined

  constructor(pool: Pool, family: Family) {
    this.#walk = walkOf(pool, family)
    this.#limit = this.#walk.length < near ? Number(this.#walk.length) : near
  }

  get total(): bigint {
    return this.#walk.length
  }

  /** Distinct addresses in use. */
  get used(): number {
    return this.#tenancies.size
  }

  get full(): boolean {
    return this.#tenancies.lowestGap() >= this.#limit
  }

  owns(address: Address): boolean {
    return this.#lookUp(address) !== undefined
  }

  /** The lowest address that the claim may hold, be it free or shareable. */
  lowestFor(claim: Claim): Address | undefined {
    const free = this.#tenancies.lowestGap()
    const shared = claim.sharingKey === '' ? undefined : this.#shared.lowestFor(claim, free)
    const position = shared ?? free
    if (position >= this.#limit) return undefined
    const address = this.#walk.addressAt(position)
    this.#recent = address
    this.#recentPosition = position
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
    this.#tenancies.update(position, (tenancy) => joined(claim, tenancy))
    if (claim.sharingKey !== '' && typeof position === 'number') this.#shared.join(claim, position)
  }

  /** Answers whether the address is free now. */
  drop(claim: Claim, address: Address): boolean {
    const position = this.#positionOf(address)
    const rest = this.#tenancies.update(position, (tenancy) => tenancy && left(claim, tenancy))
    if (claim.sharingKey !== '' && typeof position === 'number') {
      this.#shared.leave(claim, position, rest === undefined)
    }
    return rest === undefined
  }

  #positionOf(address: Address): Position {
    return this.#lookUp(address) ?? -1
  }

  #lookUp(address: Address): Position | undefined {
    if (this.#recent !== address) {
      this.#recent = address
      this.#recentPosition = this.#walk.positionOf(address)
    }
    return this.#recentPosition
  }
}
