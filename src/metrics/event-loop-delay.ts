/* How late the main thread is: everything that waits for it waits that long as well. */
import type { Histogram } from '#core/ports.ts'

const every = 250

/** Until the process ends; keeps it from ending by nothing. */
export function observeEventLoopDelay(histogram: Histogram): void {
  let due = performance.now() + every
  const meet = (): void => {
    const now = performance.now()
    histogram.observe({}, Math.max(0, now - due) / 1000)
    due = now + every
    setTimeout(meet, every).unref()
  }
  setTimeout(meet, every).unref()
}
