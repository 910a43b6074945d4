/*
 * One heartbeat on the wire. All numbers in network byte order.
 *
 *    0        4        5      6             14            22          30     31            31+n
 *   ┌────────┬────────┬──────┬─────────────┬─────────────┬──────────┬──────┬─────────────┬──────────────┐
 *   │ 'HRLD' │ format │ kind │ sender boot │ echoed boot │ sequence │  n   │ sender name │ HMAC-SHA-256 │
 *   └────────┴────────┴──────┴─────────────┴─────────────┴──────────┴──────┴─────────────┴──────────────┘
 *
 * The echo is the receiver's boot id as the sender last heard it. A beat counts only when it echoes the receiver's
 * present boot id: that proves it was made for this receiver and in this life of it, without comparing wall clocks.
 */
import type { BootId } from './boot.ts'
import { bootBytes, bootFrom } from './boot.ts'

/** `listening`: just started or paused, not to be relied on yet. `leaving`: about to stop, take over now. */
export type BeatKind = 'listening' | 'active' | 'leaving'

export interface Beat {
  readonly kind: BeatKind
  /** Node name of the sender. */
  readonly from: string
  readonly boot: BootId
  readonly echo: BootId
  /** Strictly increasing within one boot. */
  readonly sequence: number
}

/** HMAC-SHA-256 of a message under the folder's key: 32 bytes. */
export type Mac = (message: Uint8Array) => Uint8Array

export type BeatFault = 'malformed' | 'unknown-format' | 'bad-mac'
export type DecodedBeat =
  | { readonly ok: true; readonly beat: Beat }
  | { readonly ok: false; readonly fault: BeatFault }

const magic = [0x48, 0x52, 0x4c, 0x44]
const format = 1
const headLength = 31
const macLength = 32
const kinds: readonly BeatKind[] = ['listening', 'active', 'leaving']

export function encodeBeat(beat: Beat, mac: Mac): Uint8Array {
  const name = new TextEncoder().encode(beat.from)
  const bytes = new Uint8Array(headLength + name.length + macLength)
  bytes.set(magic)
  bytes[4] = format
  bytes[5] = kinds.indexOf(beat.kind)
  bytes.set(bootBytes(beat.boot), 6)
  bytes.set(bootBytes(beat.echo), 14)
  new DataView(bytes.buffer).setBigUint64(22, BigInt(beat.sequence))
  // A Kubernetes name has 253 bytes at most: it fits its length byte.
  bytes[30] = name.length
  bytes.set(name, headLength)
  const signed = bytes.length - macLength
  bytes.set(mac(bytes.subarray(0, signed)), signed)
  return bytes
}

/** Total: any bytes give a beat or a fault. The MAC is checked before a field is believed. */
export function decodeBeat(bytes: Uint8Array, mac: Mac): DecodedBeat {
  if (bytes.length < headLength + macLength) return refused('malformed')
  if (!magic.every((byte, index) => bytes[index] === byte)) return refused('malformed')
  if (bytes[4] !== format) return refused('unknown-format')
  const signed = bytes.length - macLength
  if (!equalBytes(mac(bytes.subarray(0, signed)), bytes.subarray(signed))) return refused('bad-mac')
  return decodeFields(bytes.subarray(0, signed))
}

function decodeFields(bytes: Uint8Array): DecodedBeat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const kind = kinds[view.getUint8(5)]
  const sequence = view.getBigUint64(22)
  if (kind === undefined || view.getUint8(30) !== bytes.length - headLength) return refused('malformed')
  if (sequence > BigInt(Number.MAX_SAFE_INTEGER)) return refused('malformed')
  const from = new TextDecoder().decode(bytes.subarray(headLength))
  const boot = bootFrom(bytes.subarray(6, 14))
  const echo = bootFrom(bytes.subarray(14, 22))
  return { ok: true, beat: { kind, from, boot, echo, sequence: Number(sequence) } }
}

function refused(fault: BeatFault): DecodedBeat {
  return { ok: false, fault }
}

/** In time independent of where the difference is. */
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0)
  return difference === 0
}
