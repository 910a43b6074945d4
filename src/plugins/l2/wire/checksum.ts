/* The Internet checksum of an ICMPv6 message. @see RFC 4443 §2.3, RFC 8200 §8.1, RFC 1071 */
import type { Address } from '#core/model/address.ts'
import { bytesOf } from '#core/model/address.ts'

const NEXT_HEADER_ICMPV6 = 58

/**
 * Over the IPv6 pseudo-header and `message`. With the checksum field zero: the value to put there. With the field
 * filled in: 0 if it is right.
 */
export function icmp6Checksum(source: Address, destination: Address, message: Uint8Array): number {
  const sum =
    sumOf(bytesOf(source)) +
    sumOf(bytesOf(destination)) +
    message.length +
    NEXT_HEADER_ICMPV6 +
    sumOf(message)
  return ~folded(sum) & 0xffff
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  return sum
}

function folded(sum: number): number {
  let rest = sum
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000)
  return rest
}
