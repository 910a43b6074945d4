/* Runs the gratuitous schedule on a clock, no faster than a given rate. */
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { GratuitousSchedule } from './gratuitous.ts'

/** What the first announcement of an IPv4 address takes; the rate counts these. */
const FRAMES = 2
/** Announcements go out in portions this far apart, so that answers find their way between. */
const SLICE = milliseconds(5)

export interface CrierDeps<Key> {
  readonly clock: Clock
  /** In pairs of frames. */
  readonly perSecond: number
  /** Called once per round of each key, rounds counted from 0; returns how many frames it took. */
  readonly cry: (key: Key, round: number) => number
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
    const { clock, perSecond } = this.#deps
    const now = clock.now()
    if (now >= this.#notBefore) {
      const sent = this.#cryDue(now, Math.max(1, Math.floor((FRAMES * perSecond * SLICE) / 1000)))
      this.#notBefore = later(now, milliseconds((sent * 1000) / (FRAMES * perSecond)))
    }
    const next = this.#schedule.next()
    if (next === undefined) return
    const at = Math.max(next, this.#notBefore) as Instant
    this.#cancelTimer = clock.after(Math.max(0, since(now, at)) as Duration, () => this.run())
  }

  /** Until so many frames are sent; returns how many were. */
  #cryDue(now: Instant, frames: number): number {
    let sent = 0
    while (sent < frames) {
      const due = this.#schedule.take(now)
      if (due === undefined) break
      sent += this.#deps.cry(due.key, due.round)
    }
    return sent
  }

  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }
}
