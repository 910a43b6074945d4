/*
 * Ports: what the pure parts ask of the world. Each has a fake in core/fakes and a real counterpart in app, metrics
 * or platform.
 */
import type { Duration, Instant } from './model/duration.ts'

export interface Clock {
  /** Monotonic; not comparable between processes. */
  now(): Instant
  /** Runs `task` once after `delay`; the returned function cancels it. */
  after(delay: Duration, task: () => void): () => void
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}

export type LogFields = Readonly<Record<string, unknown>>

/** Messages are constants; what varies goes into the fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  child(fields: LogFields): Logger
}

interface TableLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
}

/** All that a part logs in one table: at the place of the event stands the line's name. */
export function sayFrom<Name extends string>(
  lines: Readonly<Record<Name, TableLine>>,
): (log: Logger, line: Name, fields: LogFields) => void {
  return (log, line, fields) => {
    const { level, message } = lines[line]
    log[level](message, fields)
  }
}

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(labels: Labels, by?: number): void
  remove(labels: Labels): void
}

export interface Gauge {
  set(labels: Labels, value: number): void
  remove(labels: Labels): void
}

export interface Histogram {
  /** Seconds, or the unit the metric's name ends in. */
  observe(labels: Labels, value: number): void
}

export interface MetricSpec {
  /** Full Prometheus name: `metallb_*` for the compatible ones, `herald_*` for our own. */
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly buckets?: readonly number[]
}

/** Registering the same specification twice returns the same instrument. */
export interface MetricScope {
  counter(spec: MetricSpec): Counter
  gauge(spec: MetricSpec): Gauge
  histogram(spec: MetricSpec): Histogram
}

/** Lower-case hexadecimal SHA-256 of UTF-8 text: the election's hash comes through here. */
export type Sha256 = (text: string) => string

export interface Member {
  readonly node: string
  readonly alive: boolean
  /** It is heard, and counts this node as dead: nothing can be told to it. */
  readonly hearsUs?: false
  /** Why it is thought dead, or what it was last heard doing; one sentence. */
  readonly detail: string
}

/** Which of the cluster's nodes are alive, by authenticated heartbeats. */
export interface Membership {
  /** Every expected member, this node included, sorted by name. */
  members(): readonly Member[]
  /** Replaces the set of expected members: names and the addresses their heartbeats come from. */
  expect(peers: readonly { readonly node: string; readonly addresses: readonly string[] }[]): void
  /** Called after each change of `members()`; returns the unsubscribe function. */
  onChange(listener: () => void): () => void
}
