import { describe, expect, it } from 'vitest'

import { same, sameItems } from '#core/model/same.ts'

describe('two values', () => {
  it('are the same if they are alike down to their primitives', () => {
    expect(same({ a: [1, { b: 'c' }] }, { a: [1, { b: 'c' }] })).toBe(true)
    expect(same({ a: [1, { b: 'c' }] }, { a: [1, { b: 'd' }] })).toBe(false)
    expect(same([1], { 0: 1 })).toBe(false)
  })

  it('are not the same if one has a field more, even one without a value', () => {
    expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(false)
    expect(same({ a: 1, c: undefined }, { a: 1, b: undefined })).toBe(false)
  })
})

describe('two lists have the same items', () => {
  const item = { name: 'web' }

  it('if these are the very same, in the same order', () => {
    expect(sameItems([item, 1], [item, 1])).toBe(true)
    expect(sameItems([1, item], [item, 1])).toBe(false)
    expect(sameItems([item], [item, 1])).toBe(false)
  })

  it('and not if they are only alike', () => {
    expect(sameItems([item], [{ ...item }])).toBe(false)
  })
})
