import type { Random } from '../ports.ts'

/** Repeats the given numbers for ever; 0.5 by default, the middle of every jitter. */
export function fakeRandom(...numbers: readonly number[]): Random {
  let calls = 0
  return { next: () => numbers[calls++ % numbers.length] ?? 0.5 }
}
