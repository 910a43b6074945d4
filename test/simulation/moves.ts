/* The planned moves of one process, by the real queue: what it begins is told, and what waits can be asked for. */
import { MoveQueue } from '#app/node/move-queue.ts'
import type { Rights } from '#app/node/rights.ts'
import type { Address } from '#core/model/address.ts'
import type { Handover } from '#core/moves/handover.ts'
import type { Clock, Logger, MetricScope } from '#core/ports.ts'

export interface MovesDeps {
  readonly rights: Rights
  readonly perMinute: number
  readonly clock: Clock
  readonly began: (address: Address) => void
}

export class Moves {
  readonly #queue: MoveQueue
  readonly #begun = new Set<Address>()
  readonly #waiting = new Map<Address, string>()

  constructor({ rights, perMinute, clock, began }: MovesDeps) {
    this.#queue = new MoveQueue({
      budget: { perMinute },
      clock,
      log,
      metrics,
      rights: {
        offer: (address) => {
          this.#waiting.delete(address)
          if (!this.#begun.has(address)) began(address)
          this.#begun.add(address)
          rights.offer(address)
        },
        queue: (address, to) => {
          this.#begun.delete(address)
          this.#waiting.set(address, to)
          rights.queue(address, to)
        },
      },
    })
  }

  follow(handovers: readonly Handover[]): void {
    const present = new Set(handovers.map(({ address }) => address))
    for (const address of this.#begun) if (!present.has(address)) this.#begun.delete(address)
    for (const address of this.#waiting.keys()) if (!present.has(address)) this.#waiting.delete(address)
    this.#queue.follow(handovers)
  }

  /** For whom the address waits its turn. */
  heirOf(address: Address): string | undefined {
    return this.#waiting.get(address)
  }
}

const nothing = (): void => {}
export const log: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log }
const instrument = { add: nothing, set: nothing, observe: nothing, remove: nothing }
export const metrics: MetricScope = {
  counter: () => instrument,
  gauge: () => instrument,
  histogram: () => instrument,
}
