import { familyOf, formatAddress, type Address } from '#core/model/address.ts'

import type { ConnectionEnds } from './transport.ts'

/** The BGP identifier: configured, else an IPv4 address of the connection's interface, else made from the node's name. */
export function bgpIdentifier(routerId: Address | undefined, ends: ConnectionEnds, node: string): Address {
  const own = [ends.local, ...ends.interfaceAddresses].find((address) => familyOf(address) === 'IPv4')
  return routerId ?? own ?? formatAddress('IPv4', BigInt(crc32(node) || 1))
}

/** CRC-32 (IEEE 802.3) of UTF-8 text. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
