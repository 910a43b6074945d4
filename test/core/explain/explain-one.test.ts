import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { configOf, decide } from '#core/decide.ts'
import { explainOne } from '#core/explain/explain-one.ts'
import { explain } from '#core/explain/explanation.ts'
import { nameOf } from '#core/model/objects.ts'

import { cluster } from '../incremental/cluster.ts'

describe('the explanation of one Service', () => {
  it('is what deciding everything anew explains', () => {
    fc.assert(
      fc.property(cluster, (facts) => {
        const decisions = decide(facts)
        for (const name of facts.services.map(nameOf))
          expect(explainOne(facts, configOf(facts), decisions, name)).toEqual(explain(facts, decisions, name))
      }),
      { numRuns: 60 },
    )
  })

  it('is none for a Service that is not there', () => {
    const [facts] = fc.sample(cluster, 1)
    expect(explainOne(facts!, configOf(facts!), decide(facts!), 'no/such')).toBeUndefined()
  })
})
