/* Every metric of this plugin. `peer` is `address:port`, IPv6 addresses in brackets. */
import { instruments, sessionGauges, sessionMetricSpecs, type Instruments } from '#core/bgp/metrics.ts'
import type { MetricScope, MetricSpec } from '#core/ports.ts'

export const metricSpecs = {
  ...sessionMetricSpecs,
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

const gauges = [...sessionGauges, 'connected'] as const

export type GoBgpMetrics = Instruments<typeof metricSpecs, (typeof gauges)[number]>

export function goBgpMetrics(scope: MetricScope): GoBgpMetrics {
  return instruments(scope, metricSpecs, gauges)
}
