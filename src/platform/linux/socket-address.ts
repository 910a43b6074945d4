import { addressFromBytes, bytesOf, familyOf, type Address } from '#core/model/address.ts'

import { AF_INET, AF_INET6 } from './constants.ts'

/** `struct sockaddr_in` or `struct sockaddr_in6`, in native layout; `zone`: index of a link-local address's interface. */
export function socketAddress(address: Address, port: number, zone = 0): Uint8Array {
  const v4 = familyOf(address) === 'IPv4'
  const bytes = new Uint8Array(v4 ? 16 : 28)
  new Uint16Array(bytes.buffer)[0] = v4 ? AF_INET : AF_INET6
  bytes[2] = port >> 8
  bytes[3] = port & 255
  bytes.set(bytesOf(address), v4 ? 4 : 8)
  if (!v4) new Uint32Array(bytes.buffer)[6] = zone
  return bytes
}

/** The address in either structure; a zone is left out. */
export function addressOf(sockaddr: Uint8Array): Address {
  const family = new DataView(sockaddr.buffer, sockaddr.byteOffset).getUint16(0, littleEndian)
  return addressFromBytes(family === AF_INET ? sockaddr.subarray(4, 8) : sockaddr.subarray(8, 24))
}

/** Index of the interface a link-local address belongs to; 0 for any other. */
export function zoneOf(sockaddr: Uint8Array): number {
  const view = new DataView(sockaddr.buffer, sockaddr.byteOffset)
  return view.getUint16(0, littleEndian) === AF_INET6 ? view.getUint32(24, littleEndian) : 0
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
