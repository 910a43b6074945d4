/* Runs the properties: under any test runner that has `describe` and `it`, or as a plain list of results. */
import { Bench } from './bench.ts'
import { properties } from './properties.ts'
import type { Property } from './properties/property.ts'
import type { SubjectFactory } from './subject.ts'

/** The two functions of vitest, node:test, mocha or jest that the kit uses. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  /** `timeout` in milliseconds, for runners that take one. */
  it(name: string, body: () => Promise<void>, timeout: number): unknown
}

/** Longer than any property waits for its world. */
const timeout = 60_000

export interface PropertyResult {
  readonly sentence: string
  readonly outcome: 'holds' | 'fails' | 'not declared'
  readonly error?: unknown
}

/** One `it` per property that applies to the subject. Which apply is known once a first subject has been made. */
export async function announcerConformance(
  runner: TestRunner,
  name: string,
  factory: SubjectFactory,
): Promise<void> {
  const applicable = await applicableTo(factory)
  runner.describe(`${name} is a conforming announcer`, () => {
    for (const property of applicable) runner.it(property.sentence, () => prove(property, factory), timeout)
  })
}

/**
 * Proves every property in turn; a failure stops none of the others. `within`: milliseconds for all of them together,
 * a minute by default; those that are not proven by then fail.
 */
export async function checkConformance(
  factory: SubjectFactory,
  { within = timeout }: { readonly within?: number } = {},
): Promise<PropertyResult[]> {
  const end = performance.now() + within
  const applicable = new Set(await beforeEnd(() => applicableTo(factory), end, within))
  const results: PropertyResult[] = []
  for (const property of properties) {
    const { sentence } = property
    if (!applicable.has(property)) {
      results.push({ sentence, outcome: 'not declared' })
      continue
    }
    try {
      await beforeEnd(() => prove(property, factory), end, within)
      results.push({ sentence, outcome: 'holds' })
    } catch (error) {
      results.push({ sentence, outcome: 'fails', error })
    }
  }
  return results
}

/** Rejects when the time is over; work that has begun is left to itself then. */
async function beforeEnd<Result>(work: () => Promise<Result>, end: number, within: number): Promise<Result> {
  const late = new Error(`not proven when the ${(within / 1000).toFixed(1)} s for all properties were over`)
  const left = end - performance.now()
  if (left <= 0) throw late
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, left, late)
  })
  return Promise.race([work(), over]).finally(() => clearTimeout(timer))
}

async function applicableTo(factory: SubjectFactory): Promise<Property[]> {
  const subject = await factory()
  try {
    return properties.filter((property) => property.applies?.(subject) ?? true)
  } finally {
    await subject.dispose()
  }
}

async function prove(property: Property, factory: SubjectFactory): Promise<void> {
  const subject = await factory()
  const bench = new Bench(subject)
  try {
    await property.prove(bench)
  } finally {
    await bench.close().catch(() => undefined)
    await subject.dispose()
  }
}
