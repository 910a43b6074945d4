/* What the main thread and the heartbeat engine in the poll loop say to each other: plain, cloneable values. */
import type { Epoch } from '#core/announcer.ts'
import type { BootId } from '#core/membership/boot.ts'
import type { OwnClaim } from '#core/membership/claims.ts'
import type { Claim } from '#core/membership/message.ts'
import type { ExpectedPeer, PartitionPolicy } from '#core/membership/state.ts'
import type { MembershipTiming } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import type { Duration } from '#core/model/duration.ts'
import type { Member } from '#core/ports.ts'

export interface HeartbeatInit {
  readonly self: string
  readonly boot: BootId
  readonly port: number
  readonly timing: MembershipTiming
  readonly policy: PartitionPolicy
  readonly keys: Keys
  readonly fence: SharedArrayBuffer
}

/** The first signs; all are believed. */
export type Keys = readonly [Uint8Array, ...Uint8Array[]]

/** A claim with the slot of the fence that it opens, if it has one. */
export interface Holding {
  readonly claim: OwnClaim
  readonly slot?: number
}

export type ToHeartbeats =
  | { readonly kind: 'expect'; readonly peers: readonly ExpectedPeer[] }
  | { readonly kind: 'claim'; readonly put: readonly Holding[]; readonly drop: readonly Address[] }
  | { readonly kind: 'keys'; readonly keys: Keys }
  /** Answered by `left` once the farewells are sent. */
  | { readonly kind: 'leave' }

export interface HeartbeatCounts {
  readonly sent: number
  readonly received: number
  readonly refused: Readonly<Record<string, number>>
  /** The most that a beat was behind its time. */
  readonly late: Duration
}

export type FromHeartbeats =
  | {
      readonly kind: 'members'
      readonly members: readonly Member[]
      /** How long ago each member gave its last sign of life. */
      readonly ages: Readonly<Record<string, Duration>>
      readonly leaving: readonly string[]
      /** Heard before, and their silence is confirmed. */
      readonly dead: readonly string[]
      readonly takesPart: boolean
      /** And nothing is in doubt: it may take on what it does not hold yet. */
      readonly certain: boolean
    }
  | {
      readonly kind: 'claims'
      readonly node: string
      readonly whole: boolean
      readonly put: readonly Claim[]
      readonly drop: readonly Address[]
    }
  | {
      readonly kind: 'epochs'
      readonly node: string
      readonly epochs: readonly Pick<Claim, 'address' | 'counter'>[]
    }
  /** All that is known of how long ago the node came back from the dead, most distant first. */
  | { readonly kind: 'returns'; readonly node: string; readonly ages: readonly Duration[] }
  | { readonly kind: 'outranked'; readonly address: Address; readonly counter: number; readonly by: Epoch }
  | { readonly kind: 'paused'; readonly gap: Duration }
  | { readonly kind: 'accused'; readonly by: string }
  /** Why heartbeats do not work; absent: they do. */
  | { readonly kind: 'fault'; readonly fault?: string }
  | { readonly kind: 'tally'; readonly counts: HeartbeatCounts }
  | { readonly kind: 'left' }
