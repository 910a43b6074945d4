/*
 * What was made once is not made again, while there is room: what was asked for since the last clearance outlasts the
 * next one.
 */
export class Memory<Value> {
  readonly #most: number
  #recent = new Map<string, Value>()
  #former = new Map<string, Value>()

  constructor(most = 5000) {
    this.#most = most
  }

  get(key: string, make: () => Value): Value {
    const before = this.#recent.get(key)
    if (before !== undefined) return before
    const value = this.#former.get(key) ?? make()
    if (this.#recent.size >= this.#most) {
      this.#former = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, value)
    return value
  }
}
