/*
 * When a process collects its garbage, and forgets what its start has read:
 *
 *   work ──► rest ──► a collection at once, where much has come together
 *              └────► after some time of it, what the last part of the burst has left: once, and not again soon,
 *                     for the main thread stands still meanwhile; then the pages
 */

/** In milliseconds. */
export const lookEvery = 2000
/** In looks: ten seconds. */
const settled = 5
/** In looks: five minutes. */
const notAgainBefore = 150

export type When = 'work' | 'rest' | 'end'

export interface Tidying {
  /** Collects this thread's garbage, if that is worth it at such a time; returns whether it did. */
  readonly collect: (when: When) => boolean
  /** The same in the other thread, when it next has nothing to do. */
  readonly collectElsewhere: () => void
  /** Of the program's file. */
  readonly forgetPages: () => void
}

export class TidyMemory {
  readonly #parts: Tidying
  #worked = false
  /** Looks since the last work or collection. */
  #still = 0
  /** There was a burst since the pages were forgotten. */
  #burst = false
  #sinceEnd = notAgainBefore

  constructor(parts: Tidying) {
    this.#parts = parts
  }

  /** To be called every `lookEvery`; `works`: there was much to do since the last time. */
  look(works: boolean): void {
    const { collect, collectElsewhere, forgetPages } = this.#parts
    this.#sinceEnd++
    const collected = collect(works ? 'work' : 'rest')
    // The other thread works off its part of a burst later than this one.
    if (collected || (this.#worked && !works)) collectElsewhere()
    this.#worked = works
    this.#burst ||= collected
    this.#still = works || collected ? 0 : this.#still + 1
    if (this.#burst && this.#still === settled) this.#end()
    // A look later, for collecting needs some of them.
    if (!this.#burst || this.#still !== settled + 1) return
    this.#burst = false
    forgetPages()
  }

  #end(): void {
    if (this.#sinceEnd >= notAgainBefore && this.#parts.collect('end')) this.#sinceEnd = 0
    // Until now it may have been too busy for it.
    this.#parts.collectElsewhere()
  }
}
