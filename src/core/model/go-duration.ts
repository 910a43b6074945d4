import { milliseconds, type Duration } from './duration.ts'

const unitsInMilliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const text = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/
const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g

/** The duration text of Kubernetes objects (`1m30s`, `1.5h`, `0`), which is Go's. */
export function parseGoDuration(input: string): Duration | undefined {
  if (input === '0') return milliseconds(0)
  if (!text.test(input)) return undefined
  let total = 0
  for (const [, number = '', unit = ''] of input.matchAll(part)) {
    total += Number(number) * (unitsInMilliseconds[unit] ?? 0)
  }
  return milliseconds(input.startsWith('-') ? -total : total)
}
