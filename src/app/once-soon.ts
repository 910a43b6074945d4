/* A task that runs once, a little later, for all who have asked for it meanwhile. */
import type { Duration } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

export class OnceSoon {
  private readonly clock: Clock
  private readonly delay: Duration
  private readonly task: () => void
  private waiting = false

  constructor(clock: Clock, delay: Duration, task: () => void) {
    this.clock = clock
    this.delay = delay
    this.task = task
  }

  ask(): void {
    if (this.waiting) return
    this.waiting = true
    this.clock.after(this.delay, () => {
      this.waiting = false
      this.task()
    })
  }
}
