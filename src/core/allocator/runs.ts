/*
 * A set of integers kept as runs: disjoint, never touching, in ascending order. A pool that is free from end to end
 * is one run whatever its size, and released addresses merge back into their neighbours.
 *
 * The runs are the leaves of a B+-tree, so that a pool whose released addresses lie scattered (half a million runs)
 * costs a few steps more, not a scan. A leaf is removed when it is empty and never refilled from its neighbours:
 * under random insertion and removal that wastes little and spares most of the code of a textbook B-tree.
 */

interface Leaf {
  /** Runs that start here or later, and before `next.low`, belong to this leaf. */
  low: number
  readonly starts: number[]
  /** Inclusive. */
  readonly ends: number[]
  prev: Leaf | undefined
  next: Leaf | undefined
}

interface Branch {
  /** What is below `children[i]` starts at `lows[i]` or later; the first child takes what is lower, too. */
  readonly lows: number[]
  readonly children: Node[]
}

type Node = Leaf | Branch

/** Most runs of a leaf, and most children of a branch. */
const width = 64

export class Runs {
  #root: Node
  #first: Leaf

  /** Starts as the run 0 … size - 1. */
  constructor(size: number) {
    this.#first = size > 0 ? leafOf([0], [size - 1]) : leafOf([], [])
    this.#root = this.#first
  }

  lowest(): number | undefined {
    return this.#first.starts[0]
  }

  has(x: number): boolean {
    return this.endOfRunAt(x) !== undefined
  }

  /** The last member of the run that holds `x`; `undefined` when `x` is no member. */
  endOfRunAt(x: number): number | undefined {
    const leaf = this.#leafOf(x)
    const end = endBefore(leaf, countUpTo(leaf.starts, x))
    return end !== undefined && end >= x ? end : undefined
  }

  /** The smallest member that is not below `x`. */
  atOrAfter(x: number): number | undefined {
    const leaf = this.#leafOf(x)
    const index = countUpTo(leaf.starts, x)
    const end = endBefore(leaf, index)
    return end !== undefined && end >= x ? x : startAt(leaf, index)
  }

  /** Takes a member out; false when it was none. */
  delete(x: number): boolean {
    const leaf = this.#leafOf(x)
    const index = countUpTo(leaf.starts, x)
    const end = endBefore(leaf, index)
    if (end === undefined || end < x) return false
    if (index > 0 && leaf.starts[index - 1] === x) this.#dropFirst(leaf, index - 1)
    else {
      setEndBefore(leaf, index, x - 1)
      if (x < end) this.#insertRun(x + 1, end)
    }
    return true
  }

  /** Puts a member in; false when it was one already. */
  add(x: number): boolean {
    const leaf = this.#leafOf(x)
    const index = countUpTo(leaf.starts, x)
    const end = endBefore(leaf, index)
    if (end !== undefined && end >= x) return false
    const touchesNext = startAt(leaf, index) === x + 1
    if (end === x - 1) setEndBefore(leaf, index, touchesNext ? this.#removeRun(x + 1) : x)
    else if (touchesNext && index < leaf.starts.length) leaf.starts[index] = x
    else this.#insertRun(x, touchesNext ? this.#removeRun(x + 1) : x)
    return true
  }

  /** The leaf of the runs that start at `x`. The run that holds `x` may be the last one of the leaf before. */
  #leafOf(x: number): Leaf {
    let node = this.#root
    while ('children' in node) node = node.children[slotOf(node, x)] ?? this.#first
    return node
  }

