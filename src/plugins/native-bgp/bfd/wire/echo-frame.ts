/*
 * Echo packets (RFC 5881 §4): addressed to ourselves, handed to the neighbour, who forwards them back. The kernel
 * would never let such a packet out by itself, so this is a whole Ethernet frame.
 *
 *   Ethernet 14 | IPv4 20 | UDP 8 | discriminator 4, a sequence number 4
 */
import { bytesOf, type Address } from '#core/model/address.ts'
import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'

import { udpPort } from './iana.ts'

export interface EchoFrame {
  /** Six bytes each. */
  readonly destination: Uint8Array
  readonly source: Uint8Array
  readonly address: Address
  readonly discriminator: number
  readonly sequence: number
}

const [etherType, versionAndLength, networkControl, dontFragment, timeToLive, udp] = [
  0x0800, 0x45, 0xc0, 0x4000, 255, 17,
]
const sizes = { ethernet: 14, ip: 20, udp: 8, payload: 8 } as const

export function encodeEcho({ destination, source, address, discriminator, sequence }: EchoFrame): Uint8Array {
  return new Writer()
    .bytes(destination)
    .bytes(source)
    .u16(etherType)
    .bytes(ipHeader(address))
    .u16(udpPort.echo)
    .u16(udpPort.echo)
    .u16(sizes.udp + sizes.payload)
    .u16(0) // RFC 768: no checksum; the Ethernet frame has its own
    .u32(discriminator)
    .u32(sequence)
    .take()
}

/** The discriminator of an echo packet of `address` that came back; undefined for anything else. */
export function decodeEcho(frame: Uint8Array, address: Address): number | undefined {
  const reader = new Reader(frame)
  reader.bytes(sizes.ethernet)
  const header = new Reader(reader.bytes(sizes.ip))
  const [first] = [header.u8(), header.bytes(8)]
  const protocol = header.u8()
  header.u16()
  const [from, to] = [header.bytes(4), header.bytes(4)]
  const port = (reader.u16(), reader.u16())
  reader.u32()
  const discriminator = reader.u32()
  if (reader.overrun || first !== versionAndLength || protocol !== udp || port !== udpPort.echo)
    return undefined
  const own = bytesOf(address)
  return equal(from, own) && equal(to, own) ? discriminator : undefined
}

function ipHeader(address: Address): Uint8Array {
  const own = bytesOf(address)
  const bytes = new Writer(sizes.ip)
    .u8(versionAndLength)
    .u8(networkControl)
    .u16(sizes.ip + sizes.udp + sizes.payload)
    .u16(0)
    .u16(dontFragment)
    .u8(timeToLive)
    .u8(udp)
    .u16(0)
    .bytes(own)
    .bytes(own)
    .take()
  new DataView(bytes.buffer).setUint16(10, internetChecksum(bytes))
  return bytes
}

/** RFC 1071, over an even number of bytes. */
function internetChecksum(bytes: Uint8Array): number {
  const reader = new Reader(bytes)
  let sum = 0
  while (reader.remaining > 0) sum += reader.u16()
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i])
}
