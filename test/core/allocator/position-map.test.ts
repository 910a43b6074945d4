import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PositionMap } from '#core/allocator/position-map.ts'
import { near } from '#core/allocator/walk.ts'

/** The obviously right form: a map, searched from the start. */
class NaiveMap {
  readonly values = new Map<number, number>()

  set(position: number, value: number | undefined): void {
    if (value === undefined) this.values.delete(position)
    else this.values.set(position, value)
  }

  lowestGap(): number {
    let position = 0
    while (this.values.has(position)) position++
    return position
  }

  lowestOutside(others: readonly NaiveMap[], limit = Infinity): number | undefined {
    const positions = [...this.values.keys()].sort((a, b) => a - b)
    return positions.find(
      (position) => position < limit && !others.some(({ values }) => values.has(position)),
    )
  }
}

/** A run of equal steps, so that blocks fill and empty; scattered, ascending and descending edits all occur. */
const edits = fc.array(
  fc.record({
    map: fc.nat(2),
    add: fc.boolean(),
    from: fc.oneof(fc.nat(1100), fc.nat(40_000)),
    step: fc.constantFrom(-3, -2, -1, 1, 1, 1, 2, 3, 1024),
    count: fc.integer({ min: 1, max: 300 }),
  }),
  { maxLength: 24 },
)

const three = <T>(make: () => T): [T, T, T] => [make(), make(), make()]

describe('PositionMap', () => {
  it('agrees with a plain map after any sequence of edits', () => {
    fc.assert(
      fc.property(edits, fc.nat(40_000), (sequence, limit) => {
        const maps = three(() => new PositionMap<number>())
        const naive = three(() => new NaiveMap())
        for (const { map, add, from, step, count } of sequence) {
          for (let i = 0; i < count; i++) {
            const position = from + i * step
            if (position < 0) break
            maps[map]?.set(position, add ? i : undefined)
            naive[map]?.set(position, add ? i : undefined)
          }
          const positions = [...(naive[map]?.values.keys() ?? []), from, from + 1]
          for (const position of positions.slice(-300)) {
            expect(maps[map]?.get(position)).toBe(naive[map]?.values.get(position))
          }
        }
        const [[map, second, third], [plain, plainSecond, plainThird]] = [maps, naive]
        expect(map.size).toBe(plain.values.size)
        expect(map.lowestGap()).toBe(plain.lowestGap())
        expect(map.lowestOutside([])).toBe(plain.lowestOutside([]))
        expect(map.lowestOutside([second, third], limit)).toBe(
          plain.lowestOutside([plainSecond, plainThird], limit),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('is as it was when everything scattered over it is gone again', () => {
    const map = new PositionMap<string>()
    const positions = Array.from({ length: 5000 }, (_, index) => (index * 7919) % 1_000_003)
    for (const position of positions) map.set(position, 'taken')
    expect(map.size).toBe(5000)
    for (const position of positions.toReversed()) map.set(position, undefined)
    expect([map.size, map.lowestGap(), map.lowestOutside([])]).toEqual([0, 0, undefined])
  })

  it('takes the last near position and the far ones as easily as the first', () => {
    const map = new PositionMap<string>()
    map.set(0, 'first')
    map.set(near - 1, 'last')
    map.set(BigInt(near) ** 2n, 'far')
    expect([map.get(0), map.get(near - 1), map.get(BigInt(near) ** 2n)]).toEqual(['first', 'last', 'far'])
    expect([map.size, map.lowestGap()]).toEqual([3, 1])
    map.set(BigInt(near) ** 2n, undefined)
    expect([map.size, map.get(BigInt(near) ** 2n)]).toEqual([2, undefined])
  })
})
