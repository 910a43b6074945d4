/* The one place that makes a Prometheus registry. */
import { collectDefaultMetrics, Registry } from 'prom-client'

import { metric } from './catalogue.ts'
import { observeEventLoopDelay } from './event-loop-delay.ts'
import { scopeOver, type HostScope } from './scope.ts'

export interface Metrics {
  readonly scope: HostScope
  /** Everything registered, in the text format of `contentType`. */
  render(): Promise<string>
  readonly contentType: string
}

/** Gauges whose names end in `_total`, which promtool refuses; they say nothing about what Herald does. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)
  const scope = scopeOver(registry)
  observeEventLoopDelay(scope.histogram(metric('herald_event_loop_delay_seconds')))
  return {
    scope,
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
