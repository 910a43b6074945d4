/*
 * When which gate is tried next, under a bound on attempts a second. Those in doubt come first; among the others, whoever
 * has waited longest. Each kind has one delay, so that the order of arrival is the order in which they fall due. Time is
 * a value: milliseconds on any clock that only goes forward.
 */
import type { Address } from '../model/address.ts'

/** After an attempt that left a doubt, and after one that left none. */
const doubtDelay = 200
const calmDelay = 1000
/** Attempts begun on one node: at most so many a second, and at once. */
export const perSecond = 200
const burst = 50

export class Agenda {
  readonly #doubtful = new Map<Address, number>()
  readonly #calm = new Map<Address, number>()
  /** Attempts that may begin at the instant `countedAt`; they grow again with time. */
  #allowance = burst
  #countedAt: number | undefined

  /** To be tried at once. */
  add(address: Address, now: number): void {
    this.remove(address)
    this.#doubtful.set(address, now)
  }

  /** To be tried again. */
  again(address: Address, now: number, doubtful: boolean): void {
    this.remove(address)
    if (doubtful) this.#doubtful.set(address, now + doubtDelay)
    else this.#calm.set(address, now + calmDelay)
  }

  remove(address: Address): void {
    this.#doubtful.delete(address)
    this.#calm.delete(address)
  }

  /** Takes those whose turn it is off the agenda; `next`: when to ask again if nothing is added. */
  take(now: number): {
    readonly due: readonly Address[]
    readonly next?: number
  } {
    const grown = ((now - (this.#countedAt ?? now)) / 1000) * perSecond
    this.#allowance = Math.min(burst, this.#allowance + grown)
    this.#countedAt = now
    const due: Address[] = []
    for (const queue of [this.#doubtful, this.#calm])
      for (const [address, at] of queue) {
        if (at > now || this.#allowance < 1) break
        queue.delete(address)
        due.push(address)
        this.#allowance -= 1
      }
    const heads = [this.#doubtful, this.#calm].flatMap((queue) => {
      const [head] = queue.values()
      return head ?? []
    })
    if (heads.length === 0) return { due }
    const wait = Math.max(0, Math.ceil(((1 - this.#allowance) / perSecond) * 1000))
    return { due, next: Math.max(Math.min(...heads), now + wait) }
  }
}
