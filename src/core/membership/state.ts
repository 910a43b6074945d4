/* The membership state, its events and its effects. */
import type { Epoch } from '../announcer.ts'
import type { Address } from '../model/address.ts'
import type { Duration, Instant } from '../model/duration.ts'
import type { BootId } from './boot.ts'
import type { OwnClaim } from './claims.ts'
import type { Claim, Message, Note } from './message.ts'
import type { Disbelief } from './peer.ts'
import type { Peers } from './peers.ts'
import type { MembershipTiming } from './timing.ts'

/**
 * `available`: every part of a divided cluster answers for what it can. `majority`: a node that reaches at most half of
 * the members (and not the first by name, at exactly half) answers for nothing.
 */
export type PartitionPolicy = 'available' | 'majority'

export type Phase =
  | { readonly at: 'listening' | 'resuming'; readonly from: Instant; readonly until: Instant }
  | { readonly at: 'active' }
  | { readonly at: 'leaving' }

/** A peer whose silence is being confirmed. */
export interface Doubt {
  readonly boot: BootId
  readonly askedAt: Instant
  readonly rounds: number
  readonly asked: ReadonlySet<string>
  readonly agreed: ReadonlySet<string>
}

/** Somebody asked about a peer that we do not hear ourselves: we called it, and answer at `until`. */
export interface Errand {
  readonly about: string
  readonly boot: BootId
  readonly asker: string
  readonly until: Instant
}

/** Told to all members at once and again with the next beats; without a note it is our standing that is told. */
export interface Rumour {
  readonly note?: Note
  readonly left: number
}

/** When nodes came back from the dead: ascending, by node. */
export type Returns = ReadonlyMap<string, readonly Instant[]>

export interface MembershipState {
  readonly self: string
  readonly boot: BootId
  readonly timing: MembershipTiming
  readonly policy: PartitionPolicy
  readonly phase: Phase
  readonly lastEvent: Instant
  readonly nextBeat: Instant
  /** Beats sent so far. */
  readonly beats: number
  /** Of the last question to all; never 0. */
  readonly nonce: number
  /** All members, this one included. */
  readonly ring: readonly string[]
  /** Never contains `self`. */
  readonly peers: Peers
  readonly doubts: ReadonlyMap<string, Doubt>
  readonly errands: readonly Errand[]
  readonly rumours: readonly Rumour[]
  /** Nobody's silence from before this counts: we were not there to hear. */
  readonly judgesFrom: Instant
  readonly heardAnyAt: Instant
  /** When any other station of the segment was last heard, as far as that is looked at. */
  readonly segmentAt: Instant | undefined
  /** Neither a member nor any other station has been heard for `deadAfter`. */
  readonly deaf: boolean
  readonly healedAt: Instant | undefined
  /** When this node last reached no more than half of the members, to the beat. */
  readonly minorityAt: Instant | undefined
  readonly returns: Returns
  readonly own: ReadonlyMap<Address, OwnClaim>
  /** Over what others know of `own`. */
  readonly digest: number
  /** The highest epoch ever heard of, by address. */
  readonly epochs: ReadonlyMap<Address, Epoch>
}

export type StateDraft = { -readonly [Key in keyof MembershipState]-?: MembershipState[Key] }

/** What an event makes the next state of. Spelt out: with every datagram, and a spread takes fifteen times as long. */
export function draftOf(state: MembershipState): StateDraft {
  return {
    self: state.self,
    boot: state.boot,
    timing: state.timing,
    policy: state.policy,
    phase: state.phase,
    lastEvent: state.lastEvent,
    nextBeat: state.nextBeat,
    beats: state.beats,
    nonce: state.nonce,
    ring: state.ring,
    peers: state.peers,
    doubts: state.doubts,
    errands: state.errands,
    rumours: state.rumours,
    judgesFrom: state.judgesFrom,
    heardAnyAt: state.heardAnyAt,
    segmentAt: state.segmentAt,
    deaf: state.deaf,
    healedAt: state.healedAt,
    minorityAt: state.minorityAt,
    returns: state.returns,
    own: state.own,
    digest: state.digest,
    epochs: state.epochs,
  }
}

export interface ExpectedPeer {
  readonly node: string
  readonly addresses: readonly string[]
}

export type MembershipEvent =
  /** `dueAt` has come. */
  | { readonly type: 'time'; readonly now: Instant }
  /** A datagram with a right MAC. */
  | { readonly type: 'message'; readonly now: Instant; readonly message: Message }
  /** The members changed. */
  | { readonly type: 'expect'; readonly now: Instant; readonly peers: readonly ExpectedPeer[] }
  /** What this node says of addresses changed. */
  | {
      readonly type: 'claim'
      readonly now: Instant
      readonly put: readonly OwnClaim[]
      readonly drop: readonly Address[]
    }
  | { readonly type: 'leave'; readonly now: Instant }
  /** Some station of the segment was heard, be it no member. */
  | { readonly type: 'segment'; readonly now: Instant }

export type MembershipEffect =
  | { readonly type: 'send'; readonly addresses: readonly string[]; readonly message: Message }
  /** The members or the phase changed. */
  | { readonly type: 'changed' }
  /** The fence is open until then; undefined: closed, now. */
  | { readonly type: 'lease'; readonly until: Instant | undefined }
  /** Somebody has a higher epoch: this node is silent for the address, now. */
  | { readonly type: 'outranked'; readonly address: Address; readonly counter: number; readonly by: Epoch }
  /** What another node says of addresses. */
  | {
      readonly type: 'claims'
      readonly node: string
      readonly whole: boolean
      readonly put: readonly Claim[]
      readonly drop: readonly Address[]
    }
  /** Epochs heard of, whoever minted them. */
  | {
      readonly type: 'epochs'
      readonly node: string
      readonly epochs: readonly Pick<Claim, 'address' | 'counter'>[]
    }
  /** All that is known of how long ago the node came back from the dead, most distant first. */
  | { readonly type: 'returns'; readonly node: string; readonly ages: readonly Duration[] }
  /** This process stood still for `gap`. */
  | { readonly type: 'paused'; readonly gap: Duration }
  /** Others counted this node as dead. */
  | { readonly type: 'accused'; readonly by: string }
  | { readonly type: 'disbelieved'; readonly from: string; readonly why: Disbelief }

export interface Step {
  readonly state: MembershipState
  readonly effects: readonly MembershipEffect[]
}
