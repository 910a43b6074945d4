/* The metrics that every BGP backend has. `peer` is `address:port`, IPv6 addresses in brackets. */
import type { Counter, Gauge, Labels, MetricScope, MetricSpec } from '../ports.ts'

export const sessionMetricSpecs = {
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
} as const satisfies Record<string, MetricSpec>

export const sessionGauges = ['sessionUp', 'announced', 'pending'] as const

/** Those named as gauges, and counters for the rest. */
export type Instruments<Specs, GaugeName extends keyof Specs> = {
  readonly [K in Exclude<keyof Specs, GaugeName>]: Counter
} & { readonly [K in GaugeName]: Gauge }

export function instruments<Specs extends Record<string, MetricSpec>, GaugeName extends keyof Specs>(
  scope: MetricScope,
  specs: Specs,
  gauges: readonly GaugeName[],
): Instruments<Specs, GaugeName> {
  const isGauge = new Set<PropertyKey>(gauges)
  const made = Object.entries(specs).map(([key, spec]) => [
    key,
    isGauge.has(key) ? scope.gauge(spec) : scope.counter(spec),
  ])
  return Object.fromEntries(made) as Instruments<Specs, GaugeName>
}

/** Only a series that was there before shows its first event as an increase. */
export function startAtZero(counters: readonly Counter[], labels: Labels): void {
  for (const counter of counters) counter.add(labels, 0)
}
