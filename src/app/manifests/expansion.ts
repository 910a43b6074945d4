/* Aliases are shared, not copied, until somebody walks the value: this says how long that walk would be. */

/** Values one document may expand to; a hundred-page manifest without aliases holds some ten thousand. */
export const maxValues = 1_000_000
const maxHeight = 200

interface Extent {
  readonly size: number
  readonly height: number
}

const leaf: Extent = { size: 1, height: 1 }
const endless: Extent = { size: Infinity, height: Infinity }

/** How many values `value` holds when every alias counts in full; infinite when it contains itself or is too deep. */
export function expandedSize(value: unknown): number {
  const { size, height } = extentOf(value, new Map())
  return height > maxHeight ? Infinity : size
}

/** The parser bounds the nesting of what is written, and an anchor comes before its aliases: the recursion is shallow. */
function extentOf(value: unknown, known: Map<object, Extent>): Extent {
  if (typeof value !== 'object' || value === null) return leaf
  const before = known.get(value)
  if (before !== undefined) return before
  // Met again before its own extent is known, a value contains itself.
  known.set(value, endless)
  let [size, height] = [1, 1]
  for (const child of Object.values(value)) {
    const extent = extentOf(child, known)
    size += extent.size
    height = Math.max(height, extent.height + 1)
  }
  const extent = { size, height }
  known.set(value, extent)
  return extent
}
