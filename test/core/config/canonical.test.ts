import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { canonicalText, fingerprint } from '#core/config/canonical.ts'

describe('canonicalText', () => {
  it('does not depend on the order of fields and ignores those that are undefined', () => {
    expect(canonicalText({ b: [1, { d: null, c: 'x' }], a: true, e: undefined })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    )
    expect(canonicalText({ a: true, b: [1, { c: 'x', d: null }] })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    )
  })

  it('is JSON of an equal value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('fingerprint', () => {
  it('is 16 hexadecimal digits and the same every time', () => {
    expect(fingerprint('')).toBe(fingerprint(''))
    expect(fingerprint('a')).toMatch(/^[0-9a-f]{16}$/)
  })

  it('tells nearby texts apart', () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => `{"holdTime":"${index}s"}`)
    expect(new Set(texts.map(fingerprint)).size).toBe(texts.length)
  })
})
