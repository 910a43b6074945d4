/* A map from positions to values: pages of an array where allocation walks, a plain map for the few beyond. */
import type { Position } from './walk.ts'

interface Page<T> {
  readonly number: number
  readonly slots: (T | undefined)[]
  used: number
}

const pageSize = 256

export class PositionMap<T> {
  readonly #pages = new Map<number, Page<T>>()
  /** The page that was looked at last: a position is mostly read and then written. */
  #recent: Page<T> | undefined
  readonly #far = new Map<bigint, T>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(position: Position): T | undefined {
    if (typeof position === 'bigint') return this.#far.get(position)
    const slot = position % pageSize
    return this.#page((position - slot) / pageSize)?.slots[slot]
  }

  /** `undefined` removes the entry. */
  set(position: Position, value: T | undefined): void {
    const before = this.get(position)
    const growth = (value === undefined ? 0 : 1) - (before === undefined ? 0 : 1)
    this.#size += growth
    if (typeof position === 'number') this.#setNear(position, value, growth)
    else if (value === undefined) this.#far.delete(position)
    else this.#far.set(position, value)
  }

  #page(number: number): Page<T> | undefined {
    if (this.#recent?.number === number) return this.#recent
    const page = this.#pages.get(number)
    if (page !== undefined) this.#recent = page
    return page
  }

  #setNear(position: number, value: T | undefined, growth: number): void {
    const slot = position % pageSize
    const number = (position - slot) / pageSize
    let page = this.#page(number)
    if (page === undefined) {
      page = { number, slots: Array.from({ length: pageSize }), used: 0 }
      this.#pages.set(number, page)
    }
    page.slots[slot] = value
    page.used += growth
    if (page.used > 0) return
    this.#pages.delete(number)
    this.#recent = undefined
  }
}
