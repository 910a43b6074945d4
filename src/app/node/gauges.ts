/* The metrics that follow from the decisions and the view. */
import type { PoolUsage } from '#core/model/decisions.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'
import type { Counter, Labels } from '#core/ports.ts'
import { metric, type MetricName } from '#metrics/catalogue.ts'
import type { HostScope, WholeGauge } from '#metrics/scope.ts'

import { version } from '../version.ts'
import type { NodeView } from './view/node-view.ts'

export class Gauges {
  private readonly metrics: HostScope
  private readonly protocols: ReadonlyMap<string, string>
  private readonly refusals: Counter
  private refused: ReadonlyMap<string, string> = new Map()

  constructor(metrics: HostScope, announcers: readonly AnnouncerInfo[]) {
    this.metrics = metrics
    this.refusals = metrics.counter(metric('herald_refusals_total'))
    this.protocols = new Map(announcers.map((announcer) => [announcer.name, protocolOf(announcer)]))
    this.gauge('herald_build_info').set({ version, node_version: process.versions.node }, 1)
  }

  follow(view: NodeView, pools: readonly PoolUsage[], folder: { readonly stale: boolean }): void {
    this.replace('metallb_speaker_announced', this.announced(view))
    this.replace('herald_owned_addresses', ownedBy(view))
    this.replace(
      'herald_duplicate_address',
      view.conflicts.map(({ address }) => [{ ip: address }, 1]),
    )
    this.replace('herald_services', this.byReason(view))
    for (const [name, value] of poolGauges) {
      this.replace(
        name,
        pools.map((usage) => [{ pool: usage.pool }, value(usage)]),
      )
    }
    const alive = view.members.filter((member) => member.alive).length
    this.replace('herald_members', [
      [{ state: 'alive' }, alive],
      [{ state: 'dead' }, view.members.length - alive],
    ])
    this.set('metallb_k8s_client_config_loaded_bool', true)
    this.set('metallb_k8s_client_config_stale_bool', folder.stale)
    this.set('herald_ready', view.readiness.ready)
    this.set('herald_allocator_holder', view.role === 'allocating')
    this.gauge('herald_allocator_term').set({}, view.term)
    this.gauge('herald_problems').set({}, view.problems.length)
  }

  /** A Service that is refused counts once for each reason it comes to have. */
  private byReason({ services }: NodeView): (readonly [Labels, number])[] {
    const counts = new Map<string, number>()
    const refused = new Map<string, string>()
    for (const { service, reason, addresses } of services) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
      if (addresses.length > 0) continue
      refused.set(service, reason)
      if (this.refused.get(service) !== reason) this.refusals.add({ reason })
    }
    this.refused = refused
    return [...counts].map(([reason, count]) => [{ reason }, count])
  }

  private announced({ node, announcements }: NodeView): (readonly [Labels, number])[] {
    return announcements
      .filter(({ phase }) => phase === 'serving')
      .flatMap(({ announcer, services, address }) => {
        const protocol = this.protocols.get(announcer) ?? announcer
        return services.map((service) => [{ service, protocol, node, ip: address }, 1] as const)
      })
  }

  private set(name: MetricName, value: boolean): void {
    this.gauge(name).set({}, Number(value))
  }

  private replace(name: MetricName, values: readonly (readonly [Labels, number])[]): void {
    this.gauge(name).replace(values)
  }

  private gauge(name: MetricName): WholeGauge {
    return this.metrics.gauge(metric(name))
  }
}

export const poolGauges: readonly (readonly [MetricName, (usage: PoolUsage) => number])[] = [
  ['metallb_allocator_addresses_total', ({ totalIPv4, totalIPv6 }) => Number(totalIPv4 + totalIPv6)],
  ['metallb_allocator_ipv4_addresses_total', ({ totalIPv4 }) => Number(totalIPv4)],
  ['metallb_allocator_ipv6_addresses_total', ({ totalIPv6 }) => Number(totalIPv6)],
  ['metallb_allocator_addresses_in_use_total', ({ usedIPv4, usedIPv6 }) => usedIPv4 + usedIPv6],
  ['metallb_allocator_ipv4_addresses_in_use_total', ({ usedIPv4 }) => usedIPv4],
  ['metallb_allocator_ipv6_addresses_in_use_total', ({ usedIPv6 }) => usedIPv6],
  [
    'herald_quarantined_addresses',
    ({ quarantined }) => (quarantined === undefined ? 0 : quarantined.IPv4 + quarantined.IPv6),
  ],
]

function ownedBy({ owners }: NodeView): (readonly [Labels, number])[] {
  const counts = new Map<string, number>()
  for (const { winner } of owners) if (winner !== undefined) counts.set(winner, (counts.get(winner) ?? 0) + 1)
  return [...counts].map(([node, count]) => [{ node }, count])
}

/** MetalLB's name for the way of announcing; a way it does not have goes by the plugin's name. */
function protocolOf({ name, resources }: AnnouncerInfo): string {
  if (name === 'l2') return 'layer2'
  return resources.includes('BGPPeer') ? 'bgp' : name
}
