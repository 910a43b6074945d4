/* Every metric of this plugin. `peer` is `address:port`, IPv6 addresses in brackets, or `interface:port`. */
import type { Counter, Gauge, Histogram, MetricScope, MetricSpec } from '#core/ports.ts'

export const metricSpecs = {
  sessionUp: {
    name: 'metallb_bgp_session_up',
    help: '1 while the session is established.',
    labels: ['peer'],
  },
  updatesSent: { name: 'metallb_bgp_updates_total', help: 'UPDATE messages sent.', labels: ['peer'] },
  announced: {
    name: 'metallb_bgp_announced_prefixes_total',
    help: 'Prefixes announced on the session.',
    labels: ['peer'],
  },
  pending: {
    name: 'metallb_bgp_pending_prefixes_total',
    help: 'Prefixes that should be on the session.',
    labels: ['peer'],
  },
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
  apply: {
    name: 'herald_frr_apply_seconds',
    help: 'Time FRR took to accept a change of its configuration.',
    labels: ['daemon'],
  },
} as const satisfies Record<string, MetricSpec>

const gauges = ['sessionUp', 'announced', 'pending', 'bfdUp', 'reachable'] as const

type GaugeName = (typeof gauges)[number]
type CounterName = Exclude<keyof typeof metricSpecs, GaugeName | 'apply'>

export type FrrMetrics = { readonly [K in CounterName]: Counter } & { readonly [K in GaugeName]: Gauge } & {
  readonly apply: Histogram
}

export function frrMetrics(scope: MetricScope): FrrMetrics {
  const made = Object.entries(metricSpecs).map(([key, spec]) => {
    if (key === 'apply') return [key, scope.histogram(spec)]
    const isGauge = (gauges as readonly string[]).includes(key)
    return [key, isGauge ? scope.gauge(spec) : scope.counter(spec)]
  })
  return Object.fromEntries(made) as FrrMetrics
}
