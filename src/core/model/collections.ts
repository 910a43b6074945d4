/** Items by key, each key's in their order; keys in the order of their first item. */
export function groupBy<Key, Item>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Ascending order of UTF-16 code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const none: readonly never[] = Object.freeze([])

/**
 * The same items, for a list that is kept. A list that grew has room for seventeen items more, and so has what filter
 * and flatMap return; empty lists are all one.
 */
export function packed<Item>(items: readonly Item[]): readonly Item[] {
  return items.length === 0 ? none : items.slice()
}
