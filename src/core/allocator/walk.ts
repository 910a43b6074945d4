/*
 * The order in which allocation walks the addresses of one family of a pool: the entries of `spec.addresses` as they
 * are written, each from its lowest address up, the network and broadcast addresses of a block included. The walk
 * numbers the addresses, so that free space is a set of integers whatever the entries look like.
 */
import { lastWhere } from './search.ts'
import {
  formatAddress,
  formatIPv4,
  ipv4ValueOf,
  valueOf,
  type Address,
  type Family,
} from '../model/address.ts'
import type { AddressRange, Pool } from '../model/config.ts'

/** The number of an address in the walk: a number below `near`, a bigint from there on. */
export type Position = number | bigint

/**
 * Automatic allocation stays below this position: more addresses cannot be held in any memory, so the lowest free
 * one is always near, and only addresses that were asked for lie beyond.
 */
export const near = 2 ** 48

export interface Walk {
  readonly length: bigint
  /** `position` must be below `length` and below `near`. */
  addressAt(position: number): Address
  /** `undefined` for an address that the walk does not visit. */
  positionOf(address: Address): Position | undefined
}

export function walkOf(pool: Pool, family: Family): Walk {
  const ranges = pool.ranges.filter((range) => range.family === family)
  return family === 'IPv4' ? new IPv4Walk(ranges, pool.avoidBuggyIPs) : new IPv6Walk(ranges)
}

/** One entry of the pool; `base` is the position of `first`. */
interface Stretch<N extends Position> {
  readonly first: N
  readonly last: N
  readonly base: N
}

class IPv4Walk implements Walk {
  readonly length: bigint
  readonly #byBase: readonly Stretch<number>[]
  readonly #byFirst: readonly Stretch<number>[]
  readonly #avoidBuggy: boolean

  constructor(ranges: readonly AddressRange[], avoidBuggy: boolean) {
    const stretches: Stretch<number>[] = []
    let base = 0
    for (const range of ranges) {
      const first = avoidBuggy ? rankAtOrAfter(Number(range.first)) : Number(range.first)
      const last = avoidBuggy ? rankAtOrAfter(Number(range.last) + 1) - 1 : Number(range.last)
      if (first > last) continue
      stretches.push({ first, last, base })
      base += last - first + 1
    }
    this.length = BigInt(base)
    this.#byBase = stretches
    this.#byFirst = stretches.toSorted((a, b) => a.first - b.first)
    this.#avoidBuggy = avoidBuggy
  }

  addressAt(position: number): Address {
    const stretch = lastWhere(this.#byBase, ({ base }) => base <= position)
    const value = (stretch?.first ?? 0) + position - (stretch?.base ?? 0)
    return formatIPv4(this.#avoidBuggy ? valueOfRank(value) : value)
  }

  positionOf(address: Address): Position | undefined {
    const plain = ipv4ValueOf(address)
    if (this.#avoidBuggy && isBuggy(plain)) return undefined
    const value = this.#avoidBuggy ? rankAtOrAfter(plain) : plain
    const stretch = lastWhere(this.#byFirst, ({ first }) => first <= value)
    return stretch === undefined || value > stretch.last ? undefined : stretch.base + value - stretch.first
  }
}

class IPv6Walk implements Walk {
  readonly length: bigint
  readonly #byBase: readonly Stretch<bigint>[]
  readonly #byFirst: readonly Stretch<bigint>[]

  constructor(ranges: readonly AddressRange[]) {
    const stretches: Stretch<bigint>[] = []
    let base = 0n
    for (const { first, last } of ranges) {
      stretches.push({ first, last, base })
      base += last - first + 1n
    }
    this.length = base
    this.#byBase = stretches
    this.#byFirst = stretches.toSorted((a, b) => (a.first < b.first ? -1 : 1))
  }

  addressAt(position: number): Address {
    const stretch = lastWhere(this.#byBase, ({ base }) => base <= position)
    return formatAddress('IPv6', (stretch?.first ?? 0n) + BigInt(position) - (stretch?.base ?? 0n))
  }

  positionOf(address: Address): Position | undefined {
    const value = valueOf(address)
    const stretch = lastWhere(this.#byFirst, ({ first }) => first <= value)
    if (stretch === undefined || value > stretch.last) return undefined
    const position = stretch.base + value - stretch.first
    return position < near ? Number(position) : position
  }
}

/*
 * avoidBuggyIPs leaves 254 of each 256 IPv4 addresses: those are ranked by arithmetic, so that a /8 costs what a /30
 * costs.
 */

function isBuggy(value: number): boolean {
  const octet = value % 256
  return octet === 0 || octet === 255
}

/** Rank of the first address at or after `value` that ends neither in .0 nor in .255. */
function rankAtOrAfter(value: number): number {
  const octet = value % 256
  return ((value - octet) / 256) * 254 + Math.max(0, octet - 1)
}

function valueOfRank(rank: number): number {
  const within = rank % 254
  return ((rank - within) / 254) * 256 + within + 1
}
