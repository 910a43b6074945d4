/*
 * The port to whatever runs BFD sessions: io/ runs them in the poll loop, where the main thread cannot delay them;
 * tests run them in memory.
 */
import type { Address } from '#core/model/address.ts'

import type { StateChange } from './fsm/model.ts'
import type { BfdProfile } from './profile.ts'

export interface BfdService {
  /** Runs a session until its handle is closed. */
  start(ends: BfdEnds, profile: BfdProfile, events: BfdEvents): BfdHandle
}

export interface BfdEnds {
  readonly local: Address
  readonly remote: Address
  /** Of link-local addresses. */
  readonly interface?: string
  /** The peer may be routers away: RFC 5883. Without it that is so if the peer is on none of our subnets. */
  readonly multihop: boolean
}

export interface BfdEvents {
  changed(change: StateChange): void
  /** It cannot run; tried again for ever. */
  unavailable(problem: string): void
  /** Packets since the last time. */
  counted(tally: BfdTally): void
}

export interface BfdTally {
  readonly sent: number
  readonly received: number
  readonly echoSent: number
  readonly echoReceived: number
}

export interface BfdHandle {
  /** Takes other parameters without going down. */
  configure(profile: BfdProfile): void
  /** Tells the other side that the session is administratively down. */
  close(): void
}
