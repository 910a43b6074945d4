/* What went over the wire since it was last told, told each second in which something did. */
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import type { HeartbeatCounts } from './protocol.ts'

const every: Duration = milliseconds(1000)

export class Tally {
  readonly #clock: Clock
  readonly #emit: (counts: HeartbeatCounts) => void
  #counts = noCounts()
  #cancel: () => void = () => {}

  constructor(clock: Clock, emit: (counts: HeartbeatCounts) => void) {
    this.#clock = clock
    this.#emit = emit
    this.#schedule()
  }

  sent(datagrams: number): void {
    this.#counts.sent += datagrams
  }

  received(): void {
    this.#counts.received += 1
  }

  refused(reason: string): void {
    this.#counts.refused[reason] = (this.#counts.refused[reason] ?? 0) + 1
  }

  /** How much later than due a timer came; the worst is told. */
  late(by: Duration): void {
    if (by > this.#counts.late) this.#counts.late = by
  }

  stop(): void {
    this.#cancel()
    this.#tell()
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(every, () => {
      this.#tell()
      this.#schedule()
    })
  }

  #tell(): void {
    const counts = this.#counts
    if (counts.sent + counts.received + Object.keys(counts.refused).length === 0) return
    this.#counts = noCounts()
    this.#emit(counts)
  }
}

function noCounts() {
  return { sent: 0, received: 0, refused: {} as Record<string, number>, late: milliseconds(0) }
}
