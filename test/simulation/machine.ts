/* A machine: its monotonic clock, which runs a little fast or slow, and may stand still or leap with the whole machine. */
import { instantAt, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import type { Agenda } from './agenda.ts'

export class Machine {
  readonly #agenda: Agenda
  readonly #rate: number
  #offset: number

  constructor(agenda: Agenda, rate: number, offset: number) {
    this.#agenda = agenda
    this.#rate = rate
    this.#offset = offset
  }

  now(): Instant {
    return instantAt(this.#agenda.now * this.#rate + this.#offset)
  }

  /** In virtual time. */
  when(local: number): number {
    return (local - this.#offset) / this.#rate
  }

  leap(by: number): void {
    this.#offset += by
  }
}

/** The clock of one process: its timers wait while it stands still, and end with it. */
export class ProcessClock implements Clock {
  readonly #machine: Machine
  readonly #agenda: Agenda
  /** Runs a task now or when the process goes on; not at all after its end. */
  readonly #gate: (task: () => void) => void

  constructor(machine: Machine, agenda: Agenda, gate: (task: () => void) => void) {
    this.#machine = machine
    this.#agenda = agenda
    this.#gate = gate
  }

  now(): Instant {
    return this.#machine.now()
  }

  after(delay: Duration, task: () => void): () => void {
    const [agenda, machine, gate] = [this.#agenda, this.#machine, this.#gate]
    const due = machine.now() + delay
    let cancelled = false
    let entry = agenda.plan(machine.when(due), () => gate(ring))
    return () => {
      cancelled = true
      entry.task = undefined
    }

    function ring(): void {
      if (cancelled) return
      // The machine's clock may have stood still meanwhile.
      if (machine.now() < due - 1e-6) entry = agenda.plan(machine.when(due), () => gate(ring))
      else task()
    }
  }
}
