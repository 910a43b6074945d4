/* The values of AS_PATH and AS4_PATH. */
import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

import { asSegment } from './iana.ts'

export interface AsSegment {
  readonly type: number
  readonly numbers: readonly number[]
}

/*
 * +------------------------------------------------+
 * | Segment type (1 octet)                         |   RFC 4271 §4.3
 * | Number of ASes (1 octet)                       |
 * | AS numbers (2 octets each; 4 by RFC 6793 §4.1) |
 * +------------------------------------------------+
 */
export function encodeAsPath(writer: Writer, segments: readonly AsSegment[], width: 2 | 4): void {
  for (const { type, numbers } of segments) {
    writer.u8(type).u8(numbers.length)
    for (const as of numbers) {
      if (width === 4) writer.u32(as)
      else writer.u16(as)
    }
  }
}

/** RFC 5065 §5: what goes on inside a confederation stays there. */
export function leavesConfederation(segments: readonly AsSegment[]): boolean {
  return segments.some(({ type }) => type === asSegment.confedSequence || type === asSegment.confedSet)
}

/** Undefined when malformed: RFC 7606 §7.2, and AS 0 by RFC 7607 §2. */
export function decodeAsPath(reader: Reader, width: 2 | 4): AsSegment[] | undefined {
  const segments: AsSegment[] = []
  while (reader.remaining > 0) {
    const type = reader.u8()
    const count = reader.u8()
    if (type < asSegment.set || type > asSegment.confedSet || count === 0) return undefined
    const numbers: number[] = []
    for (let i = 0; i < count && !reader.overrun; i++) numbers.push(width === 4 ? reader.u32() : reader.u16())
    if (reader.overrun || numbers.includes(0)) return undefined
    segments.push({ type, numbers })
  }
  return segments
}
