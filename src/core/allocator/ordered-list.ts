import { compareOrder, type Order } from './order.ts'

/** A list in order, made to be emptied from the front: that costs O(1), anything else a move of pointers. */
export class OrderedList<T extends Order> {
  #items: T[] = []
  /** Items before this index are gone. */
  #head = 0

  first(): T | undefined {
    return this.#items[this.#head]
  }

  add(item: T): void {
    const last = this.#items.at(-1)
    if (last === undefined || compareOrder(last, item) < 0) this.#items.push(item)
    else this.#items.splice(this.#indexOf(item), 0, item)
  }

  delete(item: T): void {
    const index = this.#indexOf(item)
    if (this.#items[index] !== item) return
    if (index > this.#head) this.#items.splice(index, 1)
    else this.#head++
    // Half of the list is gone: moving the rest costs no more than what was saved.
    if (this.#head * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = this.#head; index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item !== undefined) yield item
    }
  }

  /** The index of the first item that does not come before `item`. */
  #indexOf(item: T): number {
    let low = this.#head
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#items[middle]
      if (other !== undefined && compareOrder(other, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
