/** Numbers that look random and follow from the seed alone: xoshiro128**, of Blackman and Vigna. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(...seed: readonly number[]) {
    let state = 0x9e3779b9
    const next = (): number => {
      for (const part of seed) {
        state = Math.imul(state ^ (part >>> 0), 0x85ebca6b)
        state ^= state >>> 15
      }
      state = (state + 0x9e3779b9) | 0
      const mixed = Math.imul(state ^ (state >>> 16), 0xc2b2ae35)
      return (mixed ^ (mixed >>> 13)) >>> 0
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() | 1
  }

  /** 0 … 2³²−1. */
  word(): number {
    const times5 = Math.imul(this.#b, 5)
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0
    const t = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= t
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** 0 … `bound` − 1. */
  below(bound: number): number {
    return this.word() % bound
  }

  pick<T>(list: readonly T[]): T {
    const value = list[this.below(list.length)]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
}
