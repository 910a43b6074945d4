/*
 * sha256(`node#address`), the last key of the order among candidates, remembered as its first 52 bits: eight bytes
 * per pair in place of a 64-character text, exact as a number. Equal prefixes fall back to the whole hash.
 */
import type { Address } from '../model/address.ts'
import type { Sha256 } from '../ports.ts'

/** 52 bits in hexadecimal digits: more would not fit a number exactly. */
const prefixDigits = 13

export class NodeHashes {
  readonly #sha256: Sha256
  readonly #columns = new Map<string, number>()
  readonly #freeColumns: number[] = []
  readonly #rows = new Map<Address, Float64Array>()

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  /** Lower-case hexadecimal; computed anew each time. */
  full(address: Address, node: string): string {
    return this.#sha256(`${node}#${address}`)
  }

  /** Negative when `a` comes first: ascending byte order of the hashes. */
  compare(address: Address, a: string, b: string): number {
    if (a === b) return 0
    const difference = this.#prefix(address, a) - this.#prefix(address, b)
    if (difference !== 0) return difference
    return this.full(address, a) < this.full(address, b) ? -1 : 1
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

  #prefix(address: Address, node: string): number {
    const column = this.#columnOf(node)
    const row = this.#rowOf(address, column)
    const known = row[column]
    if (known !== undefined && !Number.isNaN(known)) return known
    const prefix = Number.parseInt(this.full(address, node).slice(0, prefixDigits), 16)
    row[column] = prefix
    return prefix
  }

  #columnOf(node: string): number {
    const known = this.#columns.get(node)
    if (known !== undefined) return known
    const column = this.#freeColumns.pop() ?? this.#columns.size
    this.#columns.set(node, column)
    return column
  }

  #rowOf(address: Address, column: number): Float64Array {
    const known = this.#rows.get(address)
    if (known !== undefined && column < known.length) return known
    const row = new Float64Array(Math.max(8, 2 ** Math.ceil(Math.log2(column + 1)))).fill(Number.NaN)
    if (known !== undefined) row.set(known)
    this.#rows.set(address, row)
    return row
  }
}
