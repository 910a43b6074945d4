/* One link the engine listens on, the addresses announced there, and those that are watched. */
import { messageOf } from '#core/errors.ts'
import type { Address } from '#core/model/address.ts'
import type { LinkFacts } from './interfaces.ts'
import type { Ear } from './responder.ts'
import type { Mac } from './wire/ethernet.ts'
import type { Wire } from './wire.ts'

export class Listener implements Ear {
  #link: LinkFacts
  readonly #wire: Wire
  readonly #addresses = new Set<Address>()
  #watched: ReadonlySet<Address> = new Set()
  #stale = false
  #fault: string | undefined

  constructor(link: LinkFacts, wire: Wire) {
    this.#link = link
    this.#wire = wire
  }

  get link(): LinkFacts {
    return this.#link
  }

  get mac(): Mac {
    return this.#link.hardwareAddress
  }

  /** Why listening failed the last time; undefined while it works. */
  get fault(): string | undefined {
    return this.#fault
  }

  get idle(): boolean {
    return this.#addresses.size + this.#watched.size === 0
  }

  heeds(address: Address): boolean {
    return this.#addresses.has(address) || this.#watched.has(address)
  }

  watch(addresses: ReadonlySet<Address>): void {
    if (addresses === this.#watched) return
    this.#watched = addresses
    this.#stale = true
  }

  add(address: Address): void {
    if (this.#addresses.has(address)) return
    this.#addresses.add(address)
    this.#stale = true
  }

  remove(address: Address): void {
    if (this.#addresses.delete(address)) this.#stale = true
  }

  /** The link is the same, but something about it changed. */
  follow(link: LinkFacts): void {
    this.#link = link
  }

  /** The wire lost the link; the next `refresh` tries again. */
  break(fault: string): void {
    this.#fault = fault
  }

  /** Makes the wire follow the addresses, if they changed or it failed before; true if that changed the fault. */
  refresh(): boolean {
    if (!this.#stale && this.#fault === undefined) return false
    const before = this.#fault
    this.#stale = false
    this.#fault = this.#listen()
    return this.#fault !== before
  }

  #listen(): string | undefined {
    try {
      this.#wire.listen(this.#link, [...this.#addresses], [...this.#watched])
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }
}
