/* Requests to the API server, counted by what came of them and measured. */
import type { MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { RequestSeen } from './client.ts'

export function requestMetrics(metrics: MetricScope): (request: RequestSeen) => void {
  const requests = metrics.counter(metric('herald_api_requests_total'))
  const took = metrics.histogram(metric('herald_api_request_seconds'))
  return (request) => {
    const { verb, resource, status } = request
    requests.add({ verb, resource, code: String(status) })
    // A watch is open for as long as it may be.
    if (verb !== 'watch') took.observe({ verb, resource }, request.took / 1000)
  }
}
