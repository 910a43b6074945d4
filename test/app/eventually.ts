import { vi } from 'vitest'

/** Waits for a condition, however busy the machine is; the bound is there for what never happens. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 10 })
}
