/*
 * Neighbour Discovery: solicitations (read) and advertisements (read and written), as whole Ethernet frames or as
 * bare ICMPv6 messages.
 *
 *   Ethernet 14 │ IPv6 40: version, length, next header 58, hop limit 255, source, destination │ ICMPv6:
 *
 *    0      1      2          4                   8                      24
 *   +------+------+----------+-------------------+----------------------+----------------------------
 *   | type | code | checksum | R S O, reserved   | target address       | options: type, length/8, …
 *   +------+------+----------+-------------------+----------------------+----------------------------
 *
 * @see RFC 4861 §4.3, §4.4, §4.6.1, §7.1
 */
import { addressFromBytes, bytesOf, type Address } from '#core/model/address.ts'
import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'
import { icmp6Checksum } from './checksum.ts'
import { ETHERTYPE_IPV6, ethernetFrame, readEthernet, type Mac } from './ethernet.ts'

export interface Solicitation {
  readonly kind: 'solicitation'
  /** `::` while the sender detects duplicates. @see RFC 4862 §5.4.2 */
  readonly source: Address
  readonly target: Address
  /** Source Link-Layer Address option. */
  readonly mac?: Mac
}

export interface Advertisement {
  readonly kind: 'advertisement'
  readonly source: Address
  readonly destination: Address
  readonly target: Address
  readonly router: boolean
  readonly solicited: boolean
  readonly override: boolean
  /** Target Link-Layer Address option. */
  readonly mac?: Mac
}

export type NeighborMessage = Solicitation | Advertisement

/** Why a message is silently discarded. @see RFC 4861 §7.1.1, §7.1.2 */
export type NdpFault =
  | 'truncated'
  | 'not-ndp'
  | 'hop-limit'
  | 'checksum'
  | 'code'
  | 'option'
  | 'multicast-target'
  | 'unspecified-source'
  | 'solicited-multicast'

export const ALL_NODES = 'ff02::1' as Address
export const UNSPECIFIED = '::' as Address

const NEIGHBOR_SOLICITATION = 135
const NEIGHBOR_ADVERTISEMENT = 136
const NEXT_HEADER_ICMPV6 = 58
/** What a router would have lowered: a message with less did not start on this link. */
const HOP_LIMIT = 255
const VERSION_6 = 0x60000000
const [OPTION_SOURCE, OPTION_TARGET] = [1, 2]
const [FLAG_ROUTER, FLAG_SOLICITED, FLAG_OVERRIDE] = [0x80000000, 0x40000000, 0x20000000]

/** Padding behind the IPv6 packet is ignored. Extension headers are not looked through. */
export function decodeNdp(
  frame: Uint8Array,
): { readonly link: Mac; readonly message: NeighborMessage } | NdpFault {
  const reader = new Reader(frame)
  const { source: link, type } = readEthernet(reader)
  const version = reader.u32() >>> 28
  const [length, nextHeader, hopLimit] = [reader.u16(), reader.u8(), reader.u8()]
  const [from, to] = [reader.bytes(16), reader.bytes(16)]
  const payload = reader.bytes(length)
  if (reader.overrun) return 'truncated'
  if (type !== ETHERTYPE_IPV6 || version !== 6 || nextHeader !== NEXT_HEADER_ICMPV6) return 'not-ndp'
  if (hopLimit !== HOP_LIMIT) return 'hop-limit'
  const [source, destination] = [addressFromBytes(from), addressFromBytes(to)]
  if (icmp6Checksum(source, destination, payload) !== 0) return 'checksum'
  const message = decodeNeighborMessage(payload, { source, destination })
  return typeof message === 'string' ? message : { link, message }
}

