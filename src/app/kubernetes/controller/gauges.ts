/* The controller's metrics, under the names that users of MetalLB know. */
import type { PoolUsage } from '#core/model/decisions.ts'
import type { MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import { poolGauges } from '../../node/gauges.ts'
import { version } from '../../version.ts'

export class Gauges {
  private readonly metrics: MetricScope
  private pools = new Set<string>()

  constructor(metrics: MetricScope) {
    this.metrics = metrics
    metrics.gauge(metric('herald_build_info')).set({ version, node_version: process.versions.node }, 1)
    this.leads(false)
    metrics.gauge(metric('metallb_k8s_client_config_loaded_bool')).set({}, 0)
    metrics.gauge(metric('metallb_k8s_client_config_stale_bool')).set({}, 0)
  }

  leads(leads: boolean): void {
    this.metrics.gauge(metric('herald_allocator_holder')).set({}, Number(leads))
  }

  follow(usage: readonly PoolUsage[], problems: number): void {
    const now = new Set(usage.map(({ pool }) => pool))
    for (const [name, value] of poolGauges) {
      const gauge = this.metrics.gauge(metric(name))
      for (const pool of this.pools) if (!now.has(pool)) gauge.remove({ pool })
      for (const one of usage) gauge.set({ pool: one.pool }, value(one))
    }
    this.pools = now
    this.metrics.gauge(metric('metallb_k8s_client_config_loaded_bool')).set({}, 1)
    this.metrics.gauge(metric('herald_problems')).set({}, problems)
  }
}
