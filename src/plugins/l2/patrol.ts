/* Visits each of many keys once a period, one at a time and no faster than a given rate; where that is too slow, less often. */
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

export interface PatrolDeps<Key> {
  readonly clock: Clock
  readonly period: Duration
  /** 0: never. */
  readonly perSecond: number
  readonly visit: (key: Key) => void
}

export class Patrol<Key> {
  readonly #deps: PatrolDeps<Key>
  /** When each is due: in order, because every key waits equally long. */
  readonly #due = new Map<Key, Instant>()
  #notBefore: Instant
  #cancelTimer: (() => void) | undefined

  constructor(deps: PatrolDeps<Key>) {
    this.#deps = deps
    this.#notBefore = deps.clock.now()
  }

  /** The first visit comes a period later. Who is on the rounds already stays where it is. */
  add(key: Key): void {
    const { clock, period, perSecond } = this.#deps
    if (perSecond === 0 || this.#due.has(key)) return
    this.#due.set(key, later(clock.now(), period))
    this.#schedule()
  }

  remove(key: Key): void {
    this.#due.delete(key)
    if (this.#due.size === 0) this.close()
  }

  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #schedule(): void {
    const [next] = this.#due.values()
    if (this.#cancelTimer !== undefined || next === undefined) return
    const { clock } = this.#deps
    const at = Math.max(next, this.#notBefore) as Instant
    const delay = milliseconds(Math.max(0, since(clock.now(), at)))
    this.#cancelTimer = clock.after(delay, () => this.#round())
  }

  #round(): void {
    this.#cancelTimer = undefined
    const { clock, period, perSecond, visit } = this.#deps
    const now = clock.now()
    const [first] = this.#due
    if (first !== undefined && first[1] <= now) {
      const [key] = first
      this.#due.delete(key)
      this.#due.set(key, later(now, period))
      this.#notBefore = later(now, milliseconds(1000 / perSecond))
      visit(key)
    }
    this.#schedule()
  }
}
