import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'

type Item = { width: 8 | 16 | 32; value: number } | { width: 'bytes'; value: Uint8Array }

const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({ width: fc.constant(8 as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({ width: fc.constant(16 as const), value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ width: fc.constant(32 as const), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ width: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 300 }) }),
)

function write(writer: Writer, { width, value }: Item): void {
  if (width === 'bytes') writer.bytes(value)
  else if (width === 8) writer.u8(value)
  else if (width === 16) writer.u16(value)
  else writer.u32(value)
}

function read(reader: Reader, { width, value }: Item): Item['value'] {
  if (width === 'bytes') return reader.bytes(value.length)
  return width === 8 ? reader.u8() : width === 16 ? reader.u16() : reader.u32()
}

describe('the writer', () => {
  it('is read back what was written, whatever the starting capacity', () => {
    fc.assert(
      fc.property(fc.array(item), fc.nat({ max: 100 }), (items, capacity) => {
        const writer = new Writer(capacity)
        for (const one of items) write(writer, one)
        const reader = new Reader(writer.take())
        for (const one of items) expect(read(reader, one)).toEqual(one.value)
        expect(reader.remaining).toBe(0)
        expect(reader.overrun).toBe(false)
      }),
    )
  })

  it('counts a body behind its length field', () => {
    const bytes = new Writer(1).counted(2, (w) => w.counted(1, (inner) => inner.u32(7)).u8(9)).take()
    expect(bytes).toEqual(Uint8Array.of(0, 6, 4, 0, 0, 0, 7, 9))
  })
})
