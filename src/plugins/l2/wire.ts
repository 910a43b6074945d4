/* Port: what the engine needs of a segment. Drivers are in io/; tests bring one that stays in memory. */
import type { Address } from '#core/model/address.ts'
import type { LinkFacts } from './interfaces.ts'

export interface Wire {
  /**
   * From now on frames about exactly these addresses on this link go to the engine, and neighbours' solicitations
   * reach the link (multicast groups are joined). Of the `watched` ones what is said to all goes there: who claims them,
   * and who probes for them. Other frames may come too. Both empty: stop listening. Throws if it cannot.
   */
  listen(link: LinkFacts, addresses: readonly Address[], watched: readonly Address[]): void
  /** Puts an Ethernet frame on the link. Throws if it cannot. */
  send(link: LinkFacts, frame: Uint8Array): void
}
