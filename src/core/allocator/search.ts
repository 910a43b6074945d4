/** The last item of a list whose items satisfy `holds` up to some point, and none after it: a binary search. */
export function lastWhere<T>(list: readonly T[], holds: (item: T) => boolean): T | undefined {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = list[middle]
    if (item !== undefined && holds(item)) low = middle + 1
    else high = middle
  }
  return list[low - 1]
}
