declare const duration: unique symbol
declare const instant: unique symbol

/** A span of time in milliseconds; a bare number does not type-check. */
export type Duration = number & { readonly [duration]: true }

/** A point on one process's monotonic clock, in milliseconds. */
export type Instant = number & { readonly [instant]: true }

export const milliseconds = (n: number): Duration => n as Duration
export const seconds = (n: number): Duration => (n * 1000) as Duration

export const instantAt = (ms: number): Instant => ms as Instant
export const later = (from: Instant, by: Duration): Instant => (from + by) as Instant
export const since = (from: Instant, to: Instant): Duration => (to - from) as Duration
