/* One started program inside the poll loop: gives it its context and contains its failures. */
import { later, type Instant } from '#core/model/duration.ts'
import type { LoopContext, LoopProgram } from './program.ts'

/** What the loop does for a program. */
export interface LoopServices {
  readonly now: () => Instant
  readonly at: (due: Instant, task: () => void) => () => void
  readonly watch: (fd: number, handler: () => void) => () => void
  readonly post: (body: unknown) => void
  /** Called once, after the program released everything. */
  readonly ended: (error?: string) => void
}

export class RunningProgram {
  readonly #init: unknown
  readonly #loop: LoopServices
  readonly #undo = new Set<() => void>()
  #receive: ((message: unknown) => void) | undefined
  #over = false

  constructor(init: unknown, loop: LoopServices) {
    this.#init = init
    this.#loop = loop
  }

  start(code: LoopProgram): void {
    this.#contained(() => code.start(this.#context()))()
  }

  deliver(message: unknown): void {
    this.#contained(() => this.#receive?.(message))()
  }

  stop(): void {
    this.#end()
  }

  readonly fail = (error: unknown): void => {
    this.#end(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  #context(): LoopContext {
    return {
      init: this.#init,
      clock: {
        now: this.#loop.now,
        after: (delay, task) => this.#after(later(this.#loop.now(), delay), task),
      },
      watch: (fd, handler) => this.#undoable(this.#loop.watch(fd, this.#contained(handler))),
      post: this.#loop.post,
      onMessage: (handler) => {
        this.#receive = handler
      },
      onStop: (handler) => {
        this.#undo.add(handler)
      },
    }
  }

  #after(due: Instant, task: () => void): () => void {
    const run = this.#contained(task)
    const cancel = this.#undoable(
      this.#loop.at(due, () => {
        this.#undo.delete(cancel)
        run()
      }),
    )
    return cancel
  }

  #undoable(undo: () => void): () => void {
    const once = (): void => {
      if (this.#undo.delete(once)) undo()
    }
    this.#undo.add(once)
    return once
  }

  #contained(action: () => void): () => void {
    return () => {
      if (this.#over) return
      try {
        action()
      } catch (error) {
        this.fail(error)
      }
    }
  }

  #end(error?: string): void {
    if (this.#over) return
    this.#over = true
    for (const undo of [...this.#undo].toReversed()) undo()
    this.#loop.ended(error)
  }
}
