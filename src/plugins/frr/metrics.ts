/*
 * Every metric of this plugin. `peer` is `address:port`, IPv6 addresses in brackets, or `interface:port`; `vrf` is
 * `default` for the VRF without a name, as MetalLB has it with FRR.
 */
import { instruments, sessionGauges, sessionMetricSpecs, type Instruments } from '#core/bgp/metrics.ts'
import type { Histogram, MetricScope, MetricSpec } from '#core/ports.ts'

const { sessionUp, updatesSent, announced, pending } = sessionMetricSpecs

/** Those of every backend, in a VRF. */
const sessionSpecs = {
  sessionUp: ofSession(sessionUp.name, sessionUp.help),
  updatesSent: ofSession(updatesSent.name, updatesSent.help),
  announced: ofSession(announced.name, announced.help),
  pending: ofSession(pending.name, pending.help),
} as const satisfies Record<string, MetricSpec>

/** MetalLB's counters of messages, by the names of `MessageCounts`. */
const messageSpecs = {
  opensSent: ofSession('metallb_bgp_opens_sent', 'OPEN messages sent.'),
  opensReceived: ofSession('metallb_bgp_opens_received', 'OPEN messages received.'),
  notificationsSent: ofSession('metallb_bgp_notifications_sent', 'NOTIFICATION messages sent.'),
  updatesReceived: ofSession('metallb_bgp_updates_total_received', 'UPDATE messages received.'),
  keepalivesSent: ofSession('metallb_bgp_keepalives_sent', 'KEEPALIVE messages sent.'),
  keepalivesReceived: ofSession('metallb_bgp_keepalives_received', 'KEEPALIVE messages received.'),
  routeRefreshSent: ofSession('metallb_bgp_route_refresh_sent', 'ROUTE-REFRESH messages sent.'),
  totalSent: ofSession('metallb_bgp_total_sent', 'BGP messages sent.'),
  totalReceived: ofSession('metallb_bgp_total_received', 'BGP messages received.'),
} as const satisfies Record<string, MetricSpec>

/** Likewise of BFD, by the names of `BfdCounts`. */
const bfdSpecs = {
  bfdControlIn: ofSession('metallb_bfd_control_packet_input', 'BFD control packets received.'),
  bfdControlOut: ofSession('metallb_bfd_control_packet_output', 'BFD control packets sent.'),
  bfdEchoIn: ofSession('metallb_bfd_echo_packet_input', 'BFD echo packets that came back.'),
  bfdEchoOut: ofSession('metallb_bfd_echo_packet_output', 'BFD echo packets sent.'),
  bfdUps: ofSession('metallb_bfd_session_up_events', 'Times the BFD session came up.'),
  bfdDowns: ofSession('metallb_bfd_session_down_events', 'Times the BFD session went down.'),
  bfdZebra: ofSession('metallb_bfd_zebra_notifications', 'Notifications of zebra to bfdd about the session.'),
} as const satisfies Record<string, MetricSpec>

export const metricSpecs = {
  ...sessionSpecs,
  ...messageSpecs,
  ...bfdSpecs,
  sessionsLost: {
    name: 'herald_bgp_sessions_lost_total',
    help: 'Sessions that left the established state.',
    labels: ['peer'],
  },
  bfdUp: ofSession('metallb_bfd_session_up', '1 while the BFD session is up.'),
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

/** Those with a series for each session, of both labels. */
export const perSession = keysOf({ ...sessionSpecs, ...messageSpecs })

/** Those with a series for each session of BFD; `peer` is its address. */
export const perBfdSession = keysOf({ ...bfdSpecs, bfdUp: metricSpecs.bfdUp })

const gauges = [...sessionGauges, 'bfdUp', 'reachable'] as const

export interface FrrMetrics extends Instruments<typeof metricSpecs, (typeof gauges)[number]> {
  readonly apply: Histogram
}

export function frrMetrics(scope: MetricScope): FrrMetrics {
  return { ...instruments(scope, metricSpecs, gauges), apply: scope.histogram(applySpec) }
}

function ofSession<const Name extends string>(name: Name, help: string) {
  return { name, help, labels: ['peer', 'vrf'] } as const
}

function keysOf<Specs extends object>(specs: Specs): readonly (keyof Specs)[] {
  return Object.keys(specs) as (keyof Specs)[]
}
