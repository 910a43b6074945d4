/* The port to router discovery: io/ does it by ICMPv6 in the poll loop; tests say who is there. */
import type { Address } from '#core/model/address.ts'

export interface RouterDiscovery {
  /** Looks for the router at the other end of the link, and shows ourselves to it, until the function is called. */
  watch(link: string, events: DiscoveryEvents): () => void
}

export interface DiscoveryEvents {
  /** The link-local address of the router; again when another has taken its place. */
  found(router: Address): void
  /** One phrase; tried again for ever. */
  unavailable(problem: string): void
}
