/* The addresses of one family of a pool: which are free, and who holds the others. */
import { PositionMap } from './position-map.ts'
import { inQuarantine } from './quarantine.ts'
import type { Refusal } from './refusal.ts'
import { SharedAddresses } from './shared-addresses.ts'
import type { Claim } from './sharing.ts'
import { firstOf, joined, left, objectionTo, type Tenancy } from './tenancy.ts'
import { near, walkOf, type Position, type Walk } from './walk.ts'
import type { Address, Family } from '../model/address.ts'
import type { Pool } from '../model/config.ts'
import type { Quarantined } from '../model/facts.ts'

export class FamilySpace {
  readonly #walk: Walk
  readonly #tenancies = new PositionMap<Tenancy | Quarantined>()
  readonly #shared = new SharedAddresses()
  /** By address, held or not. Those that nobody holds stand among the tenancies, so that no free one is found there. */
  readonly #quarantine = new Map<Address, Quarantined>()
  #quarantined = 0
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
    return this.#tenancies.size - this.#quarantined
  }

  /** Addresses in quarantine that nobody holds. */
  get quarantined(): number {
    return this.#quarantined
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

  /** Before anybody holds the address, and once. */
  quarantine(mark: Quarantined): void {
    this.#quarantine.set(mark.address, mark)
    this.#quarantined += 1
    this.#tenancies.set(this.#positionOf(mark.address), mark)
  }

  /** Why the claim may not be given the address; `undefined` = it may. */
  objection(claim: Claim, address: Address): Refusal | undefined {
    const mark = this.#quarantine.get(address)
    return mark === undefined ? this.objectionOfHolders(claim, address) : inQuarantine(mark)
  }

  /** Why those who hold the address do not let the claim hold it; `undefined` = they do, or there are none. */
  objectionOfHolders(claim: Claim, address: Address): Refusal | undefined {
    const tenancy = this.#tenancyOf(address)
    return tenancy && objectionTo(claim, tenancy, address)
  }

  /** Why the lowest address held with the claim's own sharing key cannot be shared with it. */
  objectionOfKey(claim: Claim): Refusal | undefined {
    const position = this.#shared.lowestOfKey(claim)
    return position === undefined ? undefined : this.objection(claim, this.#walk.addressAt(position))
  }

  /** A Service that holds the address. */
  holderOf(address: Address): string | undefined {
    const tenancy = this.#tenancyOf(address)
    return tenancy && firstOf(tenancy)?.service
  }

  /** Only after there was no objection. */
  hold(claim: Claim, address: Address): void {
    const position = this.#positionOf(address)
    this.#tenancies.update(position, (before) => {
      if (before === undefined || !isMark(before)) return joined(claim, before)
      this.#quarantined -= 1
      return claim
    })
    if (this.#isOfferedToSharers(claim, address) && typeof position === 'number')
      this.#shared.join(claim, position)
  }

  /** Answers whether nobody holds the address now. */
  drop(claim: Claim, address: Address): boolean {
    const position = this.#positionOf(address)
    let last = false
    this.#tenancies.update(position, (before) => {
      const rest = before === undefined || isMark(before) ? undefined : left(claim, before)
      last = rest === undefined
      return rest ?? this.#marked(address)
    })
    if (this.#isOfferedToSharers(claim, address) && typeof position === 'number')
      this.#shared.leave(claim, position, last)
    return last
  }

  /** The address that nobody holds any more goes back into its quarantine, if it has one. */
  #marked(address: Address): Quarantined | undefined {
    // Nearly always there is none, and looking for a text in a map costs as much as letting the address go.
    if (this.#quarantine.size === 0) return undefined
    const mark = this.#quarantine.get(address)
    if (mark !== undefined) this.#quarantined += 1
    return mark
  }

  /** Nobody joins an address that is in quarantine. */
  #isOfferedToSharers({ sharingKey }: Claim, address: Address): boolean {
    return sharingKey !== '' && !this.#quarantine.has(address)
  }

  #tenancyOf(address: Address): Tenancy | undefined {
    const found = this.#tenancies.get(this.#positionOf(address))
    return found === undefined || isMark(found) ? undefined : found
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

function isMark(tenancy: Tenancy | Quarantined): tenancy is Quarantined {
  return 'until' in tenancy
}
