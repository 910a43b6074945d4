/* Port: what the engine needs of a segment. Drivers are in io/; tests bring one that stays in memory. */
import type { Address } from '#core/model/address.ts'
import type { LinkFacts } from './interfaces.ts'

export interface Wire {
  /**
   * From now on frames about exactly these addresses on this link go to the engine, and neighbours' solicitations
   * reach the link (multicast groups are joined). Other frames may come too. Empty: stop listening. Throws if it
   * cannot.
   */
  listen(link: LinkFacts, addresses: readonly Address[]): void
  /** Puts an Ethernet frame on the link. Throws if it cannot. */
  send(link: LinkFacts, frame: Uint8Array): void
}
