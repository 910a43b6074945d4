import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { dampingAt } from '#core/election/damping.ts'

const minutes = (count: number): number => count * 60_000

describe('flap damping', () => {
  it('bears two returns in a row, and damps the third', () => {
    expect(dampingAt([], 0)).toEqual({ damped: false })
    expect(dampingAt([0, 5000], 6000)).toEqual({ damped: false })
    expect(dampingAt([0, 5000, 10_000], 11_000)).toMatchObject({ damped: true })
  })

  it('bears any number of returns that are far enough apart', () => {
    const returns = Array.from({ length: 50 }, (_, index) => minutes(2) * index)
    expect(dampingAt(returns, minutes(100))).toEqual({ damped: false })
  })

  it('ends at the instant it names, and within five minutes of peace', () => {
    const ascending = fc
      .array(fc.nat(90_000), { maxLength: 40 })
      .map((gaps) => gaps.map((_, index) => gaps.slice(0, index + 1).reduce((a, b) => a + b, 0)))
    fc.assert(
      fc.property(ascending, (returns) => {
        const last = returns.at(-1) ?? 0
        const { damped, until = last } = dampingAt(returns, last)
        expect(damped).toBe(until > last)
        expect(until).toBeLessThanOrEqual(last + minutes(5))
        expect(dampingAt(returns, until)).toEqual({ damped: false })
        if (damped) expect(dampingAt(returns, (last + until) / 2)).toEqual({ damped, until })
      }),
    )
  })
})
