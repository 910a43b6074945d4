/*
 * THE SEAM: everything a plugin author needs to know about the life of an announcer.
 *
 * Glossary
 *   target         one address that this node should make reachable, for one or more Services
 *   offer          one advertisement that wants the target announced, with its checked options
 *   desired state  everything this node should announce through one plugin: always the full set, never a delta
 *   status         what became of it, target by target
 *   observation    something the plugin learnt between two reconciles: a session came up, a stranger answers
 *   placement      may one node at a time announce a target (the core elects), or every eligible node?
 *   stage          how far a target may go: get ready but stay silent, tell the network, or leave gracefully
 *   grant          the right to speak for a target: an epoch, valid while the fence holds the same epoch in its slot
 *   fence          shared memory the plugin asks before it speaks; closing it silences a target without the plugin's help
 *   resource       a Kubernetes object the plugin asked for by kind (BGPPeer, BFDProfile), applicable to this node
 */
import type { Address } from './model/address.ts'
import type { Finding } from './model/finding.ts'
import type { Json, JsonSchema } from './model/json.ts'
import type { Clock, Logger, MetricScope, Random } from './ports.ts'
import { leaseHolds } from './runtime/lease.ts'

export type Placement = 'one-node' | 'every-node'

/** How finely a plugin can obey the fence: each frame, each message it sends, or not at all. */
export type FenceStrength = 'frame' | 'message' | 'none'

/** `arm`: get ready, stay silent. `serve`: tell the network. `retire`: leave gracefully, another node takes over. */
export type Stage = 'arm' | 'serve' | 'retire'

/**
 * Who minted the right to speak, and when: ordered by counter, then by node name, so that the two halves of a
 * partition cannot mint the same one.
 */
export interface Epoch {
  /** 1 … 2³¹−1. */
  readonly counter: number
  readonly node: string
}

export interface Grant {
  readonly epoch: Epoch
  /** Index into the fence. */
  readonly slot: number
  /** The former owner agreed and may still answer: that somebody does is no reason to wait. */
  readonly handover?: true
  /**
   * Of this address no node has ever said that it answers, and all of them are there to say so: only a stranger can be
   * using it. A plugin that asks the network before it begins may answer while it asks, and be silent at the first sign
   * of somebody else; what it has not been able to begin at once it asks about first. It announces afterwards all the same.
   */
  readonly fresh?: true
}

export interface ServiceFacts {
  /** `namespace/name`. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly localEndpoints: number
  readonly totalEndpoints: number
}

export interface Offer {
  /** `Kind namespace/name` of the advertisement. */
  readonly advertisement: string
  /** In the plugin's own vocabulary; already checked by its `optionsSchema`. */
  readonly options: Readonly<Record<string, Json>>
  /** Names of the resources (of `DesiredState.resources`) this offer uses; absent = all of them. */
  readonly resources?: Readonly<Record<string, readonly string[]>>
}

export interface Target {
  /** Identity: unique within one desired state. */
  readonly address: Address
  /** Services that hold the address (more than one when they share it), sorted by name. */
  readonly services: readonly ServiceFacts[]
  /** At least one, sorted by advertisement. */
  readonly offers: readonly Offer[]
  readonly stage: Stage
  /** Present for `one-node` placement. */
  readonly grant?: Grant
}

export interface Resource {
  readonly name: string
  /** Changes whenever the spec, or a Secret the spec refers to, changes. */
  readonly revision: string
  readonly spec: Readonly<Record<string, Json>>
}

/** Plain JSON throughout, so that it crosses to a worker or another process unchanged. */
export interface DesiredState {
  readonly generation: number
  /** Sorted by address (IPv4 before IPv6, then numerically). */
  readonly targets: readonly Target[]
  /** By kind: exactly the kinds the plugin asked for, each sorted by name. */
  readonly resources: Readonly<Record<string, readonly Resource[]>>
  /** For a plugin that `witnesses`: addresses that other nodes announce through it. */
  readonly watched?: readonly Address[]
  /** For a plugin that `surveys`: addresses that are about to be handed out. Each `question` is answered once. */
  readonly candidates?: readonly (Pick<Target, 'address' | 'offers'> & { readonly question: string })[]
  /** A hint: apart from these addresses the targets equal those of generation `since`. */
  readonly changed?: { readonly since: number; readonly keys: readonly Address[] }
}

/**
 * What became of one target. `armed`: ready, silent. `serving`: told the network, through `via` (interfaces, peers).
 * `pending`: cannot yet, `reason` says what it waits for. `silent`: told the network to forget it (after `retire`).
 * `failed`: cannot, and waiting will not help; the host retries on its schedule.
 */
export interface TargetStatus {
  readonly address: Address
  readonly phase: 'armed' | 'serving' | 'pending' | 'silent' | 'failed'
  readonly via?: readonly string[]
  /** Machine-readable, PascalCase; required for `pending` and `failed`. */
  readonly reason?: string
  /** One sentence for a person. */
  readonly message?: string
}

export interface AnnouncerStatus {
  /** Generation of the desired state this answers. */
  readonly generation: number
  /** One entry per desired target, and one per address whose withdrawal is not finished. */
  readonly targets: readonly TargetStatus[]
}

