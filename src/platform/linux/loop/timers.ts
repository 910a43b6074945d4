/* Timers of the poll loop: a list ordered by due time, earliest last so that taking one is cheap. */
import type { Instant } from '#core/model/duration.ts'

interface Timer {
  readonly due: Instant
  readonly task: () => void
}

export class TimerQueue {
  readonly #timers: Timer[] = []

  /** Runs `task` at `due`, after those already queued for the same instant; the returned function cancels it. */
  add(due: Instant, task: () => void): () => void {
    const timer = { due, task }
    this.#timers.splice(this.#firstAt(due), 0, timer)
    return () => this.#cancel(timer)
  }

  /** When the earliest timer is due. */
  next(): Instant | undefined {
    return this.#timers.at(-1)?.due
  }

  /** Takes the earliest timer that is due at `now`. */
  take(now: Instant): (() => void) | undefined {
    const earliest = this.#timers.at(-1)
    if (earliest === undefined || earliest.due > now) return undefined
    this.#timers.pop()
    return earliest.task
  }

  /** Most timers are cancelled after they have run: that must not look through all the others. */
  #cancel(timer: Timer): void {
    for (let at = this.#firstAt(timer.due); this.#timers[at]?.due === timer.due; at++)
      if (this.#timers[at] === timer) return void this.#timers.splice(at, 1)
  }

  /** Where timers of this time begin in the list, or would. */
  #firstAt(due: Instant): number {
    let [low, high] = [0, this.#timers.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#timers[middle] as Timer).due > due) low = middle + 1
      else high = middle
    }
    return low
  }
}
