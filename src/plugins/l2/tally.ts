/* Counts in the engine, handed over in bounded portions. */
import type { Address } from '#core/model/address.ts'
import type { AddressCounts, EngineEvent } from './protocol.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class Tally {
  #addresses = new Map<Address, Writable<AddressCounts>>()
  #sendErrors = new Map<string, number>()

  count(address: Address, what: keyof AddressCounts): void {
    const counts = this.#addresses.get(address) ?? {
      received: 0,
      sent: 0,
      gratuitous: 0,
      fenced: 0,
      conflicts: 0,
    }
    counts[what]++
    this.#addresses.set(address, counts)
  }

  countSendError(link: string): void {
    this.#sendErrors.set(link, (this.#sendErrors.get(link) ?? 0) + 1)
  }

  /** Everything since the last call; undefined if that is nothing. */
  take(): EngineEvent | undefined {
    if (this.#addresses.size + this.#sendErrors.size === 0) return undefined
    const event: EngineEvent = {
      kind: 'tally',
      addresses: [...this.#addresses],
      sendErrors: [...this.#sendErrors],
    }
    this.#addresses = new Map()
    this.#sendErrors = new Map()
    return event
  }
}
