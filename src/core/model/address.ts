/*
 * IPv4 and IPv6 addresses as canonical text (dotted quad; RFC 5952 lower-case, compressed), with their numeric
 * value where arithmetic is needed. The canonical text is what the election hashes and what maps are keyed by.
 */
declare const address: unique symbol

export type Address = string & { readonly [address]: true }
export type Family = 'IPv4' | 'IPv6'

/** 32 or 128. */
export const bitsOf = (family: Family): number => (family === 'IPv4' ? 32 : 128)

export function familyOf(address: Address): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

/** Strict: four decimal octets without leading zeros, or RFC 4291 §2.2 text without a zone. */
export function parseAddress(text: string): Address | undefined {
  const value = text.includes(':') ? parseIPv6(text) : parseIPv4(text)
  if (value === undefined) return undefined
  return formatAddress(text.includes(':') ? 'IPv6' : 'IPv4', value)
}

/** Numeric value of an address that `parseAddress` made. */
export function valueOf(address: Address): bigint {
  return (address.includes(':') ? parseIPv6(address) : parseIPv4(address)) ?? 0n
}

export function formatAddress(family: Family, value: bigint): Address {
  return (family === 'IPv4' ? formatIPv4(Number(value)) : formatIPv6(value)) as Address
}

/** IPv4 before IPv6, then numerically. */
export function compareAddresses(a: Address, b: Address): number {
  const families = Number(a.includes(':')) - Number(b.includes(':'))
  if (families !== 0) return families
  const [x, y] = [valueOf(a), valueOf(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Network byte order, 4 or 16 bytes. */
export function bytesOf(address: Address): Uint8Array {
  const length = address.includes(':') ? 16 : 4
  const bytes = new Uint8Array(length)
  let value = valueOf(address)
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(value & 0xffn)
    value >>= 8n
  }
  return bytes
}

/** The address in 4 or 16 bytes of network byte order. */
export function addressFromBytes(bytes: Uint8Array): Address {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return formatAddress(bytes.length === 4 ? 'IPv4' : 'IPv6', value)
}

function parseIPv4(text: string): bigint | undefined {
  const octets = text.split('.')
  if (octets.length !== 4) return undefined
  let value = 0
  for (const octet of octets) {
    if (!/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return undefined
    value = value * 256 + Number(octet)
  }
  return BigInt(value)
}

function parseIPv6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0] ?? '')
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '') : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail]
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

/** The 16-bit groups of one side of `::`; a dotted quad is allowed as the last two. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = index === parts.length - 1 ? parseIPv4(part) : undefined
      if (quad === undefined) return undefined
      groups.push(Number(quad >> 16n), Number(quad & 0xffffn))
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

function formatIPv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

/** RFC 5952: lower case, no leading zeros, the longest (first) run of at least two zero groups compressed. */
function formatIPv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn))
  const run = longestZeroRun(groups)
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (run.length < 2) return hex(groups)
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}
