/* Routes that are to end are first told to be the last choice, for a while, so that traffic leaves before they go. */
import type { Target } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

export class Draining {
  readonly #clock: Clock
  readonly #time: Duration
  /** A drain has come to its end. */
  readonly #over: () => void
  #until = new Map<Address, Instant>()
  #cancel: () => void = () => {}

  constructor(clock: Clock, time: Duration, over: () => void) {
    this.#clock = clock
    this.#time = time
    this.#over = over
  }

  /** Of the targets that are to retire: those whose routes are still announced. */
  of(targets: readonly Target[]): ReadonlySet<Address> {
    const now = this.#clock.now()
    const retiring = targets.filter(({ stage }) => stage === 'retire')
    this.#until = new Map(
      retiring.map(({ address }) => [address, this.#until.get(address) ?? later(now, this.#time)]),
    )
    const running = [...this.#until].filter(([, until]) => until > now)
    this.#wakeAt(running.map(([, until]) => until))
    return new Set(running.map(([address]) => address))
  }

  stop(): void {
    this.#cancel()
  }

  #wakeAt(ends: readonly Instant[]): void {
    this.#cancel()
    this.#cancel = () => {}
    if (ends.length === 0) return
    const first = ends.reduce((a, b) => (a < b ? a : b))
    const delay = milliseconds(Math.max(0, since(this.#clock.now(), first)))
    this.#cancel = this.#clock.after(delay, this.#over)
  }
}
