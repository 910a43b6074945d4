import { describe, expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'
import { decodeAsPath, encodeAsPath, type AsSegment } from '#plugins/native-bgp/wire/as-path.ts'

const path: readonly AsSegment[] = [
  { type: 2, numbers: [7776, 65_000] },
  { type: 1, numbers: [1, 2, 3] },
]

describe('an AS path', () => {
  it.each([2, 4] as const)('is read back with numbers of %d octets', (width) => {
    const writer = new Writer()
    encodeAsPath(writer, path, width)
    expect(writer.length).toBe(4 + 5 * width)
    expect(decodeAsPath(new Reader(writer.take()), width)).toEqual(path)
  })

  it('of the other width makes no sense', () => {
    const writer = new Writer()
    encodeAsPath(writer, path, 2)
    expect(decodeAsPath(new Reader(writer.take()), 4)).toBeUndefined()
  })

  it('may be empty, as within one AS', () => {
    expect(decodeAsPath(new Reader(new Uint8Array()), 4)).toEqual([])
  })
})
