import { describe, expect, it } from 'vitest'

import { excessOf } from '#app/manifests/expansion.ts'

/** A value that holds `2 ** levels` texts, shared at every level. */
function doubled(levels: number): unknown {
  let value: unknown = 'x'
  for (let level = 0; level < levels; level++) value = [value, value]
  return value
}

function nested(levels: number): unknown {
  let value: unknown = 'x'
  for (let level = 0; level < levels; level++) value = { value }
  return value
}

const excess =
  'found a value that is too large or too deep (aliases count in full), allowed: at most 1000000 values, 200 levels'

describe('a value whose aliases count in full', () => {
  it('is fine up to a million values', () => {
    expect(excessOf('x')).toBeUndefined()
    expect(excessOf(doubled(18))).toBeUndefined()
    expect(excessOf(doubled(19))).toBe(excess)
  })

  it('is judged without being expanded', () => {
    expect(excessOf(doubled(190))).toBe(excess)
  })

  it('is too much when it contains itself', () => {
    const loop: unknown[] = []
    loop.push([loop])
    expect(excessOf(loop)).toBe(excess)
  })

  it('is too deep beyond 200 levels, however deep and however it got there', () => {
    expect(excessOf(nested(199))).toBeUndefined()
    expect(excessOf(nested(200))).toBe(excess)
    expect(excessOf(nested(100_000))).toBe(excess)
    const chain = Array.from({ length: 300 }, (): unknown[] => [])
    for (const [index, link] of chain.entries()) if (index > 0) link.push(chain[index - 1])
    expect(excessOf(chain)).toBe(excess)
  })
})
