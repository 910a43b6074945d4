/* Notes on the wire: type (1) · length (2) · value. Names and lists carry their length in front. */
import { addressFromBytes, bytesOf, type Address } from '../model/address.ts'
import { milliseconds, type Duration } from '../model/duration.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'
import { bootBytes, bootFrom, type BootId } from './boot.ts'
import type { Claim, ClaimState, Note } from './message.ts'

const types = {
  query: 1,
  heard: 2,
  unheard: 3,
  dead: 4,
  healed: 5,
  claims: 6,
  dropped: 7,
  epochs: 8,
  sync: 9,
  returns: 10,
  parts: 11,
} as const satisfies Record<Note['type'], number>

interface Life {
  readonly about: string
  readonly boot: BootId
}

const utf8 = new TextEncoder()
const text = new TextDecoder()
const states: readonly ClaimState[] = ['held', 'offered', 'shut', 'failing']

export function writeNote(writer: Writer, note: Note): void {
  writer.u8(types[note.type]).counted(2, () => writeValue(writer, note))
}

function writeValue(writer: Writer, note: Note): void {
  switch (note.type) {
    case 'query':
    case 'unheard':
      writeLife(writer, note)
      return
    case 'heard':
    case 'dead':
      writeLife(writer, note)
      writeAge(writer, note.age)
      return
    case 'claims':
      writer.u8(note.whole ? 1 : 0)
      note.claims.forEach((claim) => writeClaim(writer, claim))
      return
    case 'dropped':
      note.addresses.forEach((address) => writeAddress(writer, address))
      return
    case 'epochs':
      writeName(writer, note.node)
      note.epochs.forEach(({ address, counter }) => writeAddress(writer, address).u32(counter))
      return
    case 'returns':
      writeName(writer, note.node)
      note.ages.forEach((age) => writeAge(writer, age))
      return
    case 'parts':
      writer.u16(note.count)
      return
    case 'healed':
    case 'sync':
      return
  }
}

/** Reads one note, whatever it holds. */
export function readNote(reader: Reader): Note | 'unknown' | 'malformed' {
  const type = reader.u8()
  const value = reader.slice(reader.u16())
  if (reader.overrun) return 'malformed'
  const note = readValue(type, value)
  return value.overrun || (note !== 'unknown' && value.remaining > 0) ? 'malformed' : note
}

function readValue(type: number, value: Reader): Note | 'unknown' | 'malformed' {
  switch (type) {
    case types.query:
      return { type: 'query', ...readLife(value) }
    case types.unheard:
      return { type: 'unheard', ...readLife(value) }
    case types.heard:
      return { type: 'heard', ...readLife(value), age: milliseconds(value.u32()) }
    case types.dead:
      return { type: 'dead', ...readLife(value), age: milliseconds(value.u32()) }
    case types.healed:
      return { type: 'healed' }
    case types.sync:
      return { type: 'sync' }
    case types.claims:
      return readClaims(value)
    case types.dropped:
      return readDropped(value)
    case types.epochs:
      return readEpochs(value)
    case types.returns:
      return readReturns(value)
    case types.parts:
      return { type: 'parts', count: value.u16() }
    default:
      return 'unknown'
  }
}

function readClaims(value: Reader): Note | 'malformed' {
  const whole = value.u8() !== 0
  const claims: Claim[] = []
  while (value.remaining > 0) {
    const claim = readClaim(value)
    if (claim === undefined) return 'malformed'
    claims.push(claim)
  }
  return { type: 'claims', whole, claims }
}

function readDropped(value: Reader): Note | 'malformed' {
  const addresses: Address[] = []
  while (value.remaining > 0) {
    const address = readAddress(value)
    if (address === undefined) return 'malformed'
    addresses.push(address)
  }
  return { type: 'dropped', addresses }
}

function readEpochs(value: Reader): Note | 'malformed' {
  const node = readName(value)
  const epochs: { address: Address; counter: number }[] = []
  while (value.remaining > 0) {
    const address = readAddress(value)
    if (address === undefined) return 'malformed'
    epochs.push({ address, counter: value.u32() })
  }
  return { type: 'epochs', node, epochs }
}

function readReturns(value: Reader): Note {
  const node = readName(value)
  const ages: Duration[] = []
  // What is left of four bytes is an overrun, which the caller refuses.
  while (value.remaining > 0) ages.push(milliseconds(value.u32()))
  return { type: 'returns', node, ages }
}

/** State and the family's length in one byte, then address, counter and the name of who takes over. */
function writeClaim(writer: Writer, { address, counter, state, to }: Claim): void {
  writer.u8(states.indexOf(state))
  writeAddress(writer, address).u32(counter)
  writeName(writer, to ?? '')
}

function readClaim(value: Reader): Claim | undefined {
  const state = states[value.u8()]
  const address = readAddress(value)
  const counter = value.u32()
  const to = readName(value)
  if (state === undefined || address === undefined) return undefined
  return { address, counter, state, ...(to === '' ? {} : { to }) }
}

function writeLife(writer: Writer, { about, boot }: Life): void {
  writeName(writer, about)
  writer.bytes(bootBytes(boot))
}

function readLife(value: Reader): Life {
  const about = readName(value)
  return { about, boot: bootFrom(value.bytes(8)) }
}

function writeAge(writer: Writer, age: Duration): void {
  writer.u32(Math.min(0xffffffff, Math.max(0, Math.round(age))))
}

/** A Kubernetes name has 253 bytes at most: it fits its length byte. */
export function writeName(writer: Writer, name: string): void {
  writer.counted(1, () => writer.bytes(utf8.encode(name)))
}

export function readName(value: Reader): string {
  return text.decode(value.bytes(value.u8()))
}

function writeAddress(writer: Writer, address: Address): Writer {
  return writer.counted(1, () => writer.bytes(bytesOf(address)))
}

function readAddress(value: Reader): Address | undefined {
  const bytes = value.bytes(value.u8())
  return bytes.length === 4 || bytes.length === 16 ? addressFromBytes(bytes) : undefined
}
