/*
 * The series of one metric. Of each are kept its number and one text, the values of its labels: at ten thousand
 * addresses prom-client's four objects for a series were a tenth of a speaker's memory.
 */
import type { Labels } from '#core/ports.ts'

const separator = '\u0000'
/** A label that the series lacks, which is not the same line as one that is empty. */
const absent = '\u0001'

export class Series {
  readonly #metric: string
  readonly #labelNames: readonly string[]
  #values = new Map<string, number>()

  constructor(metric: string, labelNames: readonly string[]) {
    this.#metric = metric
    this.#labelNames = labelNames
    // A metric without labels is there from the beginning.
    if (labelNames.length === 0) this.set({}, 0)
  }

  set(labels: Labels, value: number): void {
    this.#values.set(this.#keyOf(labels), this.#checked(value))
  }

  /** Of a counter, which never falls. */
  add(labels: Labels, by: number): void {
    const key = this.#keyOf(labels)
    if (!(by >= 0 && by < Infinity))
      throw new RangeError(`metric ${this.#metric}: found ${by}, allowed: a finite number of 0 or more`)
    this.#values.set(key, (this.#values.get(key) ?? 0) + by)
  }

  remove(labels: Labels): void {
    this.#values.delete(this.#keyOf(labels))
  }

  /** Exactly these; of equal labels the last counts. */
  replace(values: Iterable<readonly [Labels, number]>): void {
    this.#values = new Map()
    for (const [labels, value] of values) this.set(labels, value)
  }

  all(): { readonly labels: Record<string, string>; readonly value: number }[] {
    return Array.from(this.#values, ([key, value]) => ({
      labels: this.#labelsOf(key),
      value,
    }))
  }

  #keyOf(labels: Labels): string {
    for (const [name, value] of Object.entries(labels)) {
      if (!this.#labelNames.includes(name)) {
        const allowed = this.#labelNames.join(', ')
        throw new Error(`metric ${this.#metric}: found label ${name}, allowed: ${allowed}`)
      }
      if (value.includes(separator) || value.includes(absent))
        throw new Error(`metric ${this.#metric}: found a control character in label ${name}, allowed: text`)
    }
    const [first, ...others] = this.#labelNames
    if (first !== undefined && others.length === 0) return labels[first] ?? absent
    return this.#labelNames.map((name) => labels[name] ?? absent).join(separator)
  }

  #labelsOf(key: string): Record<string, string> {
    const values = key.split(separator)
    const known = this.#labelNames.map((name, index) => [name, values[index] ?? absent] as const)
    return Object.fromEntries(known.filter(([, value]) => value !== absent))
  }

  #checked(value: number): number {
    if (typeof value === 'number') return value
    throw new TypeError(`metric ${this.#metric}: found ${String(value)}, allowed: a number`)
  }
}
