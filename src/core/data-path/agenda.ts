/*
 * When which gate is tried next, under a bound on attempts a second. What was never tried comes first, under a wider bound
 * of its own: after the death of a node its addresses are dark until then. Those in doubt follow; among the others, whoever
 * has waited longest. Each kind has one delay, so that the order of arrival is the order in which they fall due. Time is
 * a value: milliseconds on any clock that only goes forward.
 */
import type { Address } from '../model/address.ts'

/** After an attempt that left a doubt, and after one that left none. */
const doubtDelay = 200
const calmDelay = 1000
/** What falls due within this share of a delay falls due together. */
const together = 0.1
/** Attempts begun on one node, again and for the first time: so many a second, and so many at once. */
export const again = { perSecond: 200, burst: 50 } as const
export const first = { perSecond: 2000, burst: 500 } as const
/** Those that wait begin together, for each batch has a packet socket of its own, which is slow to close. */
const batch = { first: 40, again: 20 } as const

/** How many may begin now; it grows again with time. */
class Allowance {
  readonly #rate: { readonly perSecond: number; readonly burst: number }
  #left: number
  #countedAt: number | undefined

  constructor(rate: { readonly perSecond: number; readonly burst: number }) {
    this.#rate = rate
    this.#left = rate.burst
  }

  /** Takes up to `wanted`, and nothing where that is less than `least`. */
  take(now: number, wanted: number, least = 1): number {
    const grown = ((now - (this.#countedAt ?? now)) / 1000) * this.#rate.perSecond
    this.#left = Math.min(this.#rate.burst, this.#left + grown)
    this.#countedAt = now
    const most = Math.floor(this.#left)
    const taken = most < least ? 0 : Math.min(wanted, most)
    this.#left -= taken
    return taken
  }

  /** Milliseconds until so many may begin. */
  until(count: number): number {
    return Math.max(0, Math.ceil(((count - this.#left) / this.#rate.perSecond) * 1000))
  }
}

export class Agenda {
  readonly #fresh = new Set<Address>()
  readonly #doubtful = new Map<Address, number>()
  readonly #calm = new Map<Address, number>()
  readonly #first = new Allowance(first)
  readonly #again = new Allowance(again)

  /** To be tried for the first time, at once. */
  add(address: Address): void {
    this.remove(address)
    this.#fresh.add(address)
  }

  /** To be tried again. */
  again(address: Address, now: number, doubtful: boolean): void {
    this.remove(address)
    if (doubtful) this.#doubtful.set(address, dueAt(now, doubtDelay))
    else this.#calm.set(address, dueAt(now, calmDelay))
  }

  remove(address: Address): void {
    this.#fresh.delete(address)
    this.#doubtful.delete(address)
    this.#calm.delete(address)
  }

  /** Takes those whose turn it is off the agenda; `next`: when to ask again if nothing is added. */
  take(now: number): { readonly due: readonly Address[]; readonly next?: number } {
    const due: Address[] = []
    const most = this.#first.take(now, this.#fresh.size)
    for (const address of this.#fresh) {
      if (due.length === most) break
      this.#fresh.delete(address)
      due.push(address)
    }
    const waiting = this.#waiting(now)
    const begun = this.#again.take(now, waiting.length, Math.min(batch.again, waiting.length))
    for (const address of waiting.slice(0, begun)) {
      this.remove(address)
      due.push(address)
    }
    const heads = [this.#doubtful, this.#calm].flatMap((queue) => {
      const [head] = queue.values()
      return head ?? []
    })
    const least = Math.max(1, Math.min(batch.again, waiting.length - begun))
    const instants = [
      ...(this.#fresh.size > 0 ? [now + this.#first.until(Math.min(batch.first, this.#fresh.size))] : []),
      ...(heads.length > 0 ? [Math.max(Math.min(...heads), now + this.#again.until(least))] : []),
    ]
    return instants.length === 0 ? { due } : { due, next: Math.min(...instants) }
  }

  /** Whose time has come, those in doubt first; no more than may begin at once. */
  #waiting(now: number): Address[] {
    const found: Address[] = []
    for (const queue of [this.#doubtful, this.#calm])
      for (const [address, at] of queue) {
        if (at > now || found.length === again.burst) break
        found.push(address)
      }
    return found
  }
}

/** Rounded down: what is promised of the delay is kept. */
function dueAt(now: number, delay: number): number {
  const grain = delay * together
  return Math.floor((now + delay) / grain) * grain
}
