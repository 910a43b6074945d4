/* What the dashboards show: panels and their queries. render.ts makes Grafana's JSON of it. */

export type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'bool_yes_no'

export interface Panel {
  readonly title: string
  /** What the panel tells, for its tooltip. */
  readonly description: string
  readonly kind: 'stat' | 'timeseries' | 'table'
  readonly unit: Unit
  readonly queries: readonly Query[]
}

export interface Query {
  /** PromQL; `$job` is the dashboard's variable. */
  readonly expression: string
  /** In Grafana's form: `{{node}}`. */
  readonly legend: string
}

export interface Dashboard {
  /** File name and Grafana's identity of it. */
  readonly uid: string
  readonly title: string
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[]
}

const one = (expression: string, legend = ''): readonly Query[] => [{ expression, legend }]

function stat(title: string, description: string, expression: string, unit: Unit = 'short'): Panel {
  return { title, description, kind: 'stat', unit, queries: one(expression) }
}

function graph(title: string, description: string, unit: Unit, ...queries: readonly Query[]): Panel {
  return { title, description, kind: 'timeseries', unit, queries }
}

/**
 * Median and 99th percentile of a histogram, by one label where there is one. What is rare is taken over all that the
 * dashboard shows: over a moment there would be nothing to see.
 */
function quantiles(name: string, by?: string, window = '$__rate_interval'): readonly Query[] {
  const labels = by === undefined ? 'le' : `le, ${by}`
  const suffix = by === undefined ? '' : ` {{${by}}}`
  return [0.5, 0.99].map((quantile) => ({
    expression: `histogram_quantile(${quantile}, sum by (${labels}) (rate(${name}_bucket{job=~"$job"}[${window}])))`,
    legend: `p${quantile * 100}${suffix}`,
  }))
}

function rate(name: string, by: string, legend = `{{${by}}}`): Query {
  return { expression: `sum by (${by}) (rate(${name}{job=~"$job"}[$__rate_interval]))`, legend }
}

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
        graph('Addresses by owner', 'Addresses that one node must answer for, by node.', 'short', {
          expression: 'max by (node) (herald_owned_addresses{job=~"$job"})',
          legend: '{{node}}',
        }),
        graph('Services by reason', 'Why they have an address, or have none.', 'short', {
          expression: 'max by (reason) (herald_services{job=~"$job"})',
          legend: '{{reason}}',
        }),
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
          {
            expression: 'max by (ip) (herald_duplicate_address{job=~"$job"})',
            legend: '{{ip}}',
          },
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
        graph('Epochs', 'Counter of the right to answer: it grows with each move.', 'short', {
          expression: 'max by (ip) (herald_address_epoch{job=~"$job"})',
          legend: '{{ip}}',
        }),
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
