/* Who may speak but for the fence, and begins when it opens: a lease that ended comes back without a word. */
import { milliseconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

const LOOK_INTERVAL = milliseconds(10)

export interface FenceWaitDeps<Key> {
  readonly clock: Clock
  /** Still wants to speak, and the fence does not permit it. */
  readonly isShut: (key: Key) => boolean
  /** The fence is open, or the wish is gone. */
  readonly over: (keys: readonly Key[]) => void
}

export class FenceWait<Key> {
  readonly #deps: FenceWaitDeps<Key>
  readonly #waiting = new Set<Key>()
  #cancelLook: (() => void) | undefined

  constructor(deps: FenceWaitDeps<Key>) {
    this.#deps = deps
  }

  /** Waits for the fence if that is what keeps `key` silent. */
  await(key: Key): void {
    if (!this.#deps.isShut(key)) return
    this.#waiting.add(key)
    this.#cancelLook ??= this.#deps.clock.after(LOOK_INTERVAL, () => this.#look())
  }

  close(): void {
    this.#cancelLook?.()
    this.#waiting.clear()
  }

  #look(): void {
    this.#cancelLook = undefined
    const waited = [...this.#waiting]
    this.#waiting.clear()
    const over = waited.filter((key) => !this.#deps.isShut(key))
    for (const key of waited) this.await(key)
    if (over.length > 0) this.#deps.over(over)
  }
}
