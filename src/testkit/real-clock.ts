import { instantAt } from '../core/model/duration.ts'
import type { Clock } from '../core/ports.ts'

/** Real time, for subjects whose world is real. */
export const realClock: Clock = {
  now: () => instantAt(performance.now()),
  after(delay, task) {
    const timer = setTimeout(task, delay)
    return () => clearTimeout(timer)
  },
}
