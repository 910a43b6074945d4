/*
 * What was made once is not made again, while there is room: what was asked for since the last clearance outlasts the
 * next one.
 */
const most = 5000

export class Memory<Value> {
  #recent = new Map<string, Value>()
  #former = new Map<string, Value>()

  get(key: string, make: () => Value): Value {
    const before = this.#recent.get(key)
    if (before !== undefined) return before
    const value = this.#former.get(key) ?? make()
    if (this.#recent.size >= most) {
      this.#former = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, value)
    return value
  }
}
