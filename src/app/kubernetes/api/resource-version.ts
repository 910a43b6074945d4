/* resourceVersions of one kind grow: decimal numbers, longer than a double can hold (KEP-5504). */

/** Negative when `a` is older. Versions that are no numbers cannot be compared and count as equal. */
export function compareVersions(a: string, b: string): number {
  if (!decimal.test(a) || !decimal.test(b)) return 0
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

const decimal = /^[1-9]\d*$/
