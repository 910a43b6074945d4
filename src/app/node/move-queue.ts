/* What this node hands over while it could go on answering: one after another, under the budget, with acknowledgement. */
import type { Handover } from '#core/moves/handover.ts'
import type { Budget } from '#core/moves/budget.ts'
import { atRest, takeTurns, type Pace } from '#core/moves/pace.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Clock, Counter, Gauge, Logger, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { Rights } from './rights.ts'

export interface MoveQueueDeps {
  readonly rights: Pick<Rights, 'offer' | 'queue'>
  readonly budget: Budget
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: MetricScope
}

export class MoveQueue {
  private readonly deps: MoveQueueDeps
  private readonly waiting: Gauge
  private readonly untaken: Counter
  private moves: readonly Handover[] = []
  private pace: Pace = atRest
  private cancel: () => void = () => {}

  constructor(deps: MoveQueueDeps) {
    this.deps = deps
    this.waiting = deps.metrics.gauge(metric('herald_moves_waiting'))
    this.untaken = deps.metrics.counter(metric('herald_moves_untaken_total'))
  }

  /** All that are to be handed over from now on, in their order. */
  follow(moves: readonly Handover[]): void {
    if (moves.length === 0 && this.moves.length === 0) return
    this.moves = moves
    this.go()
  }

  private go(): void {
    const { rights, budget, clock, log } = this.deps
    this.cancel()
    const now = clock.now()
    const addresses = this.moves.map(({ address }) => address)
    const { pace, untaken, next } = takeTurns(this.pace, addresses, budget, now)
    this.pace = pace
    for (const { address, to } of this.moves) {
      if (pace.offered.has(address)) rights.offer(address)
      else rights.queue(address, to)
      if (!untaken.includes(address)) continue
      this.untaken.add({})
      log.warn('nobody took the address over, it stays here and is offered again later', { address, to })
    }
    this.waiting.set({}, this.moves.length)
    this.cancel = next === undefined ? () => {} : clock.after(milliseconds(next - now), () => this.go())
  }
}
