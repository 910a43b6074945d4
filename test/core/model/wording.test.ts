import { describe, expect, it } from 'vitest'

import { didYouMean, nearest, oneOf, quote } from '#core/model/wording.ts'

describe('wording', () => {
  it('quotes a value as JSON and cuts it when it is long', () => {
    expect(quote('a"b')).toBe('"a\\"b"')
    expect(quote(undefined)).toBe('nothing')
    expect(quote('x'.repeat(200))).toHaveLength(61)
  })

  it('lists the allowed names', () => {
    expect([oneOf([]), oneOf(['a']), oneOf(['a', 'b', 'c'])]).toEqual(['none', 'a', 'a, b or c'])
    expect(oneOf(Array.from({ length: 40 }, (_, index) => `pool-${index}`))).toMatch(/pool-11 or 28 more$/)
  })

  it('suggests a close name and stays silent about distant ones', () => {
    expect(nearest('adresses', ['autoAssign', 'addresses'])).toBe('addresses')
    expect(nearest('tor1', ['tor-1', 'tor-2'])).toBe('tor-1')
    expect(didYouMean('spine', ['tor-1'])).toBe('')
    expect(nearest('x'.repeat(5000), ['y'.repeat(5000)])).toBeUndefined()
  })
})
