import type { Instant } from '#core/model/duration.ts'
import type { Membership } from '#core/ports.ts'

/** Membership with a life of its own. `onChange` also tells of `takesPart` and `problem`. */
export interface Liveness extends Membership {
  start(): void
  /**
   * May this node answer for an address that only one node may answer for? Not while it cannot know what the others
   * do: just started, just woken from a pause, or about to stop.
   */
  takesPart(): boolean
  /** The last sign of life of another node. */
  lastHeard(node: string): Instant | undefined
  /** Why heartbeats do not work. */
  problem(): string | undefined
  /** Tells the others to take over; settles when that is sent. */
  leave(): Promise<void>
  stop(): Promise<void>
}
