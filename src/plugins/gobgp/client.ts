/*
 * What the plugin asks of a gobgpd: a port, so that its logic is tested against one in memory. Every call rejects with
 * an ApiError, and promptly once its signal aborts.
 */
import type { Prefix } from '#core/bgp/prefix.ts'
import type { Address, Family } from '#core/model/address.ts'
import type { Duration } from '#core/model/duration.ts'

export interface Speaker {
  /** 0: BGP was not started. */
  readonly asn: number
  readonly routerId: string
}

export interface NeighborSpec {
  readonly address: Address
  readonly port: number
  readonly description: string
  readonly localAs: number
  /** 0: whatever the neighbour says. */
  readonly remoteAs: number
  readonly sourceAddress?: Address
  readonly password?: string
  readonly multihop: boolean
  readonly holdTime: Duration
  readonly keepaliveTime: Duration
  readonly connectTime: Duration
  readonly gracefulRestart: boolean
  readonly families: readonly Family[]
}

export const sessionStates = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const

export type SessionState = (typeof sessionStates)[number]

export interface NeighborState {
  readonly address: Address
  readonly description: string
  readonly state: SessionState
  /** What the neighbour agreed to receive; empty while there is no session. */
  readonly families: readonly Family[]
  readonly updatesSent: number
  readonly notificationsSent: number
  readonly notificationsReceived: number
  /** Why the last session ended, if this gobgpd says so. */
  readonly problem?: string
}

/** A route of ours in gobgpd's table. */
export interface MarkedPath {
  readonly prefix: Prefix
  /** The prefix's text. */
  readonly key: string
  readonly mark: number
  /** LOCAL_PREF of the path itself, for what no policy can set; not known of paths that were read. */
  readonly localPref?: number
}

export interface SetName {
  readonly name: string
  readonly kind: 'neighbor' | 'large-community' | 'prefix'
}

export interface DefinedSet extends SetName {
  /** Host prefixes, or patterns; none of kind `prefix`. */
  readonly list?: readonly string[]
  /** Of kind `prefix`: one family alone. */
  readonly ranges?: readonly PrefixRange[]
}

/** Prefixes within `prefix`, as long as `min` to `max`. */
export interface PrefixRange {
  readonly prefix: Prefix
  readonly min: number
  readonly max: number
}

export interface Statement {
  readonly name: string
  readonly policy: string
  /** Names of the sets that must match; absent = anything. */
  readonly neighborSet?: string
  readonly markSet?: string
  /** `outside`: prefixes of the set's family that are not in it. */
  readonly prefixSet?: { readonly name: string; readonly match: 'inside' | 'outside' }
  readonly verdict: 'accept' | 'reject'
  readonly localPref?: number
  readonly nextHop?: Address
  readonly communities?: readonly string[]
  readonly largeCommunities?: readonly string[]
}

export type Direction = 'import' | 'export'

export interface GoBgpClient {
  readonly version: 'v3' | 'v4'
  global(signal: AbortSignal): Promise<Speaker>
  start(speaker: Speaker & { readonly listenPort: number }, signal: AbortSignal): Promise<void>
  neighbors(signal: AbortSignal): Promise<readonly NeighborState[]>
  addNeighbor(spec: NeighborSpec, signal: AbortSignal): Promise<void>
  deleteNeighbor(address: Address, signal: AbortSignal): Promise<void>
  /** Ours alone. */
  paths(signal: AbortSignal): Promise<readonly MarkedPath[]>
  sendPaths(paths: readonly MarkedPath[], action: 'put' | 'withdraw', signal: AbortSignal): Promise<void>
  setNames(signal: AbortSignal): Promise<readonly string[]>
  addSet(set: DefinedSet, signal: AbortSignal): Promise<void>
  deleteSet(set: SetName, signal: AbortSignal): Promise<void>
  /** Names of the statements by name of the policy. */
  policies(signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>>
  /** Makes the policy, too, where there is none. */
  addStatements(policy: string, statements: readonly Statement[], signal: AbortSignal): Promise<void>
  deleteStatements(policy: string, names: readonly string[], signal: AbortSignal): Promise<void>
  assignment(direction: Direction, signal: AbortSignal): Promise<readonly string[]>
  assign(direction: Direction, policies: readonly string[], signal: AbortSignal): Promise<void>
  /** Calls `seen` with each neighbour, and again whenever its state changes; rejects when the stream ends. */
  watch(seen: (state: NeighborState) => void, signal: AbortSignal): Promise<never>
  close(): void
}

/** Connects and finds out the version; rejects with an ApiError. */
export type Connect = (signal: AbortSignal) => Promise<GoBgpClient>

/** The addresses by which this node reaches a neighbour, by family: what it may be given as a next hop. */
export type LocalAddresses = (
  neighbor: Address,
  source: Address | undefined,
) => Promise<{ readonly [F in Family]?: Address }>
