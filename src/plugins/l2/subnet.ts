/* Subnet arithmetic on address text. */
import { bitsOf, familyOf, formatAddress, valueOf, type Address } from '#core/model/address.ts'

/** The subnet an interface address lies in: `192.0.2.7`, 24 → `192.0.2.0/24`. */
export function cidrOf(address: Address, prefixLength: number): string {
  const family = familyOf(address)
  const hostBits = BigInt(Math.max(0, bitsOf(family) - prefixLength))
  return `${formatAddress(family, (valueOf(address) >> hostBits) << hostBits)}/${prefixLength}`
}

/** fe80::/10 or 169.254.0.0/16. */
export function isLinkLocal(address: Address): boolean {
  const value = valueOf(address)
  return familyOf(address) === 'IPv6' ? value >> 118n === 0x3fan : value >> 16n === 0xa9fen
}

/** The group a node that holds the address listens on. @see RFC 4291 §2.7.1 */
export function solicitedNodeGroup(address: Address): Address {
  const low24 = valueOf(address) & 0xffffffn
  return formatAddress('IPv6', SOLICITED_NODE | low24)
}

/** ff02::1:ff00:0 */
const SOLICITED_NODE = 0xff02_0000_0000_0000_0000_0001_ff00_0000n
