/* Runs of addresses as a pool lists them: `192.0.2.0/24`, `192.0.2.5-192.0.2.9`, `fc00::/124`. */
import { bitsOf, familyOf, parseAddress, valueOf } from './address.ts'
import type { AddressRange } from './config.ts'
import { quote } from './wording.ts'

/** A range, or the sentence that says what is wrong with the text. */
export type ParsedRange = { readonly range: AddressRange } | { readonly fault: string }

const allowed = 'allowed: a CIDR as 192.0.2.0/24 or a range as 192.0.2.5-192.0.2.9'

/** Blanks around addresses do not matter; the host bits of a CIDR are masked off. */
export function parseRange(text: string): ParsedRange {
  if (text.includes('-')) return parseEnds(text)
  if (text.includes('/')) return parseCidr(text)
  const address = parseAddress(text.trim())
  if (address === undefined) return fault(text, 'is neither a CIDR nor a range (invalid CIDR)')
  return fault(text, `is an invalid CIDR: it has no length, as ${address}/${bitsOf(familyOf(address))}`)
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last
}

/**
 * Length of the shortest prefix (the widest block) that fits into the range: as wide as its size, where such a block
 * is aligned, else half as wide, which always is.
 */
export function widestPrefixLength({ family, first, last }: AddressRange): number {
  const hostBits = (last - first + 1n).toString(2).length - 1
  const size = 1n << BigInt(hostBits)
  const start = ((first + size - 1n) / size) * size
  const length = bitsOf(family) - hostBits
  return start + size - 1n <= last ? length : length + 1
}

function fault(text: string, why: string): ParsedRange {
  return { fault: `found ${quote(text)}, which ${why}; ${allowed}` }
}

function parseCidr(text: string): ParsedRange {
  const [before = '', length = '', ...more] = text.trim().split('/')
  const address = parseAddress(before)
  if (address === undefined || more.length > 0) return fault(text, 'is an invalid CIDR')
  const family = familyOf(address)
  const bits = bitsOf(family)
  if (family === 'IPv4' && before.includes(':')) {
    const example = `${address}/${Math.max(0, Number(length) - 96) || bits}`
    return fault(text, `is an invalid CIDR: IPv4 addresses as IPv6 ones; write it as ${example}`)
  }
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) {
    return fault(text, `is an invalid CIDR: the prefix length is not between 0 and ${bits}`)
  }
  const hostBits = BigInt(bits - Number(length))
  const first = (valueOf(address) >> hostBits) << hostBits
  return { range: { family, first, last: first + (1n << hostBits) - 1n, text } }
}

function parseEnds(text: string): ParsedRange {
  const dash = text.indexOf('-')
  const start = parseAddress(text.slice(0, dash).trim())
  const end = parseAddress(text.slice(dash + 1).trim())
  if (start === undefined || end === undefined) return fault(text, 'is an invalid IP range')
  const family = familyOf(start)
  if (family !== familyOf(end))
    return fault(text, 'is an invalid IP range: its ends are of different families')
  const [first, last] = [valueOf(start), valueOf(end)]
  if (first > last) return fault(text, `is an invalid IP range: its start ${start} is after its end ${end}`)
  return { range: { family, first, last, text } }
}
