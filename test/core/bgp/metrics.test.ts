import { expect, it } from 'vitest'

import { instruments, sessionGauges, sessionMetricSpecs } from '#core/bgp/metrics.ts'
import { FakeMetrics } from '#core/fakes/fake-host.ts'

it('makes gauges of the specifications that are named as such, and counters of the rest', () => {
  const scope = new FakeMetrics()
  const made = instruments(scope, sessionMetricSpecs, sessionGauges)
  const labels = { peer: '192.0.2.1:179' }
  for (const value of [7, 5]) made.announced.set(labels, value)
  for (const by of [7, 5]) made.updatesSent.add(labels, by)
  expect(scope.value('metallb_bgp_announced_prefixes_total', labels)).toBe(5)
  expect(scope.value('metallb_bgp_updates_total', labels)).toBe(12)
})
