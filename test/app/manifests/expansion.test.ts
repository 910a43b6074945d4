import { describe, expect, it } from 'vitest'

import { expandedSize } from '#app/manifests/expansion.ts'

describe('the expanded size of a value', () => {
  it('counts every value, and shared ones as often as they stand', () => {
    const shared = { a: 1, b: [2, 3] }
    expect(expandedSize('x')).toBe(1)
    expect(expandedSize(shared)).toBe(5)
    expect(expandedSize([shared, shared, { again: shared }])).toBe(17)
  })

  it('is found without expanding', () => {
    let value: unknown = 'x'
    for (let level = 0; level < 100; level++) value = [value, value]
    expect(expandedSize(value)).toBe(2 ** 101 - 1)
  })

  it('is infinite for a value that contains itself, and for one too deep to walk', () => {
    const loop: unknown[] = []
    loop.push([loop])
    expect(expandedSize(loop)).toBe(Infinity)
    let deep: unknown = 'x'
    for (let level = 0; level < 300; level++) deep = { deep }
    expect(expandedSize(deep)).toBe(Infinity)
  })
})
