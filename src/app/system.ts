/* The real counterparts of the ports: monotonic time, randomness, hashing. */
import { hash, randomBytes } from 'node:crypto'

import { instantAt } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'

export const systemClock: Clock = {
  now: () => instantAt(performance.now()),
  after(delay, task) {
    const timer = setTimeout(task, delay)
    return () => clearTimeout(timer)
  },
}

/** 48 random bits: every value a double can hold evenly in [0, 1). */
export const systemRandom: Random = { next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48 }

export function sha256(text: string): string {
  return hash('sha256', text)
}
