/* What the API server says, as a small value. Nodes are meant by index. */
import type { Address } from '#core/model/address.ts'

export interface ServiceState {
  readonly name: string
  /** `externalTrafficPolicy: Local`: only nodes with an endpoint may answer. */
  readonly local: boolean
  /** Nodes with a ready endpoint. */
  readonly endpoints: readonly number[]
  /** Of the status. */
  readonly addresses: readonly Address[]
  /** The node that is asked for; one beyond the last is no node of the cluster. */
  readonly wish?: number | undefined
}

export interface ClusterState {
  readonly nodes: number
  readonly services: readonly ServiceState[]
  /** Which of the two pools there are. */
  readonly pools: readonly ('first' | 'second')[]
  /** Nodes that the advertisement selects; empty: all. */
  readonly selected: readonly number[]
  /** Nodes with the label that excludes them from load balancers. */
  readonly excluded: readonly number[]
  /** Nodes with the annotation that drains them. */
  readonly drained: readonly number[]
  /** Nodes that are cordoned, which drains them too. */
  readonly cordoned: readonly number[]
  /** Nodes that are not Ready. */
  readonly unready: readonly number[]
  /** The advertisement asks for the gate of the local data path. */
  readonly gated: boolean
  /** Of the settings: the same for all processes. */
  readonly election: Election
}

export type Election = 'hash' | 'stable'