  /** Takes the first member out of a run. */
  #dropFirst(leaf: Leaf, index: number): void {
    const start = (leaf.starts[index] ?? 0) + 1
    const end = leaf.ends[index] ?? 0
    // A run may reach past the bound of its leaf; once it starts there, it belongs to the next one.
    if (start <= end && (leaf.next === undefined || start < leaf.next.low)) leaf.starts[index] = start
    else {
      this.#removeRun(start - 1)
      if (start <= end) this.#insertRun(start, end)
    }
  }

  #insertRun(start: number, end: number): void {
    const leaf = this.#leafOf(start)
    if (leaf.starts.length < width) insertIntoLeaf(leaf, start, end)
    else {
      const sibling = insertBelow(this.#root, start, end)
      if (sibling !== undefined) {
        this.#root = { lows: [-Infinity, sibling.low], children: [this.#root, sibling.node] }
      }
    }
  }

  /** Removes the run that starts at `start`, and answers its end. */
  #removeRun(start: number): number {
    const leaf = this.#leafOf(start)
    const index = countUpTo(leaf.starts, start) - 1
    const end = leaf.ends[index] ?? start
    leaf.starts.splice(index, 1)
    leaf.ends.splice(index, 1)
    if (leaf.starts.length === 0 && leaf !== this.#root) this.#removeLeaf(leaf, start)
    return end
  }

  #removeLeaf(leaf: Leaf, key: number): void {
    if (leaf === this.#first && leaf.next !== undefined) this.#first = leaf.next
    removeBelow(this.#root, leaf, key)
    if (leaf.prev !== undefined) leaf.prev.next = leaf.next
    if (leaf.next !== undefined) leaf.next.prev = leaf.prev
    while ('children' in this.#root && this.#root.children.length === 1) {
      this.#root = this.#root.children[0] ?? this.#first
    }
  }
}

function leafOf(starts: number[], ends: number[], low = -Infinity): Leaf {
  return { low, starts, ends, prev: undefined, next: undefined }
}

/** The end of the run before the one at `index`, which may be the last one of the leaf before. */
function endBefore(leaf: Leaf, index: number): number | undefined {
  return index > 0 ? leaf.ends[index - 1] : leaf.prev?.ends.at(-1)
}

function setEndBefore(leaf: Leaf, index: number, end: number): void {
  if (index > 0) leaf.ends[index - 1] = end
  else if (leaf.prev !== undefined) leaf.prev.ends[leaf.prev.ends.length - 1] = end
}

/** The start of the run at `index`, which may be the first one of the next leaf. */
function startAt(leaf: Leaf, index: number): number | undefined {
  return leaf.starts[index] ?? leaf.next?.starts[0]
}

/** How many numbers of an ascending list are not above `x`. */
function countUpTo(list: readonly number[], x: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] ?? 0) <= x) low = middle + 1
    else high = middle
  }
  return low
}

function slotOf(branch: Branch, x: number): number {
  return Math.max(0, countUpTo(branch.lows, x) - 1)
}

/** A node that split off to the right, and the lowest start that belongs to it. */
interface Sibling {
  readonly low: number
  readonly node: Node
}

function insertBelow(node: Node, start: number, end: number): Sibling | undefined {
  if (!('children' in node)) return insertIntoLeaf(node, start, end)
  const slot = slotOf(node, start)
  const child = node.children[slot]
  const sibling = child && insertBelow(child, start, end)
  if (sibling === undefined) return undefined
  node.lows.splice(slot + 1, 0, sibling.low)
  node.children.splice(slot + 1, 0, sibling.node)
  if (node.children.length <= width) return undefined
  const lows = node.lows.splice(width / 2)
  return { low: lows[0] ?? start, node: { lows, children: node.children.splice(width / 2) } }
}

function insertIntoLeaf(leaf: Leaf, start: number, end: number): Sibling | undefined {
  const index = countUpTo(leaf.starts, start)
  leaf.starts.splice(index, 0, start)
  leaf.ends.splice(index, 0, end)
  if (leaf.starts.length <= width) return undefined
  const right = leafOf(leaf.starts.splice(width / 2), leaf.ends.splice(width / 2))
  right.low = right.starts[0] ?? start
  right.prev = leaf
  right.next = leaf.next
  if (leaf.next !== undefined) leaf.next.prev = right
  leaf.next = right
  return { low: right.low, node: right }
}

/** Takes an empty leaf out of the branches above it; `key` is a start that led to it. True: the branch is empty. */
function removeBelow(node: Node, leaf: Leaf, key: number): boolean {
  if (!('children' in node)) return node === leaf
  const slot = slotOf(node, key)
  const child = node.children[slot]
  if (child === undefined || !removeBelow(child, leaf, key)) return false
  node.children.splice(slot, 1)
  const [low] = node.lows.splice(slot, 1)
  // The leaf's share of the number line goes to its left neighbour, or else to its right one.
  if (slot === 0 && node.children.length > 0) {
    node.lows[0] = low ?? leaf.low
    if (leaf.next !== undefined) leaf.next.low = leaf.low
  }
  return node.children.length === 0
}
