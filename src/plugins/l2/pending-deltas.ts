/* Deltas whose sender waits until the wire has been asked about their addresses. */
import type { Address } from '#core/model/address.ts'

interface Pending {
  readonly addresses: Set<Address>
  readonly applied: () => void
}

export class PendingDeltas {
  readonly #pending = new Set<Pending>()

  /** Calls `applied` once all the addresses are decided: at once when there are none. */
  add(addresses: Iterable<Address>, applied: () => void): void {
    const pending = { addresses: new Set(addresses), applied }
    if (pending.addresses.size === 0) applied()
    else this.#pending.add(pending)
  }

  /** For now nothing more is to be found out about the address. */
  decided(address: Address): void {
    for (const pending of this.#pending) {
      if (!pending.addresses.delete(address) || pending.addresses.size > 0) continue
      this.#pending.delete(pending)
      pending.applied()
    }
  }
}
