import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

import { encodeMessage } from './header.ts'
import { errorCode, headerLength, maxLength, messageType, refreshSubtype, routeRefreshError } from './iana.ts'
import { notification, type Notification } from './notification.ts'

/** A request to hear everything of one address family again, or where the answer begins and ends (RFC 7313). */
export interface RouteRefresh {
  readonly afi: number
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

/**
 * The header has made sure of the four octets; filters may follow a request (RFC 5291 §5), nothing a marker
 * (RFC 7313 §5).
 */
export function decodeRouteRefresh(reader: Reader): RouteRefresh | Notification {
  const body = reader.peek(reader.remaining)
  const refresh = { afi: reader.u16(), subtype: reader.u8(), safi: reader.u8() }
  const marker = refresh.subtype === refreshSubtype.begin || refresh.subtype === refreshSubtype.end
  if (marker && reader.remaining > 0) {
    return notification(errorCode.routeRefresh, routeRefreshError.badLength, wholeMessage(body))
  }
  return refresh
}

export function isRouteRefresh(value: RouteRefresh | Notification): value is RouteRefresh {
  return 'afi' in value
}

/** RFC 7313 §5: the data is the message that is wrong; what fits into a NOTIFICATION of any peer. */
function wholeMessage(body: Uint8Array): number[] {
  const bytes = encodeMessage(messageType.routeRefresh, (writer) => writer.bytes(body))
  return [...bytes.subarray(0, maxLength - headerLength - 2)]
}
