/* Waiting for a condition, with a bound: the only way anything here waits. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface UntilOptions {
  /** Milliseconds until it is an error; default 10,000. */
  readonly timeout?: number
  /** Milliseconds between two looks; default 20. */
  readonly interval?: number
}

/** What a probe throws when waiting any longer is of no use. */
export class Hopeless extends Error {}

/**
 * Looks until `probe` gives something other than `undefined`, `null` or `false`, and returns that. A probe that throws
 * has not got there yet; its last error is in the message when the time is up. `Hopeless` ends the waiting at once.
 * @param what completes the sentence "waited 10000 ms for …"
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeout = 10_000, interval = 20 }: UntilOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeout
  let reason: unknown
  for (;;) {
    try {
      const found = await probe()
      if (found !== undefined && found !== null && found !== false)
        return found as Exclude<T, undefined | null | false>
      reason = undefined
    } catch (error) {
      if (error instanceof Hopeless) throw error
      reason = error
    }
    if (performance.now() >= deadline)
      throw new Error(
        `waited ${timeout} ms for ${what}${reason instanceof Error ? `: ${reason.message}` : ''}`,
        {
          cause: reason,
        },
      )
    await sleep(interval)
  }
}
