/* A task that runs soon, once for all who have asked meanwhile, and takes no more than its share of the time. */
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import { OnceSoon } from './once-soon.ts'

export class Paced {
  private readonly clock: Clock
  private readonly share: number
  private readonly least: Duration
  private readonly next: OnceSoon
  private restedAt: Instant | undefined

  /** `share`: of the time, above 0 and at most 1. `least`: waited in any case for more to come. */
  constructor(clock: Clock, share: number, task: () => void, least = milliseconds(0)) {
    this.clock = clock
    this.share = share
    this.least = least
    this.next = new OnceSoon(clock, () => this.restLeft(), task)
  }

  /** At once after a rest that was long enough, if nothing is waited for; at its end otherwise. */
  soon(): void {
    this.next.ask()
  }

  /** The work has gone on from `began` until now, whoever had it done. */
  worked(began: Instant): void {
    const now = this.clock.now()
    const rest = milliseconds((since(began, now) * (1 - this.share)) / this.share)
    this.restedAt = later(now, rest)
  }

  get asked(): boolean {
    return this.next.asked
  }

  private restLeft(): Duration {
    const { restedAt, least } = this
    if (restedAt === undefined) return least
    return milliseconds(Math.max(least, since(this.clock.now(), restedAt)))
  }
}
