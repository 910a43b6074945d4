/* Chance that a seed determines. Streams of the same seed with different names do not resemble each other. */
import { hash32 } from '#core/membership/ring.ts'

export class Chance {
  #state: number

  constructor(seed: number, stream: string) {
    this.#state = hash32(`${stream} ${seed}`)
  }

  /** 0 … 1, without 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** `from` … `to`, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  happens(probability: number): boolean {
    return this.next() < probability
  }

  one<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.next() * items.length)] as Item
  }

  /** At least one, and not all when there are several. */
  some<Item>(items: readonly Item[]): Item[] {
    const shuffled = items.toSorted(() => this.next() - 0.5)
    return shuffled.slice(0, this.whole(1, Math.max(1, items.length - 1)))
  }
}
