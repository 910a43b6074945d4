import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  bool,
  bytes,
  decode,
  encode,
  int,
  many,
  manyBytes,
  message,
  nested,
  text,
  texts,
  uint,
  type Message,
} from '#plugins/gobgp/wire/protobuf.ts'

interface Inner {
  readonly name: string
  readonly on: boolean
}

interface Outer {
  readonly small: number
  readonly signed: number
  readonly blob: Uint8Array
  readonly names: readonly string[]
  readonly blobs: readonly Uint8Array[]
  readonly one: Inner | undefined
  readonly all: readonly Inner[]
}

const inner: Message<Inner> = message({ name: text(1), on: bool(2) })
const outer: Message<Outer> = message<Outer>({
  small: uint(1),
  signed: int(2),
  blob: bytes(3),
  names: texts(4),
  blobs: manyBytes(5),
  one: nested(6, inner),
  all: many(16, inner),
})

const anyInner = fc.record({ name: fc.string(), on: fc.boolean() })
const blob = fc.uint8Array({ maxLength: 300 })
const anyOuter = fc.record({
  small: fc.nat({ max: 0xffffffff }),
  signed: fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  blob,
  names: fc.array(fc.string()),
  blobs: fc.array(blob),
  one: fc.option(anyInner, { nil: undefined }),
  all: fc.array(anyInner),
})

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')

describe('a message', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyOuter, (value) => {
        expect(decode(outer, encode(outer, value))).toEqual(value)
      }),
    )
  })

  it('is written as the examples of the format say', () => {
    const examples = message<{ a: number; b: string; c: Inner | undefined }>({
      a: uint(1),
      b: text(2),
      c: nested(3, inner),
    })
    expect(hex(encode(examples, { a: 150 }))).toBe('089601')
    expect(hex(encode(examples, { b: 'testing' }))).toBe('120774657374696e67')
    expect(hex(encode(examples, { c: {} }))).toBe('1a00')
    expect(hex(encode(outer, { signed: -1 }))).toBe('10ffffffffffffffffff01')
  })

  it('leaves out what holds its default, and fills it in when read', () => {
    expect(encode(outer, { small: 0, signed: 0, names: [], blob: new Uint8Array() })).toHaveLength(0)
    expect(decode(outer, new Uint8Array())).toMatchObject({ small: 0, names: [], one: undefined })
  })

  it('is read past fields that nobody declared, of every wire type', () => {
    const strangers = Buffer.from('a80601b1060102030405060708b206026869b50601020304', 'hex')
    expect(decode(outer, Buffer.concat([strangers, Buffer.from('0805', 'hex')]))).toMatchObject({ small: 5 })
  })

  it.each([
    ['a number that never ends', 'ffffffffffffffffffffffff'],
    ['a text longer than the message', '2205616263'],
    ['a number where a text is declared', '2001'],
    ['a text where a number is declared', '0a0161'],
    ['a broken message within', '32020a05'],
    ['a group, which nobody uses any more', '0b'],
  ])('is undefined for %s', (_, text) => {
    expect(decode(outer, Buffer.from(text, 'hex'))).toBeUndefined()
  })

  it('is a value or undefined for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const value = decode(outer, noise)
        expect(value === undefined || typeof value.small === 'number').toBe(true)
      }),
    )
  })
})
