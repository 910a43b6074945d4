/* What members say to each other. One datagram is one message, made for one receiver. */
import type { Address } from '../model/address.ts'
import type { Duration } from '../model/duration.ts'
import type { BootId } from './boot.ts'

/**
 * `listening`: just started, not to be relied on yet. `resuming`: woke from a pause, alive, silent until it has heard
 * what happened meanwhile. `leaving`: about to stop, take over now.
 */
export type Standing = 'listening' | 'active' | 'resuming' | 'leaving'

/**
 * What a node says of one address; the counter is that of its epoch, the node is who says it.
 *
 *   held      it answers                                shut      its data path does not work, and it does not answer
 *   offered   it answers, and whoever was elected may   failing   its data path is shut; it answers until whoever
 *             take over                                           was elected takes over
 *
 * The counter of `shut` is no epoch: 0, the path never was open; 1, it was; 2, it is untried.
 */
export type ClaimState = 'held' | 'offered' | 'shut' | 'failing'

export interface Claim {
  readonly address: Address
  readonly counter: number
  readonly state: ClaimState
  /** Of `held`: the node that is to take over in its turn. */
  readonly to?: string
}

export type Note =
  /** Have you heard this life of `about`? Answered by `heard` or `unheard`. */
  | { readonly type: 'query'; readonly about: string; readonly boot: BootId }
  /** So long ago, by the sender's clock. */
  | { readonly type: 'heard'; readonly about: string; readonly boot: BootId; readonly age: Duration }
  /** Of the receiver itself: the sender counts it as dead. */
  | { readonly type: 'unheard'; readonly about: string; readonly boot: BootId }
  /** Confirmed: nobody heard it for `age`. */
  | { readonly type: 'dead'; readonly about: string; readonly boot: BootId; readonly age: Duration }
  /** Members thought dead answer again: contact all of yours. */
  | { readonly type: 'healed' }
  /** Claims of `node`; `whole`: the first of all that it has, which replace what was known. */
  | { readonly type: 'claims'; readonly whole: boolean; readonly claims: readonly Claim[] }
  /** The sender no longer says anything of these. */
  | { readonly type: 'dropped'; readonly addresses: readonly Address[] }
  /** The highest epochs the sender has ever heard of, whoever minted them. */
  | {
      readonly type: 'epochs'
      readonly node: string
      readonly epochs: readonly Pick<Claim, 'address' | 'counter'>[]
    }
  /** So long ago, by the sender's clock, the node came back from the dead; most distant first. */
  | { readonly type: 'returns'; readonly node: string; readonly ages: readonly Duration[] }
  /** Tell me all your claims. */
  | { readonly type: 'sync' }
  /** Of an answer: it takes this message and those sent right before it, so many in all. */
  | { readonly type: 'parts'; readonly count: number }

export interface Message {
  readonly from: string
  readonly boot: BootId
  /** The receiver's boot id as the sender last heard it. */
  readonly echo: BootId
  /** Strictly increasing within one life of the sender, per receiver. */
  readonly sequence: number
  readonly standing: Standing
  /** The sender hears nothing at all: no member, and no other station of the segment either. */
  readonly deaf: boolean
  /** To be answered at once with this number; 0 for no question. */
  readonly ask: number
  /** The number last asked by the receiver; 0 for none. */
  readonly answer: number
  /** Over the sender's own claims. */
  readonly digest: number
  readonly notes: readonly Note[]
}
