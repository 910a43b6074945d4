/* When a stranger that claims an address was last reported. */
import type { Address } from '#core/model/address.ts'
import { seconds, since, type Instant } from '#core/model/duration.ts'

/** A stranger is reported at most so often for each address. @see RFC 5227 §2.4, DEFEND_INTERVAL */
const CONFLICT_INTERVAL = seconds(10)

export class Conflicts {
  readonly #reported = new Map<Address, Instant>()

  /** Whether to report it now; if so, it counts as reported. */
  isNews(address: Address, now: Instant): boolean {
    const last = this.#reported.get(address)
    if (last !== undefined && since(last, now) < CONFLICT_INTERVAL) return false
    this.#reported.set(address, now)
    return true
  }

  forget(address: Address): void {
    this.#reported.delete(address)
  }
}
