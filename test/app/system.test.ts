import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { systemClock } from '#app/system.ts'
import { milliseconds } from '#core/model/duration.ts'

const day = 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('waits for a month as it does for a second', () => {
  let rung = 0
  systemClock.after(milliseconds(60 * day), () => void rung++)
  vi.advanceTimersByTime(60 * day - 1)
  expect(rung).toBe(0)
  vi.advanceTimersByTime(1)
  expect(rung).toBe(1)
})

it('forgets a wait that is cancelled in its second month', () => {
  let rung = 0
  const cancel = systemClock.after(milliseconds(60 * day), () => void rung++)
  vi.advanceTimersByTime(40 * day)
  cancel()
  vi.advanceTimersByTime(40 * day)
  expect(rung).toBe(0)
})

it('does not wait for a timer where there is nothing to wait for', async () => {
  vi.useRealTimers()
  const order: string[] = []
  systemClock.after(milliseconds(0), () => order.push('done'))
  systemClock.after(milliseconds(0), () => order.push('cancelled'))()
  await new Promise((resolve) => setImmediate(resolve))
  expect(order).toEqual(['done'])
})
