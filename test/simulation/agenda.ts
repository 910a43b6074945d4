/* What happens when, in virtual time: a heap by instant, then by the order of being planned. */
export interface Entry {
  readonly at: number
  readonly order: number
  /** Undefined once cancelled. */
  task: (() => void) | undefined
}

export class Agenda {
  now = 0
  steps = 0
  readonly #heap: Entry[] = []
  #order = 0

  plan(at: number, task: () => void): Entry {
    const entry = { at: Math.max(at, this.now), order: this.#order++, task }
    this.#rise(this.#heap.push(entry) - 1, entry)
    return entry
  }

  /** Runs what is planned up to `until`, calling `check` after each; false from it ends the run. */
  run(until: number, check: () => boolean): void {
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.at > until) break
      this.#takeFirst()
      if (next.task === undefined) continue
      this.now = next.at
      this.steps++
      next.task()
      if (!check()) return
    }
    this.now = until
  }

  #takeFirst(): void {
    const last = this.#heap.pop() as Entry
    if (this.#heap.length > 0) this.#sink(last)
  }

  #rise(from: number, entry: Entry): void {
    const heap = this.#heap
    let index = from
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above] as Entry
      if (precedes(parent, entry)) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  #sink(entry: Entry): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let below = 2 * index + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && precedes(heap[below + 1] as Entry, heap[below] as Entry)) below++
      if (precedes(entry, heap[below] as Entry)) break
      heap[index] = heap[below] as Entry
      index = below
    }
    heap[index] = entry
  }
}

function precedes(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
