/* Aliases are shared, not copied, until somebody walks the value: this says how long that walk would be. */

/** Values one document may expand to; a hundred-page manifest without aliases holds some ten thousand. */
const maxValues = 1_000_000
const maxHeight = 200

interface Extent {
  readonly size: number
  readonly height: number
}

const leaf: Extent = { size: 1, height: 1 }
const endless: Extent = { size: Infinity, height: Infinity }

/** Why a value is more than anyone will walk, if it is: every alias counts in full, and one may contain itself. */
export function excessOf(value: unknown): string | undefined {
  const { size, height } = extentOf(value, new Map(), maxHeight)
  if (size <= maxValues && height <= maxHeight) return undefined
  return `found a value that is too large or too deep (aliases count in full), allowed: at most ${maxValues} values, ${maxHeight} levels`
}

/** Aliases of aliases add to the height without adding to the depth of this walk: an anchor comes first. */
function extentOf(value: unknown, known: Map<object, Extent>, depthLeft: number): Extent {
  if (typeof value !== 'object' || value === null) return leaf
  if (depthLeft === 0) return endless
  const before = known.get(value)
  if (before !== undefined) return before
  // Met again before its own extent is known, a value contains itself.
  known.set(value, endless)
  let [size, height] = [1, 1]
  for (const child of Object.values(value)) {
    const extent = extentOf(child, known, depthLeft - 1)
    size += extent.size
    height = Math.max(height, extent.height + 1)
  }
  const extent = { size, height }
  known.set(value, extent)
  return extent
}
