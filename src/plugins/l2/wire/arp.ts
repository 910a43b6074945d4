/*
 * ARP for IPv4 over Ethernet.
 *
 *    0        2        4    5    6           8          14         18         24         28
 *   +--------+--------+----+----+-----------+----------+----------+----------+----------+
 *   | 1      | 0x0800 | 6  | 4  | operation | sender MAC, address | target MAC, address |
 *   +--------+--------+----+----+-----------+----------+----------+----------+----------+
 *
 * @see RFC 826; RFC 5227 for probes and announcements
 */
import { addressFromBytes, bytesOf, type Address } from '#core/model/address.ts'
import { Reader } from '#core/wire/reader.ts'
import { ETHERTYPE_ARP, ethernetFrame, readEthernet, type Mac } from './ethernet.ts'

type ArpOperation = 'request' | 'reply'

interface ArpParty {
  readonly mac: Mac
  readonly address: Address
}

export interface ArpFrame {
  /** Of the Ethernet header. */
  readonly destination: Mac
  readonly source: Mac
  readonly operation: ArpOperation
  readonly sender: ArpParty
  readonly target: ArpParty
}

export type ArpFault = 'truncated' | 'not-arp' | 'not-ipv4-over-ethernet' | 'operation'

const ETHERNET_IPV4 = 0x00010800
const LENGTHS_6_4 = 0x0604
const [REQUEST, REPLY] = [1, 2]

/** Trailing bytes (padding) are ignored. */
export function decodeArp(bytes: Uint8Array): ArpFrame | ArpFault {
  const reader = new Reader(bytes)
  const { destination, source, type } = readEthernet(reader)
  const [kind, lengths, code] = [reader.u32(), reader.u16(), reader.u16()]
  const [sender, target] = [readParty(reader), readParty(reader)]
  if (reader.overrun) return 'truncated'
  if (type !== ETHERTYPE_ARP) return 'not-arp'
  if (kind !== ETHERNET_IPV4 || lengths !== LENGTHS_6_4) return 'not-ipv4-over-ethernet'
  if (code !== REQUEST && code !== REPLY) return 'operation'
  return { destination, source, operation: code === REQUEST ? 'request' : 'reply', sender, target }
}

export function encodeArp({ destination, source, operation, sender, target }: ArpFrame): Uint8Array {
  return ethernetFrame({ destination, source, type: ETHERTYPE_ARP })
    .u32(ETHERNET_IPV4)
    .u16(LENGTHS_6_4)
    .u16(operation === 'request' ? REQUEST : REPLY)
    .bytes(sender.mac)
    .bytes(bytesOf(sender.address))
    .bytes(target.mac)
    .bytes(bytesOf(target.address))
    .take()
}

function readParty(reader: Reader): ArpParty {
  const mac = reader.bytes(6)
  const address = reader.bytes(4)
  return { mac, address: address.length === 4 ? addressFromBytes(address) : UNSPECIFIED }
}

/** Sender of a probe. @see RFC 5227 §2.1.1 */
const UNSPECIFIED = '0.0.0.0' as Address
