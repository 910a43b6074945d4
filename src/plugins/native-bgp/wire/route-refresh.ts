import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

/** The peer wants to hear everything of one address family again. */
export interface RouteRefresh {
  readonly afi: number
  /** 0 = a plain request; other values belong to RFC 7313, which we do not advertise. */
  readonly subtype: number
  readonly safi: number
}

/*
 *  0                   1                   2                   3      RFC 2918 §3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             AFI               |    Subtype    |     SAFI      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export function encodeRouteRefresh(writer: Writer, { afi, subtype, safi }: RouteRefresh): void {
  writer.u16(afi).u8(subtype).u8(safi)
}

/** The header has made sure of the four octets. */
export function decodeRouteRefresh(reader: Reader): RouteRefresh {
  return { afi: reader.u16(), subtype: reader.u8(), safi: reader.u8() }
}
