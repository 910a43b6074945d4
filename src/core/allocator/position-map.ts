/*
 * A map from positions to values that knows its gaps: the free space of a pool. Below `near` it is a radix tree whose
 * blocks stand for 32, 1024, 32,768 … positions. A block that is absent is free from end to end, and one bit tells
 * that a block is taken from end to end; so free space is a handful of intervals however large the pool is, and every
 * question is answered on one way down the tree.
 */
import type { Position } from './walk.ts'

interface Block<T> {
  /** Positions per slot: a power of 32. */
  readonly unit: number
  /** Values when `unit` is 1, blocks otherwise. */
  readonly slots: (T | Block<T> | undefined)[]
  /** Bit `i`: something in slot `i` is taken. */
  used: number
  /** Bit `i`: everything in slot `i` is taken. */
  full: number
}

type Change<T> = (before: T | undefined) => T | undefined

const width = 32
const none = 0
/** As the bit operators see 32 ones. */
const all = -1

export class PositionMap<T> {
  #root: Block<T> = blockOf(1)
  /** The few that lie beyond: where allocation never comes by itself. */
  readonly #far = new Map<bigint, T>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(position: Position): T | undefined {
    if (typeof position === 'bigint') return this.#far.get(position)
    return position < lengthOf(this.#root) ? lookUp(this.#root, position) : undefined
  }

  /** `undefined` removes the entry. */
  set(position: Position, value: T | undefined): void {
    this.update(position, () => value)
  }

  /** Sets what `change` makes of the value that is there, on one way down the tree; answers the new value. */
  update(position: Position, change: (before: T | undefined) => T | undefined): T | undefined {
    const counted = (before: T | undefined): T | undefined => {
      const after = change(before)
      this.#size += Number(after !== undefined) - Number(before !== undefined)
      return after
    }
    if (typeof position === 'bigint') return this.#updateFar(position, counted)
    while (position >= lengthOf(this.#root)) this.#root = raised(this.#root, lengthOf(this.#root))
    return updateIn(this.#root, position, counted)
  }

  /** The lowest position without a value. */
  lowestGap(): number {
    return this.#root.full === all ? lengthOf(this.#root) : lowestGapIn(this.#root)
  }

  /** The lowest position below `limit` that has a value here and none in any of the others; only among the near. */
  lowestOutside(others: readonly PositionMap<unknown>[], limit = Infinity): number | undefined {
    const unit = Math.max(this.#root.unit, ...others.map((other) => other.#root.unit))
    const taken = others.map((other) => raised(other.#root, unit))
    return lowestOutsideOf(raised(this.#root, unit), taken, 0, limit)
  }

  #updateFar(position: bigint, change: Change<T>): T | undefined {
    const after = change(this.#far.get(position))
    if (after === undefined) this.#far.delete(position)
    else this.#far.set(position, after)
    return after
  }
}

function blockOf<T>(unit: number): Block<T> {
  return { unit, slots: Array.from({ length: width }), used: none, full: none }
}

function lengthOf({ unit }: Block<unknown>): number {
  return unit * width
}

/** The same positions, below a block of at least that unit. */
function raised<T>(block: Block<T>, unit: number): Block<T> {
  if (block.unit >= unit) return block
  const parent = blockOf<T>(lengthOf(block))
  settle(parent, 0, block)
  return raised(parent, unit)
}

function valueIn<T>({ slots }: Block<T>, slot: number): T | undefined {
  return slots[slot] as T | undefined
}

function blockIn<T>({ slots }: Block<T>, slot: number): Block<T> | undefined {
  return slots[slot] as Block<T> | undefined
}

function lookUp<T>(block: Block<T>, position: number): T | undefined {
  if (block.unit === 1) return valueIn(block, position)
  const slot = Math.floor(position / block.unit)
  const child = blockIn(block, slot)
  return child && lookUp(child, position - slot * block.unit)
}

function updateIn<T>(block: Block<T>, position: number, change: Change<T>): T | undefined {
  if (block.unit > 1) {
    const slot = Math.floor(position / block.unit)
    const child = blockIn(block, slot) ?? blockOf<T>(block.unit / width)
    const after = updateIn(child, position - slot * block.unit, change)
    settle(block, slot, child)
    return after
  }
  const after = change(valueIn(block, position))
  const bit = 1 << position
  block.slots[position] = after
  block.used = after === undefined ? block.used & ~bit : block.used | bit
  block.full = block.used
  return after
}

/** Takes note of what became of the block in a slot. */
function settle<T>(parent: Block<T>, slot: number, block: Block<T>): void {
  const bit = 1 << slot
  parent.slots[slot] = block.used === none ? undefined : block
  parent.used = block.used === none ? parent.used & ~bit : parent.used | bit
  parent.full = block.full === all ? parent.full | bit : parent.full & ~bit
}

/** Only of a block that is not full. */
function lowestGapIn<T>(block: Block<T>): number {
  const slot = lowestBit(~block.full)
  const child = block.unit === 1 ? undefined : blockIn(block, slot)
  return slot * block.unit + (child === undefined ? 0 : lowestGapIn(child))
}

/** `block` and `others` start at `base` and have one unit. */
function lowestOutsideOf(
  block: Block<unknown>,
  others: readonly Block<unknown>[],
  base: number,
  limit: number,
): number | undefined {
  let open = block.used
  for (const { full } of others) open &= ~full
  while (open !== none) {
    const slot = lowestBit(open)
    const position = base + slot * block.unit
    if (position >= limit) return undefined
    const child = block.unit === 1 ? undefined : blockIn(block, slot)
    if (child === undefined) return position
    const below = others.flatMap((other) => blockIn(other, slot) ?? [])
    const found = lowestOutsideOf(child, below, position, limit)
    if (found !== undefined) return found
    open &= ~(1 << slot)
  }
  return undefined
}

/** The place of the lowest 1. */
function lowestBit(bits: number): number {
  return width - 1 - Math.clz32(bits & -bits)
}
