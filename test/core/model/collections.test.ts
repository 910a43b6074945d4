import { describe, expect, it } from 'vitest'

import { compareText, groupBy, packed } from '#core/model/collections.ts'
import { same } from '#core/model/same.ts'

describe('groupBy', () => {
  it('keeps the order of items, and of the first of each group', () => {
    const groups = groupBy(['bee', 'ant', 'bug', 'ape'], (word) => word[0])
    expect([...groups]).toEqual([
      ['b', ['bee', 'bug']],
      ['a', ['ant', 'ape']],
    ])
  })
})

describe('compareText', () => {
  it('orders by code units, not by language', () => {
    expect(['b', 'Z', 'a', 'ä'].sort(compareText)).toEqual(['Z', 'a', 'b', 'ä'])
  })
})

describe('same', () => {
  it.each([
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: undefined }, {}, false],
    [{ a: undefined }, { b: undefined }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, {}, false],
    [Number.NaN, Number.NaN, true],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(same(a, b)).toBe(expected)
  })

  it('big integers by value', () => {
    expect(same({ a: [2n] }, { a: [2n] })).toBe(true)
    expect(same(2n, 3n)).toBe(false)
  })
})

describe('packed', () => {
  it('has the same items, and does not follow the list', () => {
    const list = ['a']
    const kept = packed(list)
    list.push('b')
    expect(kept).toEqual(['a'])
  })

  it('is one and the same for all empty lists', () => {
    expect(packed([])).toBe(packed([]))
  })
})
