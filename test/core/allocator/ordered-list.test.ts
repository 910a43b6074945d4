import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { service } from './build.ts'

import { compareOrder, createdOf, type Order } from '#core/allocator/order.ts'
import { OrderedList } from '#core/allocator/ordered-list.ts'

describe('OrderedList', () => {
  it('is a sorted set, however items come and go', () => {
    const item = fc.record({
      created: fc.constantFrom('2024-01-01T00:00:00Z', '2024-01-01T00:00:01Z', 'never'),
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
  const at = (creationTimestamp: string): Order => {
    const metadata = { name: 'web', creationTimestamp }
    return { created: createdOf({ ...service('web'), metadata }), name: '' }
  }

  it('grows with time', () => {
    const orders = ['2023-12-31T23:59:59Z', '2024-01-01T00:00:00Z', '2024-01-01T10:00:00Z'].map(at)
    expect(orders.toReversed().sort(compareOrder)).toEqual(orders)
  })

  it('puts a Service that is not created yet last', () => {
    const uncreated = { created: createdOf(service('web')), name: '' }
    expect(compareOrder(at('9999-12-31T23:59:59Z'), uncreated)).toBeLessThan(0)
    expect(compareOrder(at('9999-12-31T23:59:59Z'), at('soon'))).toBeLessThan(0)
  })
})
