/* What the dashboards show: panels and their queries. render.ts makes Grafana's JSON of it. */

import { graph, greatest, one, quantiles, rate, stat, type Dashboard } from './panels.ts'

const overview: Dashboard = {
  uid: 'herald-overview',
  title: 'Herald / Overview',
  rows: [
    {
      title: 'Now',
      panels: [
        stat('Nodes ready', 'Processes that take part.', 'sum(herald_ready{job=~"$job"})'),
        stat(
          'Services announced',
          'Services with an address that some node announces.',
          'count(count by (service) (metallb_speaker_announced{job=~"$job"} == 1))',
        ),
        stat(
          'Addresses in use',
          'Distinct addresses, all pools.',
          'sum(max by (pool) (metallb_allocator_addresses_in_use_total{job=~"$job"}))',
        ),
        stat(
          'Nodes not heard',
          'By the node that hears the fewest.',
          'max(herald_members{job=~"$job",state="dead"})',
        ),
        stat('Problems', 'Faults of the configuration in force.', 'max(herald_problems{job=~"$job"})'),
        stat(
          'Stale configuration',
          'Processes that run on an older configuration.',
          'sum(metallb_k8s_client_config_stale_bool{job=~"$job"})',
        ),
      ],
    },
    {
      title: 'How fast',
      panels: [
        graph(
          'Change to network',
          'From noticing a change to the announcer telling the network.',
          's',
          ...quantiles('herald_announce_seconds', 'announcer'),
        ),
        graph('Decisions', 'Time to decide on a change.', 's', ...quantiles('herald_decide_seconds')),
        graph(
          'Event loop',
          'How late the main thread runs what is due; answers on the wire do not wait for it.',
          's',
          ...quantiles('herald_event_loop_delay_seconds', 'instance'),
        ),
      ],
    },
    {
      title: 'Who announces',
      panels: [
        graph(
          'Addresses by owner',
          'Addresses that one node must answer for, by node.',
          'short',
          greatest('herald_owned_addresses', 'node'),
        ),
        graph(
          'Services',
          'By the reason for their address, or for none.',
          'short',
          greatest('herald_services', 'reason'),
        ),
        graph('Announcements by node', 'Addresses that each node announces.', 'short', {
          expression: 'sum by (node, protocol) (metallb_speaker_announced{job=~"$job"})',
          legend: '{{node}} {{protocol}}',
        }),
        {
          title: 'Announced',
          description: 'Each Service, its address, and the nodes that announce it.',
          kind: 'table',
          unit: 'short',
          queries: one('metallb_speaker_announced{job=~"$job"} == 1'),
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        graph('Memory', 'Resident.', 'bytes', {
          expression: 'process_resident_memory_bytes{job=~"$job"}',
          legend: '{{instance}}',
        }),
        graph('CPU', 'Share of one core.', 'percentunit', rate('process_cpu_seconds_total', 'instance')),
        graph(
          'Input',
          'Changes of the configuration and the Services.',
          'reqps',
          rate('metallb_k8s_client_updates_total', 'instance'),
        ),
      ],
    },
  ],
}

const pools: Dashboard = {
  uid: 'herald-pools',
  title: 'Herald / Pools',
  rows: [
    {
      title: 'Pools',
      panels: [
        graph('Use', 'Share of each pool that is in use.', 'percentunit', {
          expression:
            'max by (pool) (metallb_allocator_addresses_in_use_total{job=~"$job"} / metallb_allocator_addresses_total{job=~"$job"})',
          legend: '{{pool}}',
        }),
        graph(
          'Addresses in use',
          'Distinct addresses, by family.',
          'short',
          {
            expression: 'max by (pool) (metallb_allocator_ipv4_addresses_in_use_total{job=~"$job"})',
            legend: '{{pool}} IPv4',
          },
          {
            expression: 'max by (pool) (metallb_allocator_ipv6_addresses_in_use_total{job=~"$job"})',
            legend: '{{pool}} IPv6',
          },
        ),
        graph(
          'Size',
          'Addresses of each pool, by family.',
          'short',
          {
            expression: 'max by (pool) (metallb_allocator_ipv4_addresses_total{job=~"$job"})',
            legend: '{{pool}} IPv4',
          },
          {
            expression: 'max by (pool) (metallb_allocator_ipv6_addresses_total{job=~"$job"})',
            legend: '{{pool}} IPv6',
          },
        ),
        graph(
          'Writing addresses down',
          'Until they are durable.',
          's',
          ...quantiles('herald_allocator_write_seconds'),
        ),
      ],
    },
  ],
}

const layer2: Dashboard = {
  uid: 'herald-l2',
  title: 'Herald / L2 and failover',
  rows: [
    {
      title: 'The wire',
      panels: [
        graph(
          'Questions',
          'ARP and NDP requests for our addresses.',
          'reqps',
          rate('metallb_layer2_requests_received', 'ip'),
        ),
        graph(
          'Answers',
          'ARP replies and neighbour advertisements.',
          'reqps',
          rate('metallb_layer2_responses_sent', 'ip'),
        ),
        graph('Unasked', 'Gratuitous messages.', 'reqps', rate('metallb_layer2_gratuitous_sent', 'ip')),
        graph('Second answerers', 'Times that somebody else claimed an address of ours.', 'short', {
          expression: 'sum by (ip, instance) (herald_l2_conflicts_total{job=~"$job"})',
          legend: '{{ip}} seen by {{instance}}',
        }),
        graph(
          'Addresses with a second answerer',
          '1 for each of ours that a stranger was seen to answer for.',
          'short',
          greatest('herald_duplicate_address', 'ip'),
        ),
      ],
    },
    {
      title: 'Failover',
      panels: [
        graph(
          'Takeover',
          'From the last sign of life of a lost node to the answer of another.',
          's',
          ...quantiles('herald_failover_seconds', undefined, '$__range'),
        ),
        graph(
          'Epochs',
          'Counter of the right to answer: it grows with each move.',
          'short',
          greatest('herald_address_epoch', 'ip'),
        ),
        graph(
          'Own heartbeats late',
          'At worst within each second.',
          's',
          ...quantiles('herald_heartbeat_lateness_seconds', 'instance'),
        ),
        graph('Members', 'Nodes heard and not heard, by the node that listens.', 'short', {
          expression: 'sum by (instance, state) (herald_members{job=~"$job"})',
          legend: '{{instance}} {{state}}',
        }),
        graph(
          'Heartbeats',
          'Sent and believed.',
          'reqps',
          rate('herald_heartbeats_sent_total', 'instance', '{{instance}} sent'),
          rate('herald_heartbeats_received_total', 'instance', '{{instance}} believed'),
        ),
        graph('Pauses', 'Times that a process stood still too long to trust itself.', 'short', {
          expression: 'sum by (instance) (herald_pauses_total{job=~"$job"})',
          legend: '{{instance}}',
        }),
      ],
    },
  ],
}

const bgp: Dashboard = {
  uid: 'herald-bgp',
  title: 'Herald / BGP and BFD',
  rows: [
    {
      title: 'Sessions',
      panels: [
        graph('Sessions', '1 while established.', 'bool_yes_no', {
          expression: 'metallb_bgp_session_up{job=~"$job"}',
          legend: '{{instance}} → {{peer}}',
        }),
        graph(
          'Prefixes',
          'On the session, and those that should be.',
          'short',
          {
            expression: 'metallb_bgp_announced_prefixes_total{job=~"$job"}',
            legend: '{{instance}} → {{peer}}',
          },
          {
            expression: 'metallb_bgp_pending_prefixes_total{job=~"$job"}',
            legend: '{{instance}} → {{peer}} wanted',
          },
        ),
        graph('UPDATEs sent', 'Messages.', 'reqps', rate('metallb_bgp_updates_total', 'peer')),
        graph('Sessions lost', 'Since the process started.', 'short', {
          expression: 'sum by (instance, peer) (herald_bgp_sessions_lost_total{job=~"$job"})',
          legend: '{{instance}} → {{peer}}',
        }),
      ],
    },
    {
      title: 'BFD',
      panels: [
        graph('BFD sessions', '1 while up.', 'bool_yes_no', {
          expression: 'metallb_bfd_session_up{job=~"$job"}',
          legend: '{{instance}} → {{peer}}',
        }),
        graph(
          'Control packets',
          'Sent and received.',
          'reqps',
          rate('metallb_bfd_control_packet_output', 'peer', '{{peer}} out'),
          rate('metallb_bfd_control_packet_input', 'peer', '{{peer}} in'),
        ),
        graph('Went down', 'Since the process started.', 'short', {
          expression: 'sum by (instance, peer) (metallb_bfd_session_down_events{job=~"$job"})',
          legend: '{{instance}} → {{peer}}',
        }),
      ],
    },
  ],
}

export const dashboards: readonly Dashboard[] = [overview, pools, layer2, bgp]
