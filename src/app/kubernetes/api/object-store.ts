/* The objects of one kind as Herald last saw them, and word of which have changed. */
import { same } from '#core/model/same.ts'
import { qualified, type ObjectMeta } from '#core/model/objects.ts'

import { compareVersions } from './resource-version.ts'

export interface Stored {
  readonly metadata: ObjectMeta
}

/** `namespace/name`, or the name of a cluster-scoped object. */
export function keyOf({ metadata: { namespace, name } }: Stored): string {
  return namespace === undefined ? name : qualified(namespace, name)
}

export class ObjectStore<Item extends Stored> {
  private readonly items = new Map<string, Item>()
  private readonly listeners = new Set<(keys: ReadonlySet<string>) => void>()
  private changed = new Set<string>()
  private filled = false
  private scheduled = false

  get(key: string): Item | undefined {
    return this.items.get(key)
  }

  values(): IterableIterator<Item> {
    return this.items.values()
  }

  get size(): number {
    return this.items.size
  }

  /** A whole list has come in once, and is complete. */
  get synced(): boolean {
    return this.filled
  }

  /**
   * Called with the keys of everything that came, changed or went, soon after it did, and once for what comes together.
   * A change of nothing but the resourceVersion is no change.
   */
  onChange(listener: (keys: ReadonlySet<string>) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** An object as a watch or the answer to a write shows it. What is older than what is known is ignored. */
  put(item: Item): void {
    const key = keyOf(item)
    const before = this.items.get(key)
    if (before === undefined || !isOlder(item, before)) this.restore(item)
  }

  /** As `put`, whatever the versions say. */
  restore(item: Item): void {
    const key = keyOf(item)
    const before = this.items.get(key)
    this.items.set(key, item)
    if (before === undefined || !same(withoutVersion(before), withoutVersion(item))) this.touch(key)
  }

  remove(key: string): void {
    if (this.items.delete(key)) this.touch(key)
  }

  /** An object that a watch shows for the last time: the next one of that name may be known already. */
  removed(item: Stored): void {
    const key = keyOf(item)
    const known = this.items.get(key)
    if (known !== undefined && !isOlder(item, known)) this.remove(key)
  }

  /** The list was complete: what is not among `keys` is gone. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.items.keys()) if (!keys.has(key)) this.remove(key)
    if (this.filled) return
    this.filled = true
    this.schedule()
  }

  private touch(key: string): void {
    this.changed.add(key)
    this.schedule()
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(() => this.tell())
  }

  private tell(): void {
    this.scheduled = false
    const keys = this.changed
    this.changed = new Set()
    for (const listener of this.listeners) listener(keys)
  }
}

function isOlder(item: Stored, known: Stored): boolean {
  return compareVersions(item.metadata.resourceVersion ?? '', known.metadata.resourceVersion ?? '') < 0
}

function withoutVersion<Item extends Stored>(item: Item): Item {
  const { resourceVersion: _, ...metadata } = item.metadata
  return { ...item, metadata }
}
