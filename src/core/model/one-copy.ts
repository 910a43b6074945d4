/* One copy of equal values that many objects hold. What comes back always equals what was given: nothing can be told from it. */

/** So many are known at most: then all are forgotten, and what is held often is soon known again. */
const most = 10_000

export class OneCopy<Value> {
  readonly #known = new Map<string, Value>()

  /** `key` says all of the value. */
  of(key: string, value: Value): Value {
    const copy = this.#known.get(key)
    if (copy !== undefined) return copy
    if (this.#known.size >= most) this.#known.clear()
    this.#known.set(key, value)
    return value
  }
}
