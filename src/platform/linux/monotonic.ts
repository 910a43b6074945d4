/** CLOCK_MONOTONIC in whole milliseconds; unlike `performance.now()` the same on every thread. */
export function monotonicMilliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + Math.floor(nanoseconds / 1e6)
}
