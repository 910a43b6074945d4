import { milliseconds, seconds, type Duration } from '../model/duration.ts'
import type { Random } from '../ports.ts'

/** Exponential back-off with full-range jitter downwards: delay = min(cap, first × factorⁿ) × (1 − jitter × random). */
export interface RetryPolicy {
  readonly first: Duration
  readonly factor: number
  readonly cap: Duration
  /** 0 = none … 1 = anywhere between zero and the full delay. */
  readonly jitter: number
}

export const defaultRetry: RetryPolicy = {
  first: milliseconds(250),
  factor: 2,
  cap: seconds(30),
  jitter: 0.25,
}

/** Delay before try number `attempt` (0 = the first retry). */
export function retryDelay(policy: RetryPolicy, attempt: number, random: Random): Duration {
  const full = Math.min(policy.cap, policy.first * policy.factor ** Math.min(attempt, 64))
  return milliseconds(full * (1 - policy.jitter * random.next()))
}
