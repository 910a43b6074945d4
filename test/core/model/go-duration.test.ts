import { describe, expect, it } from 'vitest'

import { parseGoDuration } from '#core/model/go-duration.ts'

describe('Go duration text', () => {
  it.each([
    ['90s', 90_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['250ms', 250],
    ['1us', 0.001],
    ['0', 0],
    ['0s', 0],
    ['-3s', -3000],
  ])('%s is %d ms', (text, expected) => {
    expect(parseGoDuration(text)).toBeCloseTo(expected, 9)
  })

  it.each(['', '90', 's', '1 s', '1m 30s', '1d', '1s2', 'ms1', '1e3s'])('%j is no duration', (text) => {
    expect(parseGoDuration(text)).toBeUndefined()
  })
})
