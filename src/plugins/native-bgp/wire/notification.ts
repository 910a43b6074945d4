import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

import { cease, errorCode } from './iana.ts'

/** Ends a session: sent, or received. */
export interface Notification {
  readonly code: number
  readonly subcode: number
  /** Octets, as numbers so that the whole survives JSON. */
  readonly data: readonly number[]
}

export function notification(code: number, subcode = 0, data: readonly number[] = []): Notification {
  return { code, subcode, data }
}

/*
 *  0                   1                   2                   3      RFC 4271 §4.5
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Error code    | Error subcode |   Data (variable)             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export function encodeNotification(writer: Writer, { code, subcode, data }: Notification): void {
  writer.u8(code).u8(subcode).bytes(Uint8Array.from(data))
}

/** The header has made sure of the two octets; a NOTIFICATION has no other way to be wrong. */
export function decodeNotification(reader: Reader): Notification {
  return { code: reader.u8(), subcode: reader.u8(), data: [...reader.rest()] }
}

const names: Readonly<Record<number, { readonly name: string; readonly subcodes: readonly string[] }>> = {
  1: {
    name: 'Message Header Error',
    subcodes: ['Unspecific', 'Connection Not Synchronized', 'Bad Message Length', 'Bad Message Type'],
  },
  2: {
    name: 'OPEN Message Error',
    subcodes: [
      'Unspecific',
      'Unsupported Version Number',
      'Bad Peer AS',
      'Bad BGP Identifier',
      'Unsupported Optional Parameter',
      'Authentication Failure',
      'Unacceptable Hold Time',
      'Unsupported Capability',
      '',
      '',
      '',
      'Role Mismatch',
    ],
  },
  3: {
    name: 'UPDATE Message Error',
    subcodes: [
      'Unspecific',
      'Malformed Attribute List',
      'Unrecognized Well-known Attribute',
      'Missing Well-known Attribute',
      'Attribute Flags Error',
      'Attribute Length Error',
      'Invalid ORIGIN Attribute',
      'AS Routing Loop',
      'Invalid NEXT_HOP Attribute',
      'Optional Attribute Error',
      'Invalid Network Field',
      'Malformed AS_PATH',
    ],
  },
  4: { name: 'Hold Timer Expired', subcodes: [''] },
  5: {
    name: 'Finite State Machine Error',
    subcodes: [
      'Unspecified Error',
      'Receive Unexpected Message in OpenSent State',
      'Receive Unexpected Message in OpenConfirm State',
      'Receive Unexpected Message in Established State',
    ],
  },
  6: {
    name: 'Cease',
    subcodes: [
      'Unspecific',
      'Maximum Number of Prefixes Reached',
      'Administrative Shutdown',
      'Peer De-configured',
      'Administrative Reset',
      'Connection Rejected',
      'Other Configuration Change',
      'Connection Collision Resolution',
      'Out of Resources',
      'Hard Reset',
      'BFD Down',
    ],
  },
  7: { name: 'ROUTE-REFRESH Message Error', subcodes: ['', 'Invalid Message Length'] },
  8: { name: 'Send Hold Timer Expired', subcodes: [''] },
}

/** `OPEN Message Error/Bad Peer AS (2/2)`, with the peer's own words where it gave any. */
export function describeNotification(value: Notification): string {
  const wrapped = insideHardReset(value)
  if (wrapped !== undefined) return `Cease/Hard Reset (6/9): ${describeNotification(wrapped)}`
  const { code, subcode } = value
  const known = names[code]
  const detail = known?.subcodes[subcode] || undefined
  const title = [known?.name ?? 'Unknown Error', detail].filter((part) => part !== undefined).join('/')
  const words = shutdownText(value)
  return `${title} (${code}/${subcode})${words === undefined ? '' : `: "${words}"`}`
}

/** What a Hard Reset is about: its data are another NOTIFICATION's code, subcode and data (RFC 8538 §3.1). */
export function insideHardReset({ code, subcode, data }: Notification): Notification | undefined {
  if (code !== errorCode.cease || subcode !== cease.hardReset) return undefined
  const [innerCode, innerSubcode, ...rest] = data
  if (innerCode === undefined || innerSubcode === undefined) return undefined
  const nested = innerCode === errorCode.cease && innerSubcode === cease.hardReset
  return nested ? undefined : notification(innerCode, innerSubcode, rest)
}

/** The peer must forget our routes, graceful restart or not (RFC 8538 §3.1). */
export function hardReset({ code, subcode, data }: Notification): Notification {
  return notification(errorCode.cease, cease.hardReset, [code, subcode, ...data])
}

/** The text of an administrative shutdown or reset: a length octet, then UTF-8 (RFC 9003 §2). */
export function shutdownText({ code, subcode, data }: Notification): string | undefined {
  if (code !== errorCode.cease || (subcode !== cease.shutdown && subcode !== cease.reset)) return undefined
  const [length = 0, ...text] = data
  if (length === 0 || text.length < length) return undefined
  const decoded = new TextDecoder().decode(Uint8Array.from(text.slice(0, length)))
  return decoded.replaceAll(/\p{C}/gu, '\uFFFD')
}

/** Octets (RFC 9003 §2). */
const shutdownTextMax = 255

export function shutdownNotification(subcode: number, text: string): Notification {
  // Cut between characters, not within one.
  const utf8 = new Uint8Array(shutdownTextMax)
  const { written } = new TextEncoder().encodeInto(text, utf8)
  return notification(errorCode.cease, subcode, [written, ...utf8.subarray(0, written)])
}
