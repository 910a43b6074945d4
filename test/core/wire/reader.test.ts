import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'

function read(reader: Reader, width: number): void {
  if (width === 1) reader.u8()
  else if (width === 2) reader.u16()
  else if (width === 4) reader.u32()
  else reader.bytes(width)
}

describe('the reader', () => {
  it('never reads beyond the end: zeros, and the overrun is remembered', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat({ max: 20 })), (bytes, widths) => {
        const reader = new Reader(bytes)
        for (const width of widths) read(reader, width)
        expect(reader.overrun).toBe(widths.reduce((sum, width) => sum + width, 0) > bytes.length)
        expect(reader.remaining).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('confines a slice to its bytes', () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3, 4))
    const inner = reader.slice(2)
    expect(inner.u16()).toBe(0x0102)
    expect(inner.u8()).toBe(0)
    expect(inner.overrun).toBe(true)
    expect(reader.overrun).toBe(false)
    expect(reader.rest()).toEqual(Uint8Array.of(3, 4))
    expect(reader.slice(1).overrun).toBe(true)
  })
})
