/* Prefixes: what a route is about. The address is always masked to the length, so equal prefixes have equal text. */
import {
  addressFromBytes,
  bitsOf,
  bytesOf,
  familyOf,
  formatAddress,
  parseAddress,
  valueOf,
  type Address,
  type Family,
} from '../model/address.ts'

export interface Prefix {
  readonly family: Family
  readonly address: Address
  /** 0 … 32 or 128. */
  readonly length: number
}

/** `address` masked to `length` bits. */
export function prefixOf(address: Address, length: number): Prefix {
  const family = familyOf(address)
  const hostBits = bitsOf(family) - length
  if (hostBits <= 0) return { family, address, length: bitsOf(family) }
  const masked = (valueOf(address) >> BigInt(hostBits)) << BigInt(hostBits)
  return { family, address: formatAddress(family, masked), length }
}

/** `192.0.2.0/24`: the identity of a prefix. */
export function prefixText({ address, length }: Prefix): string {
  return `${address}/${length}`
}

/** CIDR text; host bits are masked off. */
export function parsePrefix(text: string): Prefix | undefined {
  const [before = '', after = '', ...more] = text.split('/')
  const address = parseAddress(before)
  if (address === undefined || more.length > 0 || !/^\d{1,3}$/.test(after)) return undefined
  return Number(after) > bitsOf(familyOf(address)) ? undefined : prefixOf(address, Number(after))
}

/** The leading bytes that hold the prefix's bits, as NLRI carries them. */
export function prefixBytes({ address, length }: Prefix): Uint8Array {
  return bytesOf(address).subarray(0, Math.ceil(length / 8))
}

/** The inverse of `prefixBytes`; bits beyond `length` are irrelevant (RFC 4271 §4.3). */
export function prefixFromBytes(family: Family, bytes: Uint8Array, length: number): Prefix {
  const whole = new Uint8Array(bitsOf(family) / 8)
  whole.set(bytes)
  const edge = length >>> 3
  if (length % 8 !== 0) whole[edge] = (whole[edge] ?? 0) & (0xff00 >>> (length % 8))
  return { family, address: addressFromBytes(whole), length }
}

/** Is `inner` equal to `outer` or more specific? */
export function covers(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false
  return prefixOf(inner.address, outer.length).address === outer.address
}
