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

/** A run, by the leaf that holds it; index -1 = there is none. */
interface Place {
  readonly leaf: Leaf
  readonly index: number
}

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
    const end = endAt(this.#atOrBefore(x))
    return end !== undefined && end >= x ? end : undefined
  }

  /** The smallest member that is not below `x`. */
  atOrAfter(x: number): number | undefined {
    const place = this.#atOrBefore(x)
    const end = endAt(place)
    return end !== undefined && end >= x ? x : startAfter(place)
  }

  /** Takes a member out; false when it was none. */
  delete(x: number): boolean {
    const place = this.#atOrBefore(x)
    const end = endAt(place)
    if (end === undefined || x > end) return false
    const { leaf, index } = place
    const start = leaf.starts[index]
    if (start === end) this.#removeRun(start)
    else if (start === x) this.#raiseStart(place, end)
    else {
      leaf.ends[index] = x - 1
      if (x < end) this.#insertRun(x + 1, end)
    }
    return true
  }

  /** Puts a member in; false when it was one already. */
  add(x: number): boolean {
    const place = this.#atOrBefore(x)
    const before = endAt(place)
    if (before !== undefined && before >= x) return false
    const after = startAfter(place)
    const end = after === x + 1 ? this.#removeRun(after) : x
    if (before === x - 1) place.leaf.ends[place.index] = end
    else this.#insertRun(x, end)
    return true
  }

  /** The run that starts at or before `x`. */
  #atOrBefore(x: number): Place {
    let node = this.#root
    while ('children' in node) node = node.children[slotOf(node, x)] ?? this.#first
    const index = countUpTo(node.starts, x) - 1
    if (index >= 0 || node.prev === undefined) return { leaf: node, index }
    return { leaf: node.prev, index: node.prev.starts.length - 1 }
  }

  /** Drops the lowest member of a run of several. */
  #raiseStart({ leaf, index }: Place, end: number): void {
    const start = (leaf.starts[index] ?? 0) + 1
    // A run may reach past the leaf's upper bound; one that starts there belongs to the next leaf.
    if (leaf.next !== undefined && start >= leaf.next.low) {
      this.#removeRun(start - 1)
      this.#insertRun(start, end)
    } else leaf.starts[index] = start
  }

  #insertRun(start: number, end: number): void {
    const sibling = insertBelow(this.#root, start, end)
    if (sibling === undefined) return
    this.#root = { lows: [-Infinity, sibling.low], children: [this.#root, sibling.node] }
  }

  /** Removes the run that starts at `start`, and answers its end. */
  #removeRun(start: number): number {
    const { leaf, index } = this.#atOrBefore(start)
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

function endAt({ leaf, index }: Place): number | undefined {
  return index < 0 ? undefined : leaf.ends[index]
}

function startAfter({ leaf, index }: Place): number | undefined {
  return leaf.starts[index + 1] ?? leaf.next?.starts[0]
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
