import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { marker, secretsIn } from './search.ts'

describe('the search for secrets', () => {
  const printable = string({ unit: constantFrom('a', 'Z', '0', ' ', '{', '"', ':') })

  it('finds a secret whatever stands around it, in the clear and encoded', () => {
    const encodings = constantFrom<BufferEncoding>('utf8', 'base64', 'hex')
    assert(
      property(printable, printable, encodings, (before, after, encoding) => {
        const line = Buffer.from(`${before}0ne-${marker}${after}`).toString(encoding)
        expect(secretsIn(`fine\n${line}\nfine`)).toHaveLength(1)
      }),
    )
  })

  it('finds those it was told of', () => {
    const secret = 'q8Zk1vQ0J3o='
    expect(secretsIn(`token=${secret}`, [secret])).toEqual([`in the clear: token=${secret}`])
  })

  it('leaves everything else alone', () => {
    expect(secretsIn('passwordSecret: tor\nsecret tor changed')).toEqual([])
  })
})
