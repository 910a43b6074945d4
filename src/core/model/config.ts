/*
 * The checked configuration: what `core/config` makes of the objects, every reference resolved and every value
 * parsed. Nothing here can be wrong any more; what was wrong is a Problem.
 */
import type { Family } from './address.ts'
import type { Json } from './json.ts'
import type { LabelSelector } from './objects.ts'

/** An inclusive run of addresses: one entry of `spec.addresses`, CIDR or range alike. */
export interface AddressRange {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
  /** As the user wrote it. */
  readonly text: string
}

export interface Pool {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** In the order of the spec: allocation walks them in it. */
  readonly ranges: readonly AddressRange[]
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  /** It has addresses that a fault hides: one that lies in no pool may be one of these. */
  readonly incomplete?: boolean
  /** `serviceAllocation`: the pool serves only the Services it matches, unless asked for by name or address. */
  readonly pin?: PoolPin
}

export interface PoolPin {
  /** 0 = tried last. */
  readonly priority: number
  /** Namespaces by name and by selector, resolved; absent = any namespace. */
  readonly namespaces?: readonly string[]
  /** Absent = any Service. */
  readonly serviceSelectors?: readonly LabelSelector[]
}

/** One advertisement of any of the three kinds. */
export interface Advertisement {
  /** `Kind namespace/name`. */
  readonly ref: string
  readonly name: string
  /** Name of the plugin that carries it. */
  readonly announcer: string
  /** Names of the pools it selects, sorted. */
  readonly pools: readonly string[]
  /** Empty = all. */
  readonly nodeSelectors: readonly LabelSelector[]
  /** Empty = all. */
  readonly serviceSelectors: readonly LabelSelector[]
  readonly preferredNodes: readonly { readonly weight: number; readonly selector: LabelSelector }[]
  /** BGPPeer names; absent = all peers of the same announcer. */
  readonly peers?: readonly string[]
  /** The offer's options, in the plugin's vocabulary. */
  readonly options: Readonly<Record<string, Json>>
  /** A node announces only what a connection through its own proxy reaches. */
  readonly gated?: true
}

/** A BGPPeer or another resource kind that plugins ask for. */
export interface ConfigResource {
  readonly kind: string
  readonly name: string
  readonly ref: string
  /** The plugin it belongs to; absent = any that asks for the kind (BFDProfile). */
  readonly announcer?: string
  readonly nodeSelectors: readonly LabelSelector[]
  readonly revision: string
  readonly spec: Readonly<Record<string, Json>>
}

export interface Config {
  /** Sorted by name. */
  readonly pools: readonly Pool[]
  /** Sorted by ref. */
  readonly advertisements: readonly Advertisement[]
  /** Sorted by kind, then name. */
  readonly resources: readonly ConfigResource[]
  /**
   * Passwords written in the clear in a spec, by the name under which `AnnouncerHost.secret` hands them out: the
   * resource's spec carries `passwordSecret: { name }` in their place, so that no secret travels in desired state.
   */
  readonly inlineSecrets: Readonly<Record<string, string>>
}
