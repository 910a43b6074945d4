import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { service } from './build.ts'

import { compareOrder, createdOf, type Order } from '#core/allocator/order.ts'
import { OrderedList } from '#core/allocator/ordered-list.ts'

describe('OrderedList', () => {
  it('is a sorted set, however items come and go', () => {
    const item = fc.record({
      created: fc.constantFrom(1, 2, Infinity),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    })
    const step = fc.oneof(
      { weight: 3, arbitrary: item.map((value) => ({ kind: 'add', value }) as const) },
      { weight: 1, arbitrary: item.map((value) => ({ kind: 'delete', value }) as const) },
      { weight: 2, arbitrary: fc.constant({ kind: 'shift' } as const) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const list = new OrderedList<Order>()
        const expected = new Map<string, Order>()
        const keyOf = ({ created, name }: Order): string => `${created} ${name}`
        for (const { kind, ...rest } of steps) {
          const chosen = 'value' in rest ? (expected.get(keyOf(rest.value)) ?? rest.value) : list.first()
          if (chosen === undefined) continue
          if (kind !== 'add') {
            list.delete(chosen)
            expected.delete(keyOf(chosen))
          } else if (!expected.has(keyOf(chosen))) {
            list.add(chosen)
            expected.set(keyOf(chosen), chosen)
          }
          const sorted = [...expected.values()].sort(compareOrder)
          expect([...list]).toEqual(sorted)
          expect(list.first()).toBe(sorted[0])
        }
      }),
    )
  })
})

describe('createdOf', () => {
  const at = (creationTimestamp: string): number =>
    createdOf({ ...service('web'), metadata: { name: 'web', creationTimestamp } })

  it('grows with time', () => {
    const texts = [
      '2023-12-31T23:59:59Z',
      '2024-01-01T00:00:00Z',
      '2024-01-01T00:00:01.5Z',
      '2024-01-01T10:00:00Z',
    ]
    expect(texts.map(at)).toEqual(texts.map(at).toSorted((a, b) => a - b))
    expect(at('2024-01-01T00:00:00Z')).toBe(20_240_101_000_000)
  })

  it('puts a Service that is not created yet last', () => {
    expect(createdOf(service('web'))).toBe(Infinity)
    expect(at('soon')).toBe(Infinity)
  })
})
