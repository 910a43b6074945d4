import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Runs } from '#core/allocator/runs.ts'

/** The obviously right form: a set of numbers, searched from the start. */
class NaiveRuns {
  readonly members: Set<number>

  constructor(size: number) {
    this.members = new Set(Array.from({ length: size }, (_, index) => index))
  }

  sorted(): number[] {
    return [...this.members].sort((a, b) => a - b)
  }

  atOrAfter(x: number): number | undefined {
    return this.sorted().find((member) => member >= x)
  }

  endOfRunAt(x: number): number | undefined {
    if (!this.members.has(x)) return undefined
    let end = x
    while (this.members.has(end + 1)) end++
    return end
  }
}

/** Every member, found the way a walk would. */
function membersOf(runs: Runs): number[] {
  const members: number[] = []
  for (let x = runs.lowest(); x !== undefined; x = runs.atOrAfter(x + 1)) members.push(x)
  return members
}

/** A short run of equal steps: scattered, ascending and descending edits all occur. */
const edits = fc.array(
  fc.record({
    add: fc.boolean(),
    from: fc.integer({ min: 0, max: 1200 }),
    step: fc.constantFrom(-3, -2, -1, 1, 2, 3),
    count: fc.integer({ min: 1, max: 250 }),
  }),
  { maxLength: 30 },
)

describe('Runs', () => {
  it('starts with everything below its size', () => {
    const runs = new Runs(2 ** 48)
    expect(runs.lowest()).toBe(0)
    expect(runs.endOfRunAt(5)).toBe(2 ** 48 - 1)
    expect(runs.has(2 ** 48)).toBe(false)
    expect(new Runs(0).lowest()).toBeUndefined()
  })

  it('says whether an edit changed anything', () => {
    const runs = new Runs(4)
    expect([runs.delete(2), runs.delete(2), runs.add(2), runs.add(2)]).toEqual([true, false, true, false])
  })

  it('agrees with a plain set after any sequence of edits', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), edits, (size, sequence) => {
        const runs = new Runs(size)
        const naive = new NaiveRuns(size)
        for (const { add, from, step, count } of sequence) {
          for (let i = 0; i < count; i++) {
            const x = from + i * step
            if (x < 0) break
            const had = naive.members.has(x)
            expect(add ? runs.add(x) : runs.delete(x)).toBe(add ? !had : had)
            if (add) naive.members.add(x)
            else naive.members.delete(x)
          }
        }
        expect(membersOf(runs)).toEqual(naive.sorted())
        for (const { from } of sequence) {
          expect(runs.atOrAfter(from)).toBe(naive.atOrAfter(from))
          expect(runs.endOfRunAt(from)).toBe(naive.endOfRunAt(from))
          expect(runs.has(from)).toBe(naive.members.has(from))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('comes back to one run when ten thousand scattered members return in any order', () => {
    const size = 20_000
    const odd = Array.from({ length: size / 2 }, (_, index) => 2 * index + 1)
    fc.assert(
      fc.property(fc.shuffledSubarray(odd, { minLength: odd.length }), (order) => {
        const runs = new Runs(size)
        for (const x of odd) runs.delete(x)
        expect(runs.endOfRunAt(0)).toBe(0)
        for (const x of order) runs.add(x)
        expect(runs.endOfRunAt(0)).toBe(size - 1)
      }),
      { numRuns: 3 },
    )
  })
})
