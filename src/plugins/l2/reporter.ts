/* What the engine tells the main thread: statuses that changed, strangers, and counts in bounded portions. */
import type { TargetStatus } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { Conflicts } from './conflicts.ts'
import type { EngineEvent } from './protocol.ts'
import { sameStatus, type Rival } from './status.ts'
import { Tally } from './tally.ts'

const TALLY_INTERVAL = seconds(1)

export class Reporter {
  readonly #clock: Clock
  readonly #emit: (event: EngineEvent) => void
  readonly #told = new Map<Address, TargetStatus>()
  readonly #conflicts = new Conflicts()
  readonly #tally = new Tally()
  #cancelTally: (() => void) | undefined

  constructor(clock: Clock, emit: (event: EngineEvent) => void) {
    this.#clock = clock
    this.#emit = emit
  }

  statuses(statuses: readonly TargetStatus[]): void {
    const changed = statuses.filter((status) => !sameStatus(this.#told.get(status.address), status))
    for (const status of changed) this.#told.set(status.address, status)
    if (changed.length > 0) this.#emit({ kind: 'status', targets: changed })
  }

  /** Every time is counted, not every time is told. */
  rival(address: Address, rival: Rival): void {
    this.count(address, 'conflicts')
    if (this.#conflicts.isNews(address, this.#clock.now()))
      this.#emit({ kind: 'conflict', address, ...rival })
  }

  count(address: Address, what: Parameters<Tally['count']>[1]): void {
    this.#tally.count(address, what)
    this.#schedule()
  }

  countSendError(link: string): void {
    this.#tally.countSendError(link)
    this.#schedule()
  }

  forget(address: Address): void {
    this.#told.delete(address)
    this.#conflicts.forget(address)
  }

  flush(): void {
    this.#cancelTally?.()
    this.#cancelTally = undefined
    const event = this.#tally.take()
    if (event !== undefined) this.#emit(event)
  }

  #schedule(): void {
    this.#cancelTally ??= this.#clock.after(TALLY_INTERVAL, () => this.flush())
  }
}
