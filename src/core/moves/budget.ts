/*
 * How fast planned moves may follow each other. Each makes a router or a switch learn anew, so that no more than a
 * budget of them begin in any one minute. Time is a value: milliseconds on any clock that only goes forward.
 */

export const minute = 60_000

export interface Budget {
  /** At least 1. */
  readonly perMinute: number
}

export interface Allowance {
  /** How many moves may begin now. */
  readonly due: number
  /** When the next one may; absent while some may now. */
  readonly next?: number
}

/** `begun`: when the moves so far began, ascending; those older than a minute count no more. */
export function allowanceAt({ perMinute }: Budget, begun: readonly number[], now: number): Allowance {
  const recent = begun.filter((at) => at > now - minute)
  const due = Math.max(0, perMinute - recent.length)
  const oldest = recent[recent.length - perMinute]
  return due > 0 || oldest === undefined ? { due } : { due, next: oldest + minute }
}
