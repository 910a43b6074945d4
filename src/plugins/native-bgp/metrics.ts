/* Every metric of this plugin. `peer` is `address:port`, IPv6 addresses in brackets. */
import { instruments, sessionGauges, sessionMetricSpecs, type Instruments } from '#core/bgp/metrics.ts'
import type { Counter, MetricScope, MetricSpec } from '#core/ports.ts'

export const metricSpecs = {
  ...sessionMetricSpecs,
  sessionsLost: {
    name: 'herald_bgp_sessions_lost_total',
    help: 'Sessions that left the established state.',
    labels: ['peer'],
  },
  attemptsFailed: {
    name: 'herald_bgp_attempts_failed_total',
    help: 'Attempts that led to no session.',
    labels: ['peer'],
  },
  notificationsSent: {
    name: 'herald_bgp_notifications_sent_total',
    help: 'NOTIFICATION messages sent.',
    labels: ['peer'],
  },
  notificationsReceived: {
    name: 'herald_bgp_notifications_received_total',
    help: 'NOTIFICATION messages received.',
    labels: ['peer'],
  },
  updatesReceived: {
    name: 'herald_bgp_updates_received_total',
    help: 'UPDATE messages received; their routes are not kept.',
    labels: ['peer'],
  },
  updatesFaulty: {
    name: 'herald_bgp_updates_faulty_total',
    help: 'UPDATE messages received with a fault in them (RFC 7606).',
    labels: ['peer'],
  },
  listening: {
    name: 'herald_bgp_listening',
    help: '1 while connections of peers are accepted.',
    labels: [],
  },
} as const satisfies Record<string, MetricSpec>

/** `peer` of these is the address alone: BFD knows no port. */
export const bfdMetricSpecs = {
  sessionUp: { name: 'metallb_bfd_session_up', help: '1 while the BFD session is up.', labels: ['peer'] },
  sent: { name: 'metallb_bfd_control_packet_output', help: 'BFD control packets sent.', labels: ['peer'] },
  received: {
    name: 'metallb_bfd_control_packet_input',
    help: 'BFD control packets received.',
    labels: ['peer'],
  },
  echoSent: { name: 'metallb_bfd_echo_packet_output', help: 'BFD echo packets sent.', labels: ['peer'] },
  echoReceived: {
    name: 'metallb_bfd_echo_packet_input',
    help: 'BFD echo packets that came back.',
    labels: ['peer'],
  },
  wentUp: {
    name: 'metallb_bfd_session_up_events',
    help: 'Times the BFD session came up.',
    labels: ['peer'],
  },
  wentDown: {
    name: 'metallb_bfd_session_down_events',
    help: 'Times the BFD session went down.',
    labels: ['peer'],
  },
} as const satisfies Record<string, MetricSpec>

const gauges = [...sessionGauges, 'listening'] as const

export type BgpMetrics = Instruments<typeof metricSpecs, (typeof gauges)[number]>

export function bgpMetrics(scope: MetricScope): BgpMetrics {
  return instruments(scope, metricSpecs, gauges)
}

export type BfdMetrics = Instruments<typeof bfdMetricSpecs, 'sessionUp'>

export function bfdMetrics(scope: MetricScope): BfdMetrics {
  return instruments(scope, bfdMetricSpecs, ['sessionUp'])
}

export function perPeerCounters(metrics: BgpMetrics): readonly Counter[] {
  const { sessionsLost, attemptsFailed, notificationsSent, notificationsReceived } = metrics
  const { updatesSent, updatesReceived, updatesFaulty } = metrics
  return [
    sessionsLost,
    attemptsFailed,
    notificationsSent,
    notificationsReceived,
    updatesSent,
    updatesReceived,
    updatesFaulty,
  ]
}

export function bfdCounters(metrics: BfdMetrics): readonly Counter[] {
  const { sent, received, echoSent, echoReceived, wentUp, wentDown } = metrics
  return [sent, received, echoSent, echoReceived, wentUp, wentDown]
}
