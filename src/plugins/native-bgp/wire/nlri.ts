import { prefixBytes, prefixFromBytes, type Prefix } from '#core/bgp/prefix.ts'
import { bitsOf, type Family } from '#core/model/address.ts'
import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

/*
 * +---------------------------+
 * |   Length (1 octet, bits)  |   RFC 4271 §4.3
 * +---------------------------+
 * |   Prefix (whole octets)   |
 * +---------------------------+
 */
export function encodePrefix(writer: Writer, prefix: Prefix): void {
  writer.u8(prefix.length).bytes(prefixBytes(prefix))
}

/** Octets of one prefix on the wire. */
export function encodedLength(prefix: Prefix): number {
  return 1 + Math.ceil(prefix.length / 8)
}

/** Prefixes up to the reader's end; undefined when one is too long or runs over the end (RFC 7606 §5.3). */
export function decodePrefixes(reader: Reader, family: Family): Prefix[] | undefined {
  const prefixes: Prefix[] = []
  while (reader.remaining > 0) {
    const length = reader.u8()
    if (length > bitsOf(family)) return undefined
    const bytes = reader.bytes(Math.ceil(length / 8))
    if (reader.overrun) return undefined
    prefixes.push(prefixFromBytes(family, bytes, length))
  }
  return prefixes
}
