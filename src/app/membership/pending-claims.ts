/*
 * What the main thread says of addresses, one by one or many together, until the engine feeds it to the machine: each
 * step there copies what is known of all addresses, and a thousand steps in a row would hold up the beats.
 */
import type { OwnClaim } from '#core/membership/claims.ts'
import type { Address } from '#core/model/address.ts'

export interface ClaimNews {
  readonly put: readonly OwnClaim[]
  readonly drop: readonly Address[]
}

export class PendingClaims {
  readonly #put = new Map<Address, OwnClaim>()
  readonly #dropped = new Set<Address>()

  /** The later word on an address takes the place of the earlier one; that it was dropped in between is kept. */
  add({ put, drop }: ClaimNews): void {
    for (const address of drop) {
      this.#put.delete(address)
      this.#dropped.add(address)
    }
    for (const claim of put) this.#put.set(claim.address, claim)
  }

  /** Everything at once, as one event; undefined: nothing is new. */
  take(): ClaimNews | undefined {
    if (this.#put.size === 0 && this.#dropped.size === 0) return undefined
    const news = { put: [...this.#put.values()], drop: [...this.#dropped] }
    this.#put.clear()
    this.#dropped.clear()
    return news
  }
}
