import type { Epoch } from '#core/announcer.ts'
import type { Claim } from '#core/membership/message.ts'
import type { Returns } from '#core/membership/state.ts'
import type { Address } from '#core/model/address.ts'
import type { Instant } from '#core/model/duration.ts'
import type { Membership } from '#core/ports.ts'

import type { Holding } from './protocol.ts'

export type NodeClaim = Claim & { readonly node: string }

export interface Outranked {
  readonly address: Address
  /** Of the epoch that counts no more. */
  readonly counter: number
  readonly by: Epoch
}

/** Membership with a life of its own. `onChange` also tells of `takesPart`, `problem` and others' claims. */
export interface Liveness extends Membership {
  start(): void
  /**
   * May this node answer for an address that only one node may answer for? Not while it cannot know what the others
   * do: just started, or about to stop. Through the short silence after a pause the fence's lease sees by itself.
   */
  takesPart(): boolean
  /** It takes part and is in no doubt: it may take on what it does not hold yet. */
  isCertain(): boolean
  /** It said farewell, and answers until it is relieved. */
  isLeaving(node: string): boolean
  /** It was heard before, and its silence is confirmed: more than that it takes no part. */
  isDead(node: string): boolean
  /** The last sign of life of another node. */
  lastHeard(node: string): Instant | undefined
  /** Who came back from the dead and when, this node included: the very same map for as long as nobody does. */
  returns(): Returns
  /** Why heartbeats do not work. */
  problem(): string | undefined
  /** Tells the others what this node says of addresses. */
  claim(put: readonly Holding[], drop: readonly Address[]): void
  /** What other nodes say of the address. */
  claimsOn(address: Address): readonly NodeClaim[]
  /** The same, with what this node tells the others. */
  wordsOn(address: Address): readonly NodeClaim[]
  /** Whether any node, this one included, has ever said something of a data path. */
  pathsAreTold(): boolean
  /** Hears of which addresses any node, this one included, says something else now. Returns the unsubscribe function. */
  onWords(listener: (addresses: Iterable<Address>) => void): () => void
  /** The highest epoch heard of. */
  epochOf(address: Address): Epoch | undefined
  /** A higher epoch was heard of; the fence is closed already. Returns the unsubscribe function. */
  onOutranked(listener: (outranked: Outranked) => void): () => void
  /** Tells the others to take over; settles when that is sent. */
  leave(): Promise<void>
  stop(): Promise<void>
}
