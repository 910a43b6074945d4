/*
 * The Protocol Buffers wire format, as far as GoBGP's API needs it: a message is a table of numbered fields, written as
 * data; encoding and decoding follow from it. Decoding is total: fields nobody declared are skipped, and bytes that are
 * no message make undefined. 64-bit numbers are exact up to 2⁵³.
 */

/** Wire types 0 (a number) and 2 (bytes with a length); 1 and 5 (fixed width) are only skipped. */
type WireValue = bigint | Uint8Array

export interface Field<T> {
  readonly number: number
  /** The value of a field that is not on the wire. */
  readonly empty: T
  write(out: number[], number: number, value: T): void
  /** What the field holds after one more occurrence of it; undefined when its wire type is wrong. */
  read(before: T, value: WireValue): { readonly value: T } | undefined
}

export interface Message<T> {
  readonly fields: readonly (readonly [key: keyof T, field: Field<never>])[]
}

/** A message to be sent: what is left out holds its default. */
export type Draft<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer U)[]
    ? readonly Draft<U>[]
    : T extends object
      ? { readonly [K in keyof T]?: Draft<T[K]> }
      : T

export function message<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): Message<T> {
  return { fields: Object.entries(fields) as unknown as Message<T>['fields'] }
}

export function encode<T>(type: Message<T>, draft: Draft<T>): Uint8Array {
  const out: number[] = []
  const values = draft as { readonly [K in keyof T]?: unknown }
  for (const [key, field] of type.fields) {
    const value = values[key]
    if (value !== undefined) field.write(out, field.number, value as never)
  }
  return Uint8Array.from(out)
}

export function decode<T>(type: Message<T>, bytes: Uint8Array): T | undefined {
  const found = Object.fromEntries(type.fields.map(([key, { empty }]) => [key, empty])) as T
  const byNumber = new Map(type.fields.map(([key, field]) => [field.number, [key, field] as const]))
  const cursor = { bytes, at: 0 }
  while (cursor.at < bytes.length) {
    const tag = varint(cursor)
    if (tag === undefined) return undefined
    const value = payload(cursor, Number(tag & 7n))
    if (value === undefined) return undefined
    const [key, field] = byNumber.get(Number(tag >> 3n)) ?? []
    if (key === undefined || field === undefined || value === 'skipped') continue
    const read = field.read(found[key] as never, value)
    if (read === undefined) return undefined
    found[key] = read.value
  }
  return found
}

/** uint32, uint64 and enums. */
export function uint(number: number): Field<number> {
  return {
    number,
    empty: 0,
    write(out, at, value) {
      if (value !== 0) put(out, at, BigInt(value))
    },
    read: (_, value) => (typeof value === 'bigint' ? { value: Number(value) } : undefined),
  }
}

/** int32 and int64: negative numbers take ten bytes. */
export function int(number: number): Field<number> {
  return {
    number,
    empty: 0,
    write(out, at, value) {
      if (value !== 0) put(out, at, BigInt.asUintN(64, BigInt(value)))
    },
    read: (_, value) => (typeof value === 'bigint' ? { value: Number(BigInt.asIntN(64, value)) } : undefined),
  }
}

export function bool(number: number): Field<boolean> {
  return {
    number,
    empty: false,
    write(out, at, value) {
      if (value) put(out, at, 1n)
    },
    read: (_, value) => (typeof value === 'bigint' ? { value: value !== 0n } : undefined),
  }
}

export function text(number: number): Field<string> {
  return {
    number,
    empty: '',
    write(out, at, value) {
      if (value !== '') putBytes(out, at, utf8.encode(value))
    },
    read: (_, value) => (typeof value === 'bigint' ? undefined : { value: decoder.decode(value) }),
  }
}

export function texts(number: number): Field<readonly string[]> {
  return {
    number,
    empty: [],
    write(out, at, values) {
      for (const value of values) putBytes(out, at, utf8.encode(value))
    },
    read: (before, value) =>
      typeof value === 'bigint' ? undefined : { value: [...before, decoder.decode(value)] },
  }
}

export function bytes(number: number): Field<Uint8Array> {
  return {
    number,
    empty: new Uint8Array(),
    write(out, at, value) {
      if (value.length > 0) putBytes(out, at, value)
    },
    read: (_, value) => (typeof value === 'bigint' ? undefined : { value }),
  }
}

/** Messages whose content another part knows, still encoded. */
export function manyBytes(number: number): Field<readonly Uint8Array[]> {
  return {
    number,
    empty: [],
    write(out, at, values) {
      for (const value of values) putBytes(out, at, value)
    },
    read: (before, value) => (typeof value === 'bigint' ? undefined : { value: [...before, value] }),
  }
}

/** A message within a message; present but empty differs from absent. */
export function nested<T>(number: number, type: Message<T>): Field<T | undefined> {
  return {
    number,
    empty: undefined,
    write(out, at, value) {
      if (value !== undefined) putBytes(out, at, encode(type, value as Draft<T>))
    },
    read: (_, value) => inner(type, value),
  }
}

export function many<T>(number: number, type: Message<T>): Field<readonly T[]> {
  return {
    number,
    empty: [],
    write(out, at, values) {
      for (const value of values) putBytes(out, at, encode(type, value as Draft<T>))
    },
    read(before, value) {
      const read = inner(type, value)
      return read && { value: [...before, read.value] }
    },
  }
}

const utf8 = new TextEncoder()
const decoder = new TextDecoder()

function inner<T>(type: Message<T>, value: WireValue): { readonly value: T } | undefined {
  const read = typeof value === 'bigint' ? undefined : decode(type, value)
  return read === undefined ? undefined : { value: read }
}

function put(out: number[], number: number, value: bigint): void {
  putVarint(out, BigInt(number << 3))
  putVarint(out, value)
}

function putBytes(out: number[], number: number, value: Uint8Array): void {
  putVarint(out, BigInt((number << 3) | 2))
  putVarint(out, BigInt(value.length))
  for (const byte of value) out.push(byte)
}

function putVarint(out: number[], value: bigint): void {
  let rest = value
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  out.push(Number(rest))
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

function varint(cursor: Cursor): bigint | undefined {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at]
    if (byte === undefined) return undefined
    cursor.at++
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asUintN(64, value)
  }
  return undefined
}

function payload(cursor: Cursor, wireType: number): WireValue | 'skipped' | undefined {
  if (wireType === 0) return varint(cursor)
  const length = wireType === 2 ? varint(cursor) : fixedWidths[wireType]
  if (length === undefined || BigInt(cursor.bytes.length - cursor.at) < length) return undefined
  const start = cursor.at
  cursor.at += Number(length)
  return wireType === 2 ? cursor.bytes.subarray(start, cursor.at) : 'skipped'
}

const fixedWidths: Readonly<Record<number, bigint>> = { 1: 8n, 5: 4n }
