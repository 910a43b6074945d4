/* Communities as the literals of a BGPAdvertisement: `A:B` (RFC 1997) and `large:A:B:C` (RFC 8092). */

/** The 32-bit value, upper half first. */
export type StandardCommunity = number

export type LargeCommunity = readonly [globalAdministrator: number, local1: number, local2: number]

export interface Communities {
  /** Ascending, without duplicates. */
  readonly standard: readonly StandardCommunity[]
  /** Ascending, without duplicates. */
  readonly large: readonly LargeCommunity[]
}

/** GRACEFUL_SHUTDOWN: prefer any other path, this one is about to end (RFC 8326 §5). */
export const gracefulShutdown: Communities = { standard: [0xffff0000], large: [] }

export const noCommunities: Communities = { standard: [], large: [] }

/** Literals that are no communities are left out: validation refuses them before they get here. */
export function parseCommunities(literals: readonly string[]): Communities {
  const standard: StandardCommunity[] = []
  const large: LargeCommunity[] = []
  for (const literal of literals) {
    const parsed = parseCommunity(literal)
    if (typeof parsed === 'number') standard.push(parsed)
    else if (parsed !== undefined) large.push(parsed)
  }
  return normalise(standard, large)
}

export function parseCommunity(literal: string): StandardCommunity | LargeCommunity | undefined {
  const parts = literal.split(':')
  if (parts[0] !== 'large') {
    const [a, b, ...more] = parts.map((part) => decimal(part, 0xffff))
    return a === undefined || b === undefined || more.length > 0 ? undefined : a * 0x10000 + b
  }
  const [a, b, c, ...more] = parts.slice(1).map((part) => decimal(part, 0xffffffff))
  if (a === undefined || b === undefined || c === undefined || more.length > 0) return undefined
  return [a, b, c]
}

export function uniteCommunities(a: Communities, b: Communities): Communities {
  if (b === noCommunities) return a
  if (a === noCommunities) return b
  return normalise([...a.standard, ...b.standard], [...a.large, ...b.large])
}

/** The literals, in ascending order. */
export function formatCommunities({ standard, large }: Communities): string[] {
  return [
    ...standard.map((value) => `${value >>> 16}:${value & 0xffff}`),
    ...large.map((parts) => `large:${parts.join(':')}`),
  ]
}

function normalise(standard: StandardCommunity[], large: LargeCommunity[]): Communities {
  return {
    standard: [...new Set(standard)].sort((a, b) => a - b),
    large: [...new Map(large.map((parts) => [parts.join(':'), parts])).values()].sort(compareLarge),
  }
}

function compareLarge(a: LargeCommunity, b: LargeCommunity): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

function decimal(text: string, max: number): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined
  const value = Number(text)
  return value <= max ? value : undefined
}
