import type { AnnouncerHost, Observation, Secret } from '../announcer.ts'
import type { Clock, Labels, LogFields, Logger, MetricScope, MetricSpec, Random } from '../ports.ts'
import { GrantBook } from '../runtime/fence.ts'
import { FakeClock } from './fake-clock.ts'
import { fakeRandom } from './fake-random.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** Everything a plugin can tell its host, kept for a test to look at. */
export interface FakeHost extends AnnouncerHost {
  readonly lines: LogLine[]
  readonly observations: Observation[]
  readonly metrics: FakeMetrics
  readonly grants: GrantBook
  readonly secrets: Map<string, Secret>
}

/** `clock` is a FakeClock unless a real one is given. */
export function fakeHost(
  options: { readonly node?: string; readonly clock?: Clock; readonly random?: Random } = {},
): FakeHost {
  const node = options.node ?? 'node-a'
  const lines: LogLine[] = []
  const observations: Observation[] = []
  const secrets = new Map<string, Secret>()
  const grants = new GrantBook({ node, slots: 4096 })
  return {
    node,
    lines,
    observations,
    secrets,
    grants,
    fence: grants.fence,
    log: fakeLogger(lines),
    metrics: new FakeMetrics(),
    clock: options.clock ?? new FakeClock(),
    random: options.random ?? fakeRandom(),
    async secret({ name }) {
      const secret = secrets.get(name)
      if (!secret) throw new Error(`Secret ${name} does not exist`)
      return secret
    },
    report: (observation) => void observations.push(observation),
  }
}

export function fakeLogger(lines: LogLine[], bound: LogFields = {}): Logger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields: { ...bound, ...fields } })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => fakeLogger(lines, { ...bound, ...fields }),
  }
}

/** Current values by metric name and label set; a histogram keeps its observations. */
export class FakeMetrics implements MetricScope {
  readonly specs = new Map<string, MetricSpec>()
  private readonly series = new Map<string, number[]>()

  counter(spec: MetricSpec): { add(labels: Labels, by?: number): void; remove(labels: Labels): void } {
    this.specs.set(spec.name, spec)
    return {
      add: (labels, by = 1) => this.put(spec, labels, [this.value(spec.name, labels) + by]),
      remove: (labels) => void this.series.delete(keyOf(spec.name, labels)),
    }
  }

  gauge(spec: MetricSpec): {
    set(labels: Labels, value: number): void
    remove(labels: Labels): void
    replace(values: Iterable<readonly [Labels, number]>): void
  } {
    this.specs.set(spec.name, spec)
    const set = (labels: Labels, value: number): void => this.put(spec, labels, [value])
    return {
      set,
      remove: (labels) => void this.series.delete(keyOf(spec.name, labels)),
      replace: (values) => {
        for (const key of this.series.keys()) if (key.split('{')[0] === spec.name) this.series.delete(key)
        for (const [labels, value] of values) set(labels, value)
      },
    }
  }

  histogram(spec: MetricSpec): { observe(labels: Labels, value: number): void } {
    this.specs.set(spec.name, spec)
    return {
      observe: (labels, value) =>
        this.put(spec, labels, [...(this.series.get(keyOf(spec.name, labels)) ?? []), value]),
    }
  }

  /** Of a counter or gauge; 0 when there is no such series. */
  value(name: string, labels: Labels): number {
    return this.series.get(keyOf(name, labels))?.[0] ?? 0
  }

  has(name: string, labels: Labels): boolean {
    return this.series.has(keyOf(name, labels))
  }

  seriesCount(): number {
    return this.series.size
  }

  private put(spec: MetricSpec, labels: Labels, values: number[]): void {
    const given = Object.keys(labels).sort().join()
    const declared = [...spec.labels].sort().join()
    if (given !== declared) throw new Error(`${spec.name}: labels ${given} given, ${declared} declared`)
    this.series.set(keyOf(spec.name, labels), values)
  }
}

function keyOf(name: string, labels: Labels): string {
  return `${name}${Object.entries(labels)
    .map(([label, value]) => `{${label}=${value}}`)
    .sort()
    .join('')}`
}
