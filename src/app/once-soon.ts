/* A task that runs once, a little later, for all who have asked for it meanwhile. */
import type { Duration } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

export class OnceSoon {
  private readonly clock: Clock
  private readonly delay: () => Duration
  private readonly task: () => void
  private waiting = false

  /** `delay`: or what is left of it when somebody asks. */
  constructor(clock: Clock, delay: Duration | (() => Duration), task: () => void) {
    this.clock = clock
    this.delay = typeof delay === 'function' ? delay : () => delay
    this.task = task
  }

  get asked(): boolean {
    return this.waiting
  }

  ask(): void {
    if (this.waiting) return
    this.waiting = true
    this.clock.after(this.delay(), () => {
      this.waiting = false
      this.task()
    })
  }
}
