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

/**
 * Strict: four decimal octets without leading zeros, or RFC 4291 §2.2 text without a zone. `::ffff:192.0.2.1` is
 * 192.0.2.1, as it is for every program in Go: RFC 4291 §2.5.5.2.
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseIPv4(text) === undefined ? undefined : (text as Address)
  const groups = parseIPv6(text)
  if (groups === undefined) return undefined
  const [high = 0, low = 0] = groups.slice(6)
  return isMapped(groups) ? formatIPv4(high * 2 ** 16 + low) : (formatGroups(groups) as Address)
}

/** Numeric value of an address that `parseAddress` made. */
export function valueOf(address: Address): bigint {
  if (!address.includes(':')) return BigInt(ipv4ValueOf(address))
  const groups = parseIPv6(address) ?? []
  return BigInt(`0x${groups.map((group) => group.toString(16).padStart(4, '0')).join('')}`)
}

/** Numeric value of an IPv4 address, below 2³²: arithmetic on numbers is many times faster than on bigints. */
export function ipv4ValueOf(address: Address): number {
  return parseIPv4(address) ?? 0
}

export function formatAddress(family: Family, value: bigint): Address {
  if (family === 'IPv4') return formatIPv4(Number(value))
  const hex = value.toString(16).padStart(32, '0')
  return formatGroups(
    Array.from({ length: 8 }, (_, i) => Number(`0x${hex.slice(4 * i, 4 * i + 4)}`)),
  ) as Address
}

/** The dotted quad of a value below 2³². */
export function formatIPv4(value: number): Address {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Address
}

/** IPv4 before IPv6, then numerically. */
export function compareAddresses(a: Address, b: Address): number {
  const families = Number(a.includes(':')) - Number(b.includes(':'))
  if (families !== 0) return families
  if (!a.includes(':')) return ipv4ValueOf(a) - ipv4ValueOf(b)
  const [x, y] = [valueOf(a), valueOf(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Network byte order, 4 or 16 bytes. Without bigints: it is done several times for each frame. */
export function bytesOf(address: Address): Uint8Array {
  if (!address.includes(':')) {
    const value = ipv4ValueOf(address)
    return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
  }
  const bytes = new Uint8Array(16)
  for (const [i, group] of (parseIPv6(address) ?? []).entries()) {
    bytes[2 * i] = group >>> 8
    bytes[2 * i + 1] = group
  }
  return bytes
}

/** The address in 4 or 16 bytes of network byte order. */
export function addressFromBytes(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length === 4) return formatIPv4(view.getUint32(0))
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i))
  return formatGroups(groups) as Address
}

const dot = 0x2e
const zero = 0x30

/** One pass over the characters: the allocator parses an address each time it takes or frees one. */
function parseIPv4(text: string): number | undefined {
  let value = 0
  let octet = -1
  let octets = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? dot : text.charCodeAt(i)
    if (code === dot) {
      if (octet < 0 || ++octets > 4) return undefined
      value = value * 256 + octet
      octet = -1
    } else {
      const digit = code - zero
      // Octet 0 with a digit after it would be a leading zero.
      if (digit < 0 || digit > 9 || octet === 0) return undefined
      octet = octet < 0 ? digit : octet * 10 + digit
      if (octet > 255) return undefined
    }
  }
  return octets === 4 ? value : undefined
}

/** The eight 16-bit groups. */
function parseIPv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const compressed = halves.length === 2
  const head = groupsOf(halves[0] ?? '', !compressed)
  const tail = compressed ? groupsOf(halves[1] ?? '', true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (compressed ? missing < 1 : missing !== 0) return undefined
  return [...head, ...Array<number>(missing).fill(0), ...tail]
}

function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
}

/** The groups of one side of `::`; a dotted quad may stand only at the very end of the text. */
function groupsOf(text: string, endsText: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = endsText && index === parts.length - 1 ? parseIPv4(part) : undefined
      if (quad === undefined) return undefined
      groups.push(quad >>> 16, quad & 0xffff)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

/** RFC 5952: lower case, no leading zeros, the longest (first) run of at least two zero groups compressed. */
function formatGroups(groups: readonly number[]): string {
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
