/*
 * sha256(`node#address`), the last key of the order among candidates, remembered as its first 52 bits: eight bytes
 * per pair in place of a 64-character text, exact as a number. Equal prefixes fall back to the whole hash.
 */
import type { Address } from '../model/address.ts'
import type { Sha256 } from '../ports.ts'

/** 52 bits in hexadecimal digits: more would not fit a number exactly. */
const prefixDigits = 13
/** Six digits. */
const lowHalf = 2 ** 24

export class NodeHashes {
  readonly #sha256: Sha256
  readonly #columns = new Map<string, number>()
  readonly #freeColumns: number[] = []
  readonly #rows = new Map<Address, number[]>()

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  /** The first 13 digits of the lower-case hexadecimal hash. */
  digits(address: Address, node: string): string {
    const prefix = this.prefix(address, node)
    // In two halves: the engine formats small integers some twenty times faster than large ones.
    return hexadecimal(Math.floor(prefix / lowHalf), 7) + hexadecimal(prefix % lowHalf, 6)
  }

  /** Negative when `a` comes first: ascending byte order of the hashes. */
  compare(address: Address, a: string, b: string): number {
    if (a === b) return 0
    const difference = this.prefix(address, a) - this.prefix(address, b)
    return difference === 0 ? this.#compareFull(address, a, b) : difference
  }

  /** The one whose hash is lowest; undefined of none. */
  lowest<Item extends { readonly node: string }>(address: Address, items: Iterable<Item>): Item | undefined {
    let lowest: { readonly item: Item; readonly prefix: number } | undefined
    for (const item of items) {
      const prefix = this.prefix(address, item.node)
      const difference = lowest === undefined ? -1 : prefix - lowest.prefix
      const first = difference < 0 || (difference === 0 && this.#precedes(address, item, lowest?.item))
      if (first) lowest = { item, prefix }
    }
    return lowest?.item
  }

  forgetAddress(address: Address): void {
    this.#rows.delete(address)
  }

  forgetNode(node: string): void {
    const column = this.#columns.get(node)
    if (column === undefined) return
    this.#columns.delete(node)
    this.#freeColumns.push(column)
    for (const row of this.#rows.values()) row[column] = Number.NaN
  }

  #precedes(
    address: Address,
    a: { readonly node: string },
    b: { readonly node: string } | undefined,
  ): boolean {
    return b === undefined || this.#compareFull(address, a.node, b.node) < 0
  }

  #compareFull(address: Address, a: string, b: string): number {
    return this.#full(address, a) < this.#full(address, b) ? -1 : 1
  }

  /** The first 52 bits. */
  prefix(address: Address, node: string): number {
    const column = this.#columnOf(node)
    const row = this.#rowOf(address, column)
    const known = row[column]
    if (known !== undefined && !Number.isNaN(known)) return known
    const prefix = Number.parseInt(this.#full(address, node).slice(0, prefixDigits), 16)
    row[column] = prefix
    return prefix
  }

  #full(address: Address, node: string): string {
    return this.#sha256(`${node}#${address}`)
  }

  #columnOf(node: string): number {
    const known = this.#columns.get(node)
    if (known !== undefined) return known
    const column = this.#freeColumns.pop() ?? this.#columns.size
    this.#columns.set(node, column)
    return column
  }

  /** Lists, for a typed array costs 300 bytes besides: more than eight nodes' hashes are, and these are many. */
  #rowOf(address: Address, column: number): number[] {
    const known = this.#rows.get(address)
    if (known !== undefined && column < known.length) return known
    const length = Math.max(4, 2 ** Math.ceil(Math.log2(column + 1)))
    const row = Array.from({ length }, () => Number.NaN)
    for (const [at, prefix] of known?.entries() ?? []) row[at] = prefix
    this.#rows.set(address, row)
    return row
  }
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
