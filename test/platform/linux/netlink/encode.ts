import { bytesOf, type Address } from '#core/model/address.ts'

/* Builds rtnetlink messages as the kernel does, in the machine's byte order, for the decoder to read. */

export function message(type: number, seq: number, body: Uint8Array, flags = 0): Uint8Array {
  const bytes = new Uint8Array(align(16 + body.length))
  new Uint32Array(bytes.buffer)[0] = 16 + body.length
  new Uint16Array(bytes.buffer).set([type, flags], 2)
  new Uint32Array(bytes.buffer)[2] = seq
  bytes.set(body, 16)
  return bytes
}

export interface LinkFields {
  readonly index: number
  readonly name: string
  readonly mac: readonly number[]
  readonly flags: number
  readonly master?: number
  readonly family?: number
}

export function linkBody(link: LinkFields): Uint8Array {
  const head = new Uint8Array(16)
  head[0] = link.family ?? 0
  new Uint16Array(head.buffer)[1] = 1
  new Int32Array(head.buffer)[1] = link.index
  new Uint32Array(head.buffer)[2] = link.flags
  const master = link.master === undefined ? [] : [attribute(10, word(link.master))]
  const name = new TextEncoder().encode(`${link.name}\0`)
  return concat([head, attribute(3, name), attribute(1, Uint8Array.from(link.mac)), ...master])
}

export function addressBody(index: number, address: Address, prefixLength: number): Uint8Array {
  const head = new Uint8Array(8)
  head[0] = address.includes(':') ? 10 : 2
  head[1] = prefixLength
  new Uint32Array(head.buffer)[1] = index
  return concat([head, attribute(1, bytesOf(address))])
}

export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(align(4 + value.length))
  new Uint16Array(bytes.buffer).set([4 + value.length, type])
  bytes.set(value, 4)
  return bytes
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export function word(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer)
}

function align(length: number): number {
  return (length + 3) & ~3
}
