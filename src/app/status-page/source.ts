/* What the status page is made from; standalone mode and the cluster's processes each have one. */
import type { Explanation } from '#core/explain/explanation.ts'

import type { NodeView } from '../node/view/node-view.ts'

/** What is known of processes whose views are not to be seen from here. */
export interface Elsewhere {
  readonly announcements: readonly ForeignAnnouncement[]
  /** Announcers that leave no word where this could find it may announce more. */
  readonly incomplete: boolean
}

/** What a node announces of all the addresses of a Service. */
export interface ForeignAnnouncement {
  readonly node: string
  readonly announcer: string
  /** `namespace/name`. */
  readonly service: string
  /** Interfaces or peers. */
  readonly via: readonly string[]
  /** RFC 3339. */
  readonly since?: string
}

export interface StatusSource {
  /** Of the process that answers; undefined until it has decided for the first time. */
  own(): NodeView | undefined
  /** Of every process that can be seen from here, this one included, sorted by node. */
  views(): Promise<readonly NodeView[]>
  /** Absent: `views` has everything. The same value while nothing has changed. */
  elsewhere?(): Promise<Elsewhere>
  /** `service` as `namespace/name`; undefined when there is no such Service. */
  explain(service: string): Explanation | undefined
  /** Called after each change of what this process knows; returns the unsubscribe function. */
  onChange(listener: () => void): () => void
}
