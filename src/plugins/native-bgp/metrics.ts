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

const gauges = ['sessionUp', 'announced', 'pending', 'listening'] as const

type GaugeName = (typeof gauges)[number]
type CounterName = Exclude<keyof typeof metricSpecs, GaugeName>

export type BgpMetrics = { readonly [K in CounterName]: Counter } & { readonly [K in GaugeName]: Gauge }

export function bgpMetrics(scope: MetricScope): BgpMetrics {
  const made = Object.entries(metricSpecs).map(([key, spec]) => {
    const isGauge = (gauges as readonly string[]).includes(key)
    return [key, isGauge ? scope.gauge(spec) : scope.counter(spec)]
  })
  return Object.fromEntries(made) as BgpMetrics
}

type BfdCounterName = Exclude<keyof typeof bfdMetricSpecs, 'sessionUp'>

export type BfdMetrics = { readonly [K in BfdCounterName]: Counter } & { readonly sessionUp: Gauge }

export function bfdMetrics(scope: MetricScope): BfdMetrics {
  const { sessionUp, ...counters } = bfdMetricSpecs
  const made = Object.entries(counters).map(([key, spec]) => [key, scope.counter(spec)])
  return { ...(Object.fromEntries(made) as Omit<BfdMetrics, 'sessionUp'>), sessionUp: scope.gauge(sessionUp) }
}
