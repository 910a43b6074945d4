/* A map from positions to values: pages of an array where allocation walks, a plain map for the few beyond. */
import type { Position } from './walk.ts'

interface Page<T> {
  readonly slots: (T | undefined)[]
  used: number
}

const pageSize = 256

export class PositionMap<T> {
  readonly #pages = new Map<number, Page<T>>()
  readonly #far = new Map<bigint, T>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(position: Position): T | undefined {
    if (typeof position === 'bigint') return this.#far.get(position)
    const slot = position % pageSize
    return this.#pages.get((position - slot) / pageSize)?.slots[slot]
  }

  /** `undefined` removes the entry. */
  set(position: Position, value: T | undefined): void {
    const before = this.get(position)
    if (before === undefined && value === undefined) return
    if (before === undefined) this.#size++
    if (value === undefined) this.#size--
    if (typeof position === 'number') this.#setNear(position, value, before === undefined)
    else if (value === undefined) this.#far.delete(position)
    else this.#far.set(position, value)
  }

  #setNear(position: number, value: T | undefined, isNew: boolean): void {
    const slot = position % pageSize
    const number = (position - slot) / pageSize
    let page = this.#pages.get(number)
    if (page === undefined) {
      page = { slots: Array.from({ length: pageSize }), used: 0 }
      this.#pages.set(number, page)
    }
    page.slots[slot] = value
    page.used += (isNew ? 1 : 0) - (value === undefined ? 1 : 0)
    if (page.used === 0) this.#pages.delete(number)
  }
}
