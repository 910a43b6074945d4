/* Who else answers for addresses of this node, or of others that it watches over: as long as it is reported. */
import type { Observation } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

/** Somebody else answers for one of our addresses, as last seen. */
export type Conflict = Extract<Observation, { kind: 'conflict' }> & { readonly announcer: string }

/** Announcers report a stranger at least every ten seconds for as long as it is there. */
const lasts = seconds(25)

export class Conflicts {
  readonly #clock: Clock
  readonly #ended: () => void
  readonly #known = new Map<Address, { readonly conflict: Conflict; readonly cancel: () => void }>()

  /** `ended`: called after a conflict that was not reported for a while is forgotten. */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock
    this.#ended = ended
  }

  all(): readonly Conflict[] {
    return [...this.#known.values()].map(({ conflict }) => conflict)
  }

  report(conflict: Conflict): void {
    const { address } = conflict
    this.#end(address)
    const cancel = this.#clock.after(lasts, () => {
      this.#end(address)
      this.#ended()
    })
    this.#known.set(address, { conflict, cancel })
  }

  /** `addresses`: asked for only where something is known. */
  retain(addresses: () => ReadonlySet<Address>): void {
    if (this.#known.size === 0) return
    const kept = addresses()
    for (const address of this.#known.keys()) if (!kept.has(address)) this.#end(address)
  }

  stop(): void {
    for (const { cancel } of this.#known.values()) cancel()
  }

  #end(address: Address): void {
    this.#known.get(address)?.cancel()
    this.#known.delete(address)
  }
}
