import { seconds, since, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

/** Counts within windows of one second. */
export class Rate {
  readonly #clock: Clock
  readonly #most: number
  #window: Instant
  #count = 0
  /** Refused in the windows before this one and not yet asked for. */
  #refused = 0

  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
    this.#window = clock.now()
  }

  /** False for what is more than the rate allows. */
  admits(): boolean {
    const now = this.#clock.now()
    if (since(this.#window, now) >= seconds(1)) {
      this.#window = now
      this.#count = 0
    }
    this.#count++
    if (this.#count <= this.#most) return true
    this.#refused++
    return false
  }

  /** How many were refused since this was last asked. */
  takeRefused(): number {
    const refused = this.#refused
    this.#refused = 0
    return refused
  }
}