export type Observation =
  | ({ readonly kind: 'target' } & TargetStatus)
  /** A resource's far side changed: for a BGPPeer, `state` is the RFC 4271 state name. */
  | {
      readonly kind: 'peer'
      readonly peer: string
      readonly state: string
      readonly reason?: string
      readonly message?: string
    }
  /** Somebody else answers for one of our addresses. */
  | {
      readonly kind: 'conflict'
      readonly address: Address
      readonly hardwareAddress: string
      readonly via: string
    }
  | ({ readonly kind: 'candidate'; readonly address: Address; readonly question: string } & Finding)
  /** Subnets (CIDR text) this node can announce on: a warning and a tie-break for the election. */
  | { readonly kind: 'reach'; readonly subnets: readonly string[] }
  /** Something outside changed: call `reconcile` again with the same desired state. */
  | { readonly kind: 'wake'; readonly reason: string }

/**
 * The fence reads shared memory only: safe on any thread, before every frame. A plugin that speaks from another
 * thread hands `memory` over and rebuilds the fence there with `fenceOver`.
 */
export interface Fence {
  /** One Int32 cell per slot: the epoch counter permitted now, 0 for nobody; the last cell holds the lease. */
  readonly memory: SharedArrayBuffer
  permits(grant: Grant): boolean
}

/**
 * With `monotonic` (whole milliseconds of the machine's monotonic clock, the same on every thread) the fence also
 * closes by itself: a process that stood still must not go on where it left off, because others may speak by now.
 */
export function fenceOver(memory: SharedArrayBuffer, monotonic?: () => number): Fence {
  const cells = new Int32Array(memory)
  const lease = cells.length - 1
  const valid = (): boolean => monotonic === undefined || leaseHolds(Atomics.load(cells, lease), monotonic())
  return { memory, permits: (grant) => Atomics.load(cells, grant.slot) === grant.epoch.counter && valid() }
}

/** A secret's bytes by key; never logged, never in status. */
export type Secret = Readonly<Record<string, Uint8Array>>

export interface AnnouncerHost {
  /** This node's name. */
  readonly node: string
  readonly log: Logger
  readonly metrics: MetricScope
  readonly clock: Clock
  readonly random: Random
  readonly fence: Fence
  /** The bytes behind a Secret reference in a resource's spec. Rejects with a message naming the Secret. */
  secret(ref: { readonly namespace?: string; readonly name: string }): Promise<Secret>
  report(observation: Observation): void
}

export interface Announcer {
  /** Acquire sockets, sessions, processes; adopt or clear what an earlier run left behind. */
  open(signal: AbortSignal): Promise<void>
  /**
   * Make the world match `desired`; say what is true now. Idempotent. Settles promptly once `signal` aborts.
   * A far side that is down is a status, not a rejection: reject only when nothing could be learnt.
   */
  reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus>
  /** Release resources. Never withdraws: to withdraw, the host reconciles an empty state first. */
  close(): Promise<void>
}

/** A field of a resource or advertisement that a plugin cannot honour, refused at validation with `reason`. */
export interface Unsupported {
  readonly kind: string
  /** Dotted path below `spec`; the field is refused when it is set to something other than its default. */
  readonly field: string
  readonly reason: string
}

export interface AnnouncerPlugin<Config> {
  readonly api: 1
  /** Configuration key, metric prefix, log field: kebab-case. */
  readonly name: string
  /** The plugin's own, for people. */
  readonly version?: string
  readonly placement: Placement
  readonly fencing: FenceStrength
  /** Resource kinds the plugin wants in its desired state. */
  readonly resources: readonly string[]
  /** JSON Schema of an offer's options; drives validation and `herald plugins`. */
  readonly optionsSchema: JsonSchema
  readonly unsupported: readonly Unsupported[]
  /** Its BGPPeers on one node live in one router: they share AS number and router ID, one neighbour per address. */
  readonly singleRouter?: boolean
  /** It notices who else answers for addresses of other nodes (`watched`). A plugin in another process is not told of them. */
  readonly witnesses?: boolean
  /** It finds out who answers for `candidates`. A plugin in another process is not told of them. */
  readonly surveys?: boolean
  /** It takes time to retire a target: on a planned stop the host waits for all of them before it withdraws. */
  readonly drains?: boolean
  /**
   * Pure. Throws a ConfigError that names the path, what was found and what is allowed; a plugin in another process
   * has to be asked, and answers with a promise.
   */
  parseConfig(input: unknown): Config | Promise<Config>
  /** No side effect yet: nothing is opened before `open`. */
  create(config: Config, host: AnnouncerHost): Announcer
}

/** A plugin whose configuration type only the plugin knows. */
export type LoadedPlugin = AnnouncerPlugin<unknown> & { readonly [brand]: true }

/** Recognises plugins across duplicate installs of this package, where `instanceof` would not. */
export const brand: unique symbol = Symbol.for('heraldlb/plugin') as never

export function definePlugin<Config>(plugin: AnnouncerPlugin<Config>): LoadedPlugin {
  return Object.freeze({ ...plugin, [brand]: true as const })
}
