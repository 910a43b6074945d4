/* Frames as clients send them, built byte by byte, apart from the code under test. */
import { bytesOf, type Address } from '#core/model/address.ts'

export const macOf = (last: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 0, last)
export const ALL_ONES = new Uint8Array(6).fill(255)

export interface ArpFields {
  readonly operation?: number
  readonly destination?: Uint8Array
  readonly senderMac?: Uint8Array
  readonly sender: string
  readonly targetMac?: Uint8Array
  readonly target: string
}

/** A broadcast request of `macOf(9)` unless said otherwise. */
export function arp(fields: ArpFields): Uint8Array {
  const senderMac = fields.senderMac ?? macOf(9)
  return join(
    fields.destination ?? ALL_ONES,
    senderMac,
    [0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, fields.operation ?? 1],
    senderMac,
    bytesOf(fields.sender as Address),
    fields.targetMac ?? new Uint8Array(6),
    bytesOf(fields.target as Address),
  )
}

export interface NdpFields {
  /** 135 solicitation, 136 advertisement. */
  readonly type?: number
  readonly code?: number
  readonly flags?: number
  readonly hopLimit?: number
  readonly linkSource?: Uint8Array
  readonly source: string
  readonly destination: string
  readonly target: string
  /** Bytes of the options. */
  readonly options?: readonly number[]
  /** Added to the right checksum. */
  readonly checksumError?: number
}

export function ndp(fields: NdpFields): Uint8Array {
  const [source, destination] = [bytesOf(fields.source as Address), bytesOf(fields.destination as Address)]
  const options = fields.options ?? []
  const message = join(
    [fields.type ?? 135, fields.code ?? 0, 0, 0, fields.flags ?? 0, 0, 0, 0],
    bytesOf(fields.target as Address),
    options,
  )
  const checksum =
    (naiveChecksum(join(source, destination, [0, 0, 0, message.length, 0, 0, 0, 58], message)) +
      (fields.checksumError ?? 0)) &
    0xffff
  message.set([checksum >> 8, checksum & 255], 2)
  return join(
    [0x33, 0x33, ...destination.subarray(12)],
    fields.linkSource ?? macOf(9),
    [0x86, 0xdd, 0x60, 0, 0, 0, message.length >> 8, message.length & 255, 58, fields.hopLimit ?? 255],
    source,
    destination,
    message,
  )
}

/** Option 1 (source) or 2 (target) link-layer address. */
export const linkLayerOption = (type: 1 | 2, mac: Uint8Array): readonly number[] => [type, 1, ...mac]

/** RFC 1071 to the letter, with big numbers instead of end-around carries. */
export function naiveChecksum(bytes: Uint8Array): number {
  let sum = 0n
  for (let i = 0; i < bytes.length; i += 2) sum += BigInt(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0))
  const folded = sum % 0xffffn
  const ones = folded === 0n && sum > 0n ? 0xffffn : folded
  return Number(0xffffn - ones)
}

export function join(...parts: readonly ArrayLike<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)))
}
