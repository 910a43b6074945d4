/* The MetricScope port over a prom-client registry. */
import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client'

import type { MetricScope, MetricSpec } from '#core/ports.ts'

import { catalogue, type CatalogueEntry, type MetricType } from './catalogue.ts'

const thirdPartyPrefix = 'herald_plugin_'

/**
 * Labels go through as they are: prom-client changes nothing in them, and keeps those of each new series.
 * Throws for a metric that the catalogue does not have, or has with another type or other labels.
 */
export function scopeOver(registry: Registry): MetricScope {
  return {
    counter(spec) {
      const counter = instrument(registry, 'counter', spec, () => new Counter(configuration(registry, spec)))
      return {
        add: (labels, by = 1) => counter.inc(labels, by),
        remove: (labels) => counter.remove(labels),
      }
    },
    gauge(spec) {
      const gauge = instrument(registry, 'gauge', spec, () => new Gauge(configuration(registry, spec)))
      return {
        set: (labels, value) => gauge.set(labels, value),
        remove: (labels) => gauge.remove(labels),
      }
    },
    histogram(spec) {
      const buckets = spec.buckets === undefined ? {} : { buckets: [...spec.buckets] }
      const make = (): Histogram => new Histogram({ ...configuration(registry, spec), ...buckets })
      const histogram = instrument(registry, 'histogram', spec, make)
      return { observe: (labels, value) => histogram.observe(labels, value) }
    },
  }
}

/** The instrument registered under the name, made when there is none yet. */
function instrument<Kind extends Metric>(
  registry: Registry,
  type: MetricType,
  spec: MetricSpec,
  make: () => Kind,
): Kind {
  checkListed(type, spec)
  return (registry.getSingleMetric(spec.name) as Kind | undefined) ?? make()
}

function checkListed(type: MetricType, spec: MetricSpec): void {
  if (spec.name.startsWith(thirdPartyPrefix)) return
  const listed = catalogue.get(spec.name)
  if (listed === undefined) {
    throw new Error(
      `metric ${spec.name}: not in src/metrics/catalogue.ts, and does not begin with ${thirdPartyPrefix}`,
    )
  }
  const [given, wanted] = [shapeOf(type, spec.labels), shapeOf(listed.type, listed.labels)]
  if (given === wanted || given === shapeOf(listed.type, labelsOf(listed))) return
  throw new Error(`metric ${spec.name}: registered as ${given}, listed as ${wanted}`)
}

function shapeOf(type: MetricType, labels: readonly string[]): string {
  return `${type}{${[...labels].sort().join(',')}}`
}

/** Whoever registers first, those of the others are possible. */
function labelsOf({ labels, optional = [] }: CatalogueEntry): readonly string[] {
  return [...labels, ...optional]
}

function configuration(registry: Registry, spec: MetricSpec) {
  const listed = catalogue.get(spec.name)
  const labelNames = listed === undefined ? spec.labels : labelsOf(listed)
  return { name: spec.name, help: spec.help, labelNames: [...labelNames], registers: [registry] }
}
