import { expect, it } from 'vitest'

import { requestMetrics } from '#app/kubernetes/api/request-metrics.ts'
import { FakeMetrics } from '#core/fakes/fake-host.ts'
import { milliseconds } from '#core/model/duration.ts'

it('counts requests by what came of them, and measures all but watches, which are open for as long as they may be', () => {
  const metrics = new FakeMetrics()
  const note = requestMetrics(metrics)
  note({ verb: 'patch', resource: 'services/status', status: 409, took: milliseconds(40) })
  note({ verb: 'watch', resource: 'services', status: 200, took: milliseconds(300_000) })
  const labels = { verb: 'patch', resource: 'services/status' }
  expect(metrics.value('herald_api_requests_total', { ...labels, code: '409' })).toBe(1)
  expect(metrics.value('herald_api_request_seconds', labels)).toBe(0.04)
  expect(metrics.has('herald_api_request_seconds', { verb: 'watch', resource: 'services' })).toBe(false)
})
