import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { below, comparePaths, stepsOf } from '#core/model/field-path.ts'

describe('field paths', () => {
  it('are printed as people write them', () => {
    expect(below('spec', 'addresses', 0)).toBe('spec.addresses[0]')
    expect(below('', 'spec')).toBe('spec')
    expect(below('spec.matchLabels', 'kubernetes.io/hostname')).toBe(
      'spec.matchLabels["kubernetes.io/hostname"]',
    )
  })

  it('are read back step by step, whatever a step contains', () => {
    const step = fc.oneof(fc.string(), fc.nat(), fc.constantFrom('spec', 'a"]b', 'x.y[0]'))
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        expect(stepsOf(below('', ...steps))).toEqual(steps)
      }),
    )
  })
})

describe('the order of paths', () => {
  it('counts, and puts a field before what is in it', () => {
    const sorted = ['spec.addresses', 'spec.addresses[1]', 'spec.addresses[11]', 'spec.autoAssign']
    expect(sorted.toReversed().sort(comparePaths)).toEqual(sorted)
  })
})
