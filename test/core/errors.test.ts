import { describe, expect, it } from 'vitest'

import { messageOf } from '#core/errors.ts'

describe('what was thrown', () => {
  it('is told by its message', () => {
    expect(messageOf(new RangeError('65536 is no port'))).toBe('65536 is no port')
  })

  it('may be anything, and is told in its own words', () => {
    expect(messageOf('no such file')).toBe('no such file')
    expect(messageOf(undefined)).toBe('undefined')
  })
})
