/* A plugin's metrics, into Herald's registry: under names that cannot collide, and so many series at most. */
import { messageOf } from '#core/errors.ts'
import type { MetricMessage } from '#core/plugin-protocol/messages.ts'
import type { MetricScope } from '#core/ports.ts'

const mostSeries = 1000

export class MetricRelay {
  readonly #metrics: MetricScope
  readonly #prefix: string
  readonly #series = new Set<string>()

  /** `plugin`: its name; `my-plugin` may name its metrics `herald_plugin_my_plugin_…`. */
  constructor(metrics: MetricScope, plugin: string) {
    this.#metrics = metrics
    this.#prefix = `herald_plugin_${plugin.replaceAll('-', '_')}_`
  }

  /** The fault, if there is one; nothing has happened then. */
  take(message: MetricMessage): string | undefined {
    const { metric, labels } = message
    if (!metric.name.startsWith(this.#prefix)) {
      return `metric ${metric.name}: allowed: names that begin with ${this.#prefix}`
    }
    const key = JSON.stringify([metric.name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
    const removes = 'remove' in message
    if (!removes && !this.#series.has(key) && this.#series.size >= mostSeries) {
      return `metric ${metric.name}: allowed: ${mostSeries} series in all`
    }
    try {
      this.#apply(message)
    } catch (error) {
      return `metric ${metric.name}: ${messageOf(error)}`
    }
    if (removes) this.#series.delete(key)
    else this.#series.add(key)
    return undefined
  }

  #apply(message: MetricMessage): void {
    const { metric, labels } = message
    const { type, ...spec } = metric
    switch (type) {
      case 'counter': {
        const counter = this.#metrics.counter(spec)
        return 'remove' in message ? counter.remove(labels) : counter.add(labels, message.value)
      }
      case 'gauge': {
        const gauge = this.#metrics.gauge(spec)
        return 'remove' in message ? gauge.remove(labels) : gauge.set(labels, message.value)
      }
      case 'histogram':
        if ('value' in message) this.#metrics.histogram(spec).observe(labels, message.value)
    }
  }
}