/** The ICMPv6 message alone, its checksum and hop limit already verified. */
export function decodeNeighborMessage(
  payload: Uint8Array,
  { source, destination }: { readonly source: Address; readonly destination: Address },
): NeighborMessage | NdpFault {
  const reader = new Reader(payload)
  const [type, code] = [reader.u8(), reader.u8()]
  reader.u16()
  const [flags, targetBytes] = [reader.u32(), reader.bytes(16)]
  if (type !== NEIGHBOR_SOLICITATION && type !== NEIGHBOR_ADVERTISEMENT) return 'not-ndp'
  if (reader.overrun) return 'truncated'
  if (code !== 0) return 'code'
  const options = readOptions(reader)
  if (options === undefined) return 'option'
  if (targetBytes[0] === 0xff) return 'multicast-target'
  const target = addressFromBytes(targetBytes)
  if (type === NEIGHBOR_SOLICITATION) return solicitation(source, target, options.get(OPTION_SOURCE))
  const solicited = (flags & FLAG_SOLICITED) !== 0
  if (solicited && isMulticast(destination)) return 'solicited-multicast'
  return {
    kind: 'advertisement',
    source,
    destination,
    target,
    router: (flags & FLAG_ROUTER) !== 0,
    solicited,
    override: (flags & FLAG_OVERRIDE) !== 0,
    ...macOf(options.get(OPTION_TARGET)),
  }
}

/** By its first octet: the text `ff::` is 00ff:…, a unicast address. */
function isMulticast(address: Address): boolean {
  return bytesOf(address)[0] === 0xff
}

/** A frame to `link`, from `link.source`. */
export function encodeAdvertisement(advertisement: Advertisement, link: LinkEnds): Uint8Array {
  return packet(advertisement, link, encodeAdvertisementMessage(advertisement))
}

/** Without a hardware address of the sender, as duplicate address detection has it. */
export function encodeSolicitation(
  ends: Pick<Solicitation, 'source' | 'target'> & { readonly destination: Address },
  link: LinkEnds,
): Uint8Array {
  const message = new Writer(24)
    .u8(NEIGHBOR_SOLICITATION)
    .u8(0)
    .u16(0)
    .u32(0)
    .bytes(bytesOf(ends.target))
    .take()
  return packet(ends, link, checksummed(message, ends))
}

interface LinkEnds {
  readonly source: Mac
  readonly destination: Mac
}

interface PacketEnds {
  readonly source: Address
  readonly destination: Address
}

function packet(ends: PacketEnds, link: LinkEnds, message: Uint8Array): Uint8Array {
  return ethernetFrame({ ...link, type: ETHERTYPE_IPV6 })
    .u32(VERSION_6)
    .u16(message.length)
    .u8(NEXT_HEADER_ICMPV6)
    .u8(HOP_LIMIT)
    .bytes(bytesOf(ends.source))
    .bytes(bytesOf(ends.destination))
    .bytes(message)
    .take()
}

function checksummed(message: Uint8Array, { source, destination }: PacketEnds): Uint8Array {
  const checksum = icmp6Checksum(source, destination, message)
  message.set([checksum >>> 8, checksum & 0xff], 2)
  return message
}

function encodeAdvertisementMessage(advertisement: Advertisement): Uint8Array {
  const { target, router, solicited, override, mac } = advertisement
  const flags = (router ? FLAG_ROUTER : 0) + (solicited ? FLAG_SOLICITED : 0) + (override ? FLAG_OVERRIDE : 0)
  const writer = new Writer(32).u8(NEIGHBOR_ADVERTISEMENT).u8(0).u16(0).u32(flags).bytes(bytesOf(target))
  if (mac !== undefined) writer.u8(OPTION_TARGET).u8(1).bytes(mac)
  return checksummed(writer.take(), advertisement)
}

function solicitation(source: Address, target: Address, option?: Uint8Array): Solicitation | NdpFault {
  // RFC 4861 §7.1.1: without a source there is nobody the option could speak of.
  if (source === UNSPECIFIED && option !== undefined) return 'unspecified-source'
  return { kind: 'solicitation', source, target, ...macOf(option) }
}

/** The first option of each type; undefined if one is malformed. */
function readOptions(reader: Reader): ReadonlyMap<number, Uint8Array> | undefined {
  const options = new Map<number, Uint8Array>()
  while (reader.remaining > 0) {
    const [type, units] = [reader.u8(), reader.u8()]
    // RFC 4861 §4.6: length 0 is invalid, and makes the whole message so.
    const value = reader.bytes(units * 8 - 2)
    if (reader.overrun) return undefined
    if (!options.has(type)) options.set(type, value)
  }
  return options
}

function macOf(option: Uint8Array | undefined): { readonly mac?: Mac } {
  return option?.length === 6 ? { mac: option } : {}
}
