/* A task that runs soon, once for all who have asked meanwhile, and takes no more than its share of the time. */
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

export class Paced {
  private readonly clock: Clock
  private readonly share: number
  private readonly task: () => void
  private waiting = false
  private restedAt: Instant | undefined

  /** `share`: of the time, above 0 and at most 1. */
  constructor(clock: Clock, share: number, task: () => void) {
    this.clock = clock
    this.share = share
    this.task = task
  }

  /** At once after a rest that was long enough, at its end otherwise. */
  soon(): void {
    if (this.waiting) return
    this.waiting = true
    this.clock.after(this.restLeft(), () => {
      this.waiting = false
      this.task()
    })
  }

  /** The work has gone on from `began` until now, whoever had it done. */
  worked(began: Instant): void {
    const now = this.clock.now()
    const rest = milliseconds((since(began, now) * (1 - this.share)) / this.share)
    this.restedAt = later(now, rest)
  }

  get asked(): boolean {
    return this.waiting
  }

  private restLeft(): Duration {
    const { restedAt } = this
    return restedAt === undefined
      ? milliseconds(0)
      : milliseconds(Math.max(0, since(this.clock.now(), restedAt)))
  }
}
