import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { allowanceAt } from '#core/moves/budget.ts'

describe('the budget of moves', () => {
  it('says when the next move may begin', () => {
    const budget = { perMinute: 2 }
    expect(allowanceAt(budget, [], 0)).toEqual({ due: 2 })
    expect(allowanceAt(budget, [1000], 2000)).toEqual({ due: 1 })
    expect(allowanceAt(budget, [1000, 5000], 6000)).toEqual({ due: 0, next: 61_000 })
    expect(allowanceAt(budget, [1000, 5000], 61_000)).toEqual({ due: 1 })
  })

  it('is never exceeded in any minute by whoever asks and obeys, and never holds back for longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(20_000), { maxLength: 60 }),
        (perMinute, waits) => {
          const begun: number[] = []
          let now = 0
          for (const wait of waits) {
            now += wait
            const { due, next } = allowanceAt({ perMinute }, begun, now)
            if (due > 0) begun.push(now)
            else expect(allowanceAt({ perMinute }, begun, next ?? now).due).toBeGreaterThan(0)
          }
          for (const at of begun) {
            expect(begun.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(
              perMinute,
            )
          }
        },
      ),
    )
  })
})
