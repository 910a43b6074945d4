/* Runs the gratuitous schedule on a clock, no faster than a given rate. */
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { GratuitousSchedule } from './gratuitous.ts'

/** Announcements go out in portions this far apart, so that answers find their way between. */
const SLICE = milliseconds(5)

export interface CrierDeps<Key> {
  readonly clock: Clock
  readonly perSecond: number
  /** Called once per round of each key. */
  readonly cry: (key: Key) => void
}

export class Crier<Key> {
  readonly #deps: CrierDeps<Key>
  readonly #schedule = new GratuitousSchedule<Key>()
  #notBefore: Instant
  #cancelTimer: (() => void) | undefined

  constructor(deps: CrierDeps<Key>) {
    this.#deps = deps
    this.#notBefore = deps.clock.now()
  }

  /** Begins (or begins again) the rounds of `key`; `run` sends the first. */
  start(key: Key): void {
    this.#schedule.start(key, this.#deps.clock.now())
  }

  stop(key: Key): void {
    this.#schedule.cancel(key)
  }

  /** Cries what is due, and sets the timer for what is due next. */
  run(): void {
    this.close()
    const { clock, perSecond, cry } = this.#deps
    const now = clock.now()
    if (now >= this.#notBefore) {
      const portion = Math.max(1, Math.floor((perSecond * SLICE) / 1000))
      const due = this.#schedule.take(now, portion)
      for (const key of due) cry(key)
      this.#notBefore = later(now, milliseconds((due.length * 1000) / perSecond))
    }
    const next = this.#schedule.next()
    if (next === undefined) return
    const at = Math.max(next, this.#notBefore) as Instant
    this.#cancelTimer = clock.after(Math.max(0, since(now, at)) as Duration, () => this.run())
  }

  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }
}
