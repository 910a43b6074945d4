/* Every metric of this plugin. `peer` is `address:port`, IPv6 addresses in brackets. */
import type { Counter, Gauge, MetricScope, MetricSpec } from '#core/ports.ts'

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
    name: 'herald_gobgp_sessions_lost_total',
    help: 'Sessions that left the established state.',
    labels: ['peer'],
  },
  notificationsSent: {
    name: 'herald_gobgp_notifications_sent_total',
    help: 'NOTIFICATION messages sent by gobgpd.',
    labels: ['peer'],
  },
  notificationsReceived: {
    name: 'herald_gobgp_notifications_received_total',
    help: 'NOTIFICATION messages received by gobgpd.',
    labels: ['peer'],
  },
  connected: { name: 'herald_gobgp_connected', help: '1 while gobgpd answers.', labels: [] },
  connectionsLost: {
    name: 'herald_gobgp_connections_lost_total',
    help: 'Connections to gobgpd that broke.',
    labels: [],
  },
  resyncs: {
    name: 'herald_gobgp_resyncs_total',
    help: 'Times that everything in gobgpd was read and compared.',
    labels: [],
  },
  syncsFailed: {
    name: 'herald_gobgp_syncs_failed_total',
    help: 'Times that gobgpd did not take what it was told.',
    labels: [],
  },
} as const satisfies Record<string, MetricSpec>

/** Those with a series per peer. */
export const perPeer = [
  'sessionUp',
  'updatesSent',
  'announced',
  'pending',
  'sessionsLost',
  'notificationsSent',
  'notificationsReceived',
] as const

const gauges = ['sessionUp', 'announced', 'pending', 'connected'] as const

type GaugeName = (typeof gauges)[number]
type CounterName = Exclude<keyof typeof metricSpecs, GaugeName>

export type GoBgpMetrics = { readonly [K in CounterName]: Counter } & { readonly [K in GaugeName]: Gauge }

export function goBgpMetrics(scope: MetricScope): GoBgpMetrics {
  const made = Object.entries(metricSpecs).map(([key, spec]) => {
    const isGauge = (gauges as readonly string[]).includes(key)
    return [key, isGauge ? scope.gauge(spec) : scope.counter(spec)]
  })
  return Object.fromEntries(made) as GoBgpMetrics
}
