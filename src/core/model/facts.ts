/* Everything the decisions depend on, as values. Two sources make them (app/kubernetes, app/standalone). */
import type { Placement, Unsupported } from '../announcer.ts'
import type { Address } from './address.ts'
import type { JsonSchema } from './json.ts'
import type {
  ConfigObject,
  EndpointSliceObject,
  NamespaceObject,
  NodeObject,
  SecretObject,
  ServiceObject,
} from './objects.ts'
import type { Sha256 } from '../ports.ts'

/** What the decisions need to know of a loaded plugin. */
export interface AnnouncerInfo {
  readonly name: string
  readonly placement: Placement
  readonly resources: readonly string[]
  readonly optionsSchema: JsonSchema
  readonly unsupported: readonly Unsupported[]
  readonly singleRouter?: boolean
  /** It can find out who answers for an address before that is handed out. */
  readonly surveys?: boolean
}

export interface Settings {
  /** Namespace our own kinds are honoured in. */
  readonly namespace: string
  /** `--lb-class`; absent = Services without a class. */
  readonly lbClass?: string
  /** Default announcer of BGPAdvertisements and BGPPeers. */
  readonly bgpBackend: string
  /** `metallb` drops the first two keys of the order among candidates. */
  readonly l2Candidates: 'herald' | 'metallb'
  readonly election: 'hash' | 'stable'
  readonly ignoreExcludeLb: boolean
  /** A cordoned node is drained too. */
  readonly drainOnCordon?: boolean
  readonly announcers: readonly AnnouncerInfo[]
}

export interface Facts {
  readonly settings: Settings
  readonly config: readonly ConfigObject[]
  /** Objects of our own kinds that the reader could not use (`Kind namespace/name`): they exist, and may be meant. */
  readonly refused?: readonly string[]
  readonly services: readonly ServiceObject[]
  /** Absent = the input has no Nodes at all: nothing is known, and the plan says what it assumed. */
  readonly nodes?: readonly NodeObject[]
  readonly namespaces?: readonly NamespaceObject[]
  readonly endpointSlices?: readonly EndpointSliceObject[]
  readonly secrets?: readonly SecretObject[]
  /**
   * The source lists everything there is (a cluster): a Service without EndpointSlices has no endpoint. Absent:
   * manifests as people keep them, where it is assumed to have a ready one on every node.
   */
  readonly complete?: boolean
  /** Nodes thought dead by the membership (or `--down`). */
  readonly dead: ReadonlySet<string>
  /** Who holds which address now: what stable election keeps. Absent = nobody holds anything. */
  readonly holders?: readonly Holder[]
  /** Each address once. Absent = none. */
  readonly quarantine?: readonly Quarantined[]
  /** Nodes on which no connection to an address through the node's own proxy succeeds, as they say. Absent = none. */
  readonly shutPaths?: readonly ShutPath[]
  /** Who came back from the dead and when: stable election gives nothing new to who does so over and over. */
  readonly returns?: Returns
  readonly sha256: Sha256
  /**
   * Stands for a password in a resource's revision: keyed with something secret (an HMAC), so that nobody can guess
   * the password from it. Absent = a change of nothing but an inline password leaves the revision as it is.
   */
  readonly digest?: Sha256
}

/** An address for which a stranger answered when it was to be handed out: for a while nobody is given it. */
export interface Quarantined {
  readonly address: Address
  /** Who answered, and on which interface of which node. */
  readonly hardwareAddress: string
  readonly via: string
  readonly node: string
  /** RFC 3339, for people: whoever makes the facts takes the address out of them then. */
  readonly until: string
}

/** The data path to the address does not work on the node, or is not known to: others are better placed to announce it. */
export interface ShutPath {
  readonly address: Address
  readonly node: string
  readonly state: PathState
}

/**
 * `shut`: connections fail. `never-open`: none has succeeded so far, so that the node does not announce the address,
 * whoever else does. `untried`: the same before it has failed often enough; told only where all eligible nodes announce,
 * as those that are elected one after another try one after another.
 */
export type PathState = 'shut' | 'never-open' | 'untried'

/** Milliseconds on one clock. */
export interface Returns {
  /** The instant of the decision. */
  readonly now: number
  /** Ascending. */
  readonly byNode: ReadonlyMap<string, readonly number[]>
}

/** One-node placement: the node that serves an address through one announcer. */
export interface Holder {
  readonly announcer: string
  readonly address: Address
  readonly node: string
}
