/*
 * Every metric Herald exports: the closed list. A plugin that is built in registers only what stands here; anybody
 * else's metrics begin with `herald_plugin_`. Names, types and labels of `metallb_*` are MetalLB's own, so that
 * existing dashboards and alerts keep working; some of them break the naming rules of Prometheus for that reason.
 */
import type { MetricSpec } from '#core/ports.ts'

export type MetricType = 'counter' | 'gauge' | 'histogram'

export interface CatalogueEntry extends MetricSpec {
  readonly type: MetricType
  /** Labels that only some of those have who register it. */
  readonly optional?: readonly string[]
}

type Row = Omit<CatalogueEntry, 'name'>

/** From a millisecond to ten seconds: what lies between a change and the network knowing of it. */
const reactionSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const rows = {
  metallb_k8s_client_config_loaded_bool: gauge('1 once a configuration was accepted.'),
  metallb_k8s_client_config_stale_bool: gauge('1 while the newest configuration is not in use.'),
  metallb_k8s_client_updates_total: counter('Changes of the input that were handled.'),
  metallb_k8s_client_update_errors_total: counter('Changes of the input with a fault in them.'),

  metallb_allocator_addresses_total: gauge('Addresses in the pool.', 'pool'),
  metallb_allocator_ipv4_addresses_total: gauge('IPv4 addresses in the pool.', 'pool'),
  metallb_allocator_ipv6_addresses_total: gauge('IPv6 addresses in the pool.', 'pool'),
  metallb_allocator_addresses_in_use_total: gauge('Distinct addresses in use.', 'pool'),
  metallb_allocator_ipv4_addresses_in_use_total: gauge('Distinct IPv4 addresses in use.', 'pool'),
  metallb_allocator_ipv6_addresses_in_use_total: gauge('Distinct IPv6 addresses in use.', 'pool'),

  herald_quarantined_addresses: gauge(
    'Addresses that nobody is given for a while, because somebody else answered for them: herald status says who.',
    'pool',
  ),
  herald_candidates_total: counter(
    'Addresses that were asked about before they were handed out: free, taken, unasked.',
    'found',
  ),

  metallb_speaker_announced: gauge(
    '1 while this node announces the address for the Service.',
    'service',
    'protocol',
    'node',
    'ip',
  ),

  metallb_layer2_requests_received: counter('ARP and NDP requests for an address of ours.', 'ip'),
  metallb_layer2_responses_sent: counter('Answers to ARP and NDP requests.', 'ip'),
  metallb_layer2_gratuitous_sent: counter('Unasked ARP and NDP messages.', 'ip'),

  metallb_bgp_session_up: withVrf(gauge('1 while the session is established.', 'peer')),
  metallb_bgp_updates_total: withVrf(counter('UPDATE messages sent.', 'peer')),
  metallb_bgp_announced_prefixes_total: withVrf(gauge('Prefixes announced on the session.', 'peer')),
  metallb_bgp_pending_prefixes_total: withVrf(gauge('Prefixes that should be on the session.', 'peer')),
  metallb_bgp_opens_sent: counter('OPEN messages sent.', 'peer', 'vrf'),
  metallb_bgp_opens_received: counter('OPEN messages received.', 'peer', 'vrf'),
  metallb_bgp_notifications_sent: counter('NOTIFICATION messages sent.', 'peer', 'vrf'),
  metallb_bgp_updates_total_received: counter('UPDATE messages received.', 'peer', 'vrf'),
  metallb_bgp_keepalives_sent: counter('KEEPALIVE messages sent.', 'peer', 'vrf'),
  metallb_bgp_keepalives_received: counter('KEEPALIVE messages received.', 'peer', 'vrf'),
  metallb_bgp_route_refresh_sent: counter('ROUTE-REFRESH messages sent.', 'peer', 'vrf'),
  metallb_bgp_total_sent: counter('BGP messages sent.', 'peer', 'vrf'),
  metallb_bgp_total_received: counter('BGP messages received.', 'peer', 'vrf'),
  herald_bgp_listening: gauge('1 while connections of peers are accepted.'),
  herald_bgp_sessions_lost_total: counter('Sessions that left the established state.', 'peer'),
  herald_bgp_attempts_failed_total: counter('Attempts that led to no session.', 'peer'),
  herald_bgp_notifications_sent_total: counter('NOTIFICATION messages sent.', 'peer'),
  herald_bgp_notifications_received_total: counter('NOTIFICATION messages received.', 'peer'),
  herald_bgp_updates_received_total: counter('UPDATE messages received; their routes are not kept.', 'peer'),
  herald_bgp_updates_faulty_total: counter(
    'UPDATE messages received with a fault in them (RFC 7606).',
    'peer',
  ),

  metallb_bfd_session_up: withVrf(gauge('1 while the BFD session is up.', 'peer')),
  metallb_bfd_control_packet_output: withVrf(counter('BFD control packets sent.', 'peer')),
  metallb_bfd_control_packet_input: withVrf(counter('BFD control packets received.', 'peer')),
  metallb_bfd_echo_packet_output: withVrf(counter('BFD echo packets sent.', 'peer')),
  metallb_bfd_echo_packet_input: withVrf(counter('BFD echo packets that came back.', 'peer')),
  metallb_bfd_session_up_events: withVrf(counter('Times the BFD session came up.', 'peer')),
  metallb_bfd_session_down_events: withVrf(counter('Times the BFD session went down.', 'peer')),
  metallb_bfd_zebra_notifications: counter(
    'Notifications of zebra to bfdd about the session.',
    'peer',
    'vrf',
  ),

  herald_frr_up: gauge('1 while the FRR daemon answers.', 'daemon'),
  herald_frr_commands_total: counter('Configuration commands given to FRR.', 'daemon'),
  herald_frr_commands_refused_total: counter(
    'Configuration commands that FRR answered with an error.',
    'daemon',
  ),
  herald_frr_apply_seconds: histogram(
    'Time FRR took to accept a change of its configuration.',
    reactionSeconds,
    'daemon',
  ),

  herald_gobgp_connected: gauge('1 while gobgpd answers.'),
  herald_gobgp_connections_lost_total: counter('Connections to gobgpd that broke.'),
  herald_gobgp_resyncs_total: counter('Times that everything in gobgpd was read and compared.'),
  herald_gobgp_syncs_failed_total: counter('Times that gobgpd did not take what it was told.'),
  herald_gobgp_sessions_lost_total: counter('Sessions that left the established state.', 'peer'),
  herald_gobgp_notifications_sent_total: counter('NOTIFICATION messages sent by gobgpd.', 'peer'),
  herald_gobgp_notifications_received_total: counter('NOTIFICATION messages received by gobgpd.', 'peer'),

  herald_api_requests_total: counter(
    'Requests to the Kubernetes API server, by what came of them; code 0 is no answer.',
    'verb',
    'resource',
    'code',
  ),
  herald_api_request_seconds: histogram(
    'Time from a request to the Kubernetes API server to its answer; watches are not among them.',
    reactionSeconds,
    'verb',
    'resource',
  ),
  herald_build_info: gauge('Always 1; the labels say what runs.', 'version', 'node_version'),
  herald_ready: gauge('1 while the process takes part: what /readyz answers.'),
  herald_problems: gauge('Faults of the input that are in force now.'),
  herald_allocator_term: gauge('Number of the term whose addresses are in use.'),
  herald_allocator_holder: gauge('1 while this process allocates, 0 while it follows.'),
  herald_allocator_write_seconds: histogram('Time to write the addresses down durably.', reactionSeconds),
  herald_decide_seconds: histogram('Time to decide everything anew.', reactionSeconds),
  herald_announce_seconds: histogram(
    'Time from noticing a change (cause: start, change, takeover; the opening of a gate is a change) to the announcer telling the network.',
    reactionSeconds,
    'announcer',
    'cause',
  ),
  herald_silence_seconds: histogram(
    'Time from being told to withdraw or hand over an address to the announcer having told the network.',
    reactionSeconds,
    'announcer',
  ),
  herald_failover_seconds: histogram(
    'Time from the last sign of life of a lost node to this node answering in its place, addresses that had to wait for a gate left out.',
    reactionSeconds,
  ),
  herald_event_loop_delay_seconds: histogram(
    'How late the main thread was for an appointment with itself, four times a second.',
    reactionSeconds,
  ),
  herald_moves_waiting: gauge('Addresses that this node answers for and is to hand over in their turn.'),
  herald_moves_untaken_total: counter(
    'Times an address was offered to the node elected, which did not come for it.',
  ),
  herald_data_path_gates: gauge(
    'Addresses whose data path this node tries, by what came of it: untried, open, shut.',
    'state',
  ),
  herald_data_path_attempts_total: counter(
    'Connections tried through the proxy of this node, by result: success, failure.',
    'result',
  ),
  herald_owned_addresses: gauge(
    'Addresses that one node must answer for, by the node that does, as this process decides.',
    'node',
  ),
  herald_address_epoch: gauge('Counter of the epoch in which this node may answer for the address.', 'ip'),
  herald_services: gauge('Services by the reason for which they have an address, or have none.', 'reason'),
  herald_refusals_total: counter('Times a Service came to have no address, by reason.', 'reason'),
  herald_webhook_reviews_total: counter(
    'Changes of the configuration that the webhook was asked about: allowed, warned, refused, failed.',
    'verdict',
  ),
  herald_webhook_certificate_expiry_timestamp_seconds: gauge(
    'When the certificate that the webhook serves expires, in seconds since 1970.',
  ),
  herald_duplicate_address: gauge(
    '1 while an address of ours is one that a stranger was seen to answer for.',
    'ip',
  ),
  herald_l2_fenced_requests_total: counter('Requests left unanswered because the fence is closed.', 'ip'),
  herald_l2_conflicts_total: counter('Times a stranger claimed an address of ours.', 'ip'),
  herald_l2_send_errors_total: counter('Frames the kernel refused to send.', 'interface'),

  herald_members: gauge('Nodes of the folder by state: alive or dead.', 'state'),
  herald_heartbeats_sent_total: counter('Heartbeats sent.'),
  herald_heartbeats_received_total: counter('Heartbeats believed.'),
  herald_heartbeats_refused_total: counter('Heartbeats not believed, by reason.', 'reason'),
  herald_heartbeat_lateness_seconds: histogram(
    'How late this node was for its own heartbeats, at worst within each second.',
    reactionSeconds,
  ),
  herald_outranked_total: counter(
    'Times this node fell silent for an address because another had a higher epoch.',
  ),
  herald_pauses_total: counter('Times this process found that it had stood still too long to trust itself.'),
} satisfies Record<string, Row>

export type MetricName = keyof typeof rows

/** By name, in the order of the table. */
export const catalogue: ReadonlyMap<string, CatalogueEntry> = new Map(
  Object.entries(rows).map(([name, row]) => [name, { name, ...row }]),
)

export function metric(name: MetricName): MetricSpec {
  return { name, ...rows[name] }
}

/** FRR's sessions have one, as MetalLB's with FRR have. */
function withVrf(row: Row): Row {
  return { ...row, optional: ['vrf'] }
}

function gauge(help: string, ...labels: string[]): Row {
  return { type: 'gauge', help, labels }
}

function counter(help: string, ...labels: string[]): Row {
  return { type: 'counter', help, labels }
}

function histogram(help: string, buckets: readonly number[], ...labels: string[]): Row {
  return { type: 'histogram', help, labels, buckets }
}
