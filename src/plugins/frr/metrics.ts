/* Every metric of this plugin. `peer` is `address:port`, IPv6 addresses in brackets, or `interface:port`. */
import { instruments, sessionGauges, sessionMetricSpecs, type Instruments } from '#core/bgp/metrics.ts'
import type { Histogram, MetricScope, MetricSpec } from '#core/ports.ts'

export const metricSpecs = {
  ...sessionMetricSpecs,
  sessionsLost: {
    name: 'herald_bgp_sessions_lost_total',
    help: 'Sessions that left the established state.',
    labels: ['peer'],
  },
  bfdUp: { name: 'metallb_bfd_session_up', help: '1 while the BFD session is up.', labels: ['peer'] },
  reachable: { name: 'herald_frr_up', help: '1 while the FRR daemon answers.', labels: ['daemon'] },
  commands: {
    name: 'herald_frr_commands_total',
    help: 'Configuration commands given to FRR.',
    labels: ['daemon'],
  },
  refused: {
    name: 'herald_frr_commands_refused_total',
    help: 'Configuration commands that FRR answered with an error.',
    labels: ['daemon'],
  },
} as const satisfies Record<string, MetricSpec>

/** Observed rather than counted. */
export const applySpec: MetricSpec = {
  name: 'herald_frr_apply_seconds',
  help: 'Time FRR took to accept a change of its configuration.',
  labels: ['daemon'],
}

const gauges = [...sessionGauges, 'bfdUp', 'reachable'] as const

export interface FrrMetrics extends Instruments<typeof metricSpecs, (typeof gauges)[number]> {
  readonly apply: Histogram
}

export function frrMetrics(scope: MetricScope): FrrMetrics {
  return { ...instruments(scope, metricSpecs, gauges), apply: scope.histogram(applySpec) }
}
