import { expect, it, vi } from 'vitest'

import { createMetrics } from '#metrics/registry.ts'

/** Sum and count of the histogram, as a scrape has them. */
async function delays(metrics: ReturnType<typeof createMetrics>): Promise<{ sum: number; count: number }> {
  const text = await metrics.render()
  const of = (what: string): number =>
    Number(new RegExp(`^herald_event_loop_delay_seconds_${what} (\\S+)$`, 'm').exec(text)?.[1])
  return { sum: of('sum'), count: of('count') }
}

it('measures how late the main thread is', async () => {
  const metrics = createMetrics()
  const blockedUntil = performance.now() + 600
  while (performance.now() < blockedUntil);
  await vi.waitFor(async () => expect((await delays(metrics)).count).toBeGreaterThan(0), { timeout: 10_000 })
  expect((await delays(metrics)).sum).toBeGreaterThan(0.3)
})
