import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'

import { errorCode, headerError, headerLength, maxExtendedLength, maxLength, messageType } from './iana.ts'
import { notification, type Notification } from './notification.ts'

export type Frame =
  /** More bytes are needed before anything can be said. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'frame'; readonly type: number; readonly body: Uint8Array; readonly length: number }
  | { readonly kind: 'reset'; readonly notification: Notification }

/** Shortest whole message by type; a KEEPALIVE is exactly its header (RFC 4271 §4.2–4.5, RFC 2918 §3). */
const minLengths: Readonly<Record<number, number>> = {
  [messageType.open]: 29,
  [messageType.update]: 23,
  [messageType.notification]: 21,
  [messageType.keepalive]: headerLength,
  [messageType.routeRefresh]: 23,
}

/*
 *  0                   1                   2                   3      RFC 4271 §4.1
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Marker, 16 octets of ones                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Length               |      Type     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export function encodeMessage(type: number, body: (writer: Writer) => void, capacity = 64): Uint8Array {
  const writer = new Writer(capacity)
  for (let i = 0; i < 4; i++) writer.u32(0xffffffff)
  writer.u16(0).u8(type)
  body(writer)
  const bytes = writer.take()
  bytes[16] = bytes.length >>> 8
  bytes[17] = bytes.length
  return bytes
}

/** The first message in `bytes`, by reference. */
export function decodeFrame(bytes: Uint8Array): Frame {
  // RFC 4271 §6.1: what is there of the marker is judged at once; the rest of a wrong stream may never come.
  if (bytes.subarray(0, 16).some((octet) => octet !== 0xff)) {
    return reset(headerError.notSynchronized)
  }
  if (bytes.length < headerLength) return { kind: 'incomplete' }
  const reader = new Reader(bytes.subarray(16))
  const length = reader.u16()
  const type = reader.u8()
  const fault = headerFault(type, length)
  if (fault !== undefined) return fault
  if (bytes.length < length) return { kind: 'incomplete' }
  return { kind: 'frame', type, body: bytes.subarray(headerLength, length), length }
}

function headerFault(type: number, length: number): Frame | undefined {
  const min = minLengths[type]
  if (min === undefined && length >= headerLength) return reset(headerError.badType, [type])
  // RFC 8654 §4: we advertise long messages, so any peer may send them; OPENs keep to the old limit.
  const max = type === messageType.open ? maxLength : maxExtendedLength
  const wrong = length < (min ?? headerLength) || length > max
  if (wrong || (type === messageType.keepalive && length !== headerLength)) {
    return reset(headerError.badLength, [length >>> 8, length & 0xff])
  }
  return undefined
}

function reset(subcode: number, data: readonly number[] = []): Frame {
  return { kind: 'reset', notification: notification(errorCode.header, subcode, data) }
}
