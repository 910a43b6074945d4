/* Wakes at the next instant of interest that a decision named, unless the next decision names another. */
import { instantAt, since } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

export class Alarm {
  private readonly clock: Clock
  private readonly ring: () => void
  private end: () => void = () => {}

  constructor(clock: Clock, ring: () => void) {
    this.clock = clock
    this.ring = ring
  }

  /** `next`: milliseconds on the clock; undefined: not at all. */
  set(next: number | undefined): void {
    this.end()
    if (next !== undefined) this.end = this.clock.after(since(this.clock.now(), instantAt(next)), this.ring)
  }

  cancel(): void {
    this.end()
  }
}
