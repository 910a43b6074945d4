/* The real counterparts of the ports: monotonic time, randomness, hashing. */
import { hash, randomBytes } from 'node:crypto'

import { instantAt } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'

/** Of one timer of Node's, 24.8 days: a longer one fires at once. */
const longest = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => instantAt(performance.now()),
  after(delay, task) {
    // The shortest timer of Node's takes a millisecond.
    if (delay <= 0) {
      const soon = setImmediate(task)
      return () => clearImmediate(soon)
    }
    let timer: NodeJS.Timeout
    const wait = (left: number): void => {
      timer = left > longest ? setTimeout(() => wait(left - longest), longest) : setTimeout(task, left)
    }
    wait(delay)
    return () => clearTimeout(timer)
  },
}

/** 48 random bits: every value a double can hold evenly in [0, 1). */
export const systemRandom: Random = { next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48 }

export function sha256(text: string): string {
  return hash('sha256', text)
}
