/* What one thread of a process says to another: it arrives in order, some time later, and when the other one has time. */
import type { Agenda } from './agenda.ts'

export interface PassageDeps {
  readonly agenda: Agenda
  /** Milliseconds on the way. */
  readonly crossing: () => number
  /** When the receiving thread is free, in virtual time; anything that has passed: now. */
  readonly freeAt: () => number
  /** Runs a task now or when the process goes on; not at all after its end. */
  readonly gate: (task: () => void) => void
  readonly isOver: () => boolean
}

export class Passage {
  readonly #deps: PassageDeps
  #queue: (() => void)[] = []

  constructor(deps: PassageDeps) {
    this.#deps = deps
  }

  say(task: () => void): void {
    const { agenda, crossing, freeAt } = this.#deps
    this.#queue.push(task)
    if (this.#queue.length > 1) return
    this.#plan(Math.max(agenda.now, freeAt()) + crossing())
  }

  #plan(at: number): void {
    this.#deps.agenda.plan(at, () => this.#deps.gate(() => this.#arrive()))
  }

  #arrive(): void {
    const { agenda, freeAt, isOver } = this.#deps
    if (freeAt() > agenda.now) return this.#plan(freeAt())
    const tasks = this.#queue
    this.#queue = []
    for (const task of tasks) if (!isOver()) task()
  }
}
