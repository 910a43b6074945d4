/*
 * A message on the wire. All numbers in network byte order.
 *
 *    0        4        5       6      14     22         30    34       38       42     43
 *   ┌────────┬────────┬───────┬──────┬──────┬──────────┬─────┬────────┬────────┬──────┬──────┬───────┬──────────────┐
 *   │ 'HRLD' │ format │ state │ boot │ echo │ sequence │ ask │ answer │ digest │  n   │ name │ notes │ HMAC-SHA-256 │
 *   └────────┴────────┴───────┴──────┴──────┴──────────┴─────┴────────┴────────┴──────┴──────┴───────┴──────────────┘
 *   state: standing in the low four bits, 0x10 when the sender hears nobody
 *   note:  type (1) · length (2) · value
 *
 * A note of an unknown type is skipped, so that members of different versions understand each other while a cluster is
 * upgraded. What could not be skipped gets another format; a member of another format counts as silent.
 */
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { bootBytes, bootFrom } from './boot.ts'
import type { Message, Note, Standing } from './message.ts'
import { readName, readNote, writeName, writeNote } from './notes.ts'

/** HMAC-SHA-256 of a message under one key: 32 bytes. */
export type Mac = (message: Uint8Array) => Uint8Array

export type MessageFault = 'malformed' | 'unknown-format' | 'bad-mac'
export type Decoded =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly fault: MessageFault }

export const format = 2
const magic = 0x48524c44
const headLength = 43
const macLength = 32
const deafBit = 0x10
const standings: readonly Standing[] = ['listening', 'active', 'resuming', 'leaving']

export function encodeMessage(message: Message, mac: Mac): Uint8Array {
  const writer = new Writer(256)
  const state = standings.indexOf(message.standing) | (message.deaf ? deafBit : 0)
  writer.u32(magic).u8(format).u8(state).bytes(bootBytes(message.boot)).bytes(bootBytes(message.echo))
  writer.u32(Math.floor(message.sequence / 2 ** 32)).u32(message.sequence >>> 0)
  writer.u32(message.ask).u32(message.answer).u32(message.digest)
  writeName(writer, message.from)
  for (const note of message.notes) writeNote(writer, note)
  return writer.bytes(mac(writer.take())).take()
}

/** Total: any bytes give a message or a fault. A MAC under one of the keys is found before a field is believed. */
export function decodeMessage(bytes: Uint8Array, keys: readonly Mac[]): Decoded {
  const reader = new Reader(bytes)
  if (bytes.length < headLength + macLength || reader.u32() !== magic) return refused('malformed')
  if (reader.u8() !== format) return refused('unknown-format')
  const signed = bytes.subarray(0, bytes.length - macLength)
  const found = bytes.subarray(bytes.length - macLength)
  if (!keys.some((mac) => equalBytes(mac(signed), found))) return refused('bad-mac')
  return decodeFields(new Reader(signed.subarray(5)))
}

function decodeFields(reader: Reader): Decoded {
  const state = reader.u8()
  const standing = standings[state & 0x0f]
  const [boot, echo] = [bootFrom(reader.bytes(8)), bootFrom(reader.bytes(8))]
  const sequence = reader.u32() * 2 ** 32 + reader.u32()
  const [ask, answer, digest] = [reader.u32(), reader.u32(), reader.u32()]
  const from = readName(reader)
  const notes: Note[] = []
  while (reader.remaining > 0) {
    const note = readNote(reader)
    if (note === 'malformed') return refused('malformed')
    if (note !== 'unknown') notes.push(note)
  }
  if (reader.overrun || standing === undefined || sequence > Number.MAX_SAFE_INTEGER)
    return refused('malformed')
  const deaf = (state & deafBit) !== 0
  return {
    ok: true,
    message: { from, boot, echo, sequence, standing, deaf, ask, answer, digest, notes },
  }
}

function refused(fault: MessageFault): Decoded {
  return { ok: false, fault }
}

/** In time independent of where the difference is. */
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index++) difference |= (a[index] as number) ^ (b[index] ?? 0)
  return difference === 0
}
