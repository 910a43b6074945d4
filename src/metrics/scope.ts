/* The MetricScope port over a prom-client registry. */
import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram,
  type Metric,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from 'prom-client'

import type { Counter, Gauge, Labels, MetricScope, MetricSpec } from '#core/ports.ts'

import { catalogue, type CatalogueEntry, type MetricType } from './catalogue.ts'
import { Series } from './series.ts'

const thirdPartyPrefix = 'herald_plugin_'

/** A gauge whose series can be replaced as a whole. */
export interface WholeGauge extends Gauge {
  /** Exactly these series. */
  replace(values: Iterable<readonly [Labels, number]>): void
}

export interface HostScope extends MetricScope {
  counter(spec: MetricSpec): Counter
  gauge(spec: MetricSpec): WholeGauge
}

/** Throws for a metric that the catalogue does not have, or has with another type or other labels. */
export function scopeOver(registry: Registry): HostScope {
  return {
    counter(spec) {
      const given = configuration(registry, spec)
      const make = (): Kept => kept(new PromCounter(given), given)
      const { series } = instrument(registry, 'counter', spec, make)
      return {
        add: (labels, by = 1) => series.add(labels, by),
        remove: (labels) => series.remove(labels),
      }
    },
    gauge(spec) {
      const given = configuration(registry, spec)
      const make = (): Kept => kept(new PromGauge(given), given)
      const { series } = instrument(registry, 'gauge', spec, make)
      return {
        set: (labels, value) => series.set(labels, value),
        remove: (labels) => series.remove(labels),
        replace: (values) => series.replace(values),
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

type Configuration = ReturnType<typeof configuration>
type Kept = Metric & { readonly series: Series }

/** prom-client knows what the metric is called, and its series are ours. */
function kept(metric: PromCounter | PromGauge, { name, labelNames }: Configuration): Kept {
  const series = new Series(name, labelNames)
  const described = metric.get.bind(metric)
  const get = async (): Promise<MetricObjectWithValues<MetricValue<string>>> => ({
    ...(await described()),
    values: series.all(),
  })
  return Object.assign(metric, { series, get })
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
