/** Milliseconds, in words. */
export function summary(times: readonly number[]): string {
  if (times.length === 0) return 'nothing was measured'
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0).toFixed(0)
  const tail = times.length >= 1000 ? `, p99.9 ${at(0.999)}` : ''
  return `min ${sorted[0]?.toFixed(0)}, median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}${tail}, max ${at(1)} ms`
}
