/* A bounded part of what npm run simulate does, and the proof that it would notice. */
import { describe, expect, it } from 'vitest'

import { bugs, caught, type Bug } from './bugs.ts'
import { found } from './found.ts'
import { scenarioOf, type Scenario } from './scenario.ts'
import { shrunk } from './shrink.ts'
import { simulate } from './simulation.ts'

const seeds = 150

function seedThatCatches(bug: Bug): number | undefined {
  const { within, by, where } = caught[bug]
  for (let seed = 1; seed <= within; seed++) {
    const scenario = scenarioOf(seed)
    if (by !== undefined && !scenario.faults.some(({ kind }) => by.includes(kind))) continue
    if (where?.(scenario) === false) continue
    if (simulate(scenario, new Set([bug])).violation !== undefined) return seed
  }
  return undefined
}

describe('failover in virtual time', () => {
  it(`holds what it promises in the first ${seeds} seeds`, () => {
    for (let seed = 1; seed <= seeds; seed++)
      expect({ seed, ...simulate(scenarioOf(seed)) }).not.toHaveProperty('violation')
  })

  it.each(Object.entries(found))('holds where it once did not: %s', (_, scenario) => {
    expect(simulate(scenario)).not.toHaveProperty('violation')
  })

  it('comes to the same again from the same seed', () => {
    expect(simulate(scenarioOf(7))).toEqual(simulate(scenarioOf(7)))
  })

  it('comes out of a failing seed with the smallest scenario that fails alike', () => {
    const planted = new Set<Bug>(['claims-untold'])
    const scenario = scenarioOf(seedThatCatches('claims-untold') ?? 0)
    const { rule } = simulate(scenario, planted).violation!
    const small: Scenario = shrunk(scenario, rule, planted)
    expect(simulate(small, planted).violation?.rule).toBe(rule)
    expect(small.faults.length).toBeLessThanOrEqual(scenario.faults.length)
    expect(JSON.stringify(small).length).toBeLessThan(JSON.stringify(scenario).length)
  })
})

describe('a planted bug', () => {
  it.each(Object.keys(bugs) as Bug[])('is noticed: %s', (bug) => {
    expect(seedThatCatches(bug)).toBeDefined()
  })
})
