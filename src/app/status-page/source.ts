/* What the status page is made from; standalone mode and the cluster's processes each have one. */
import type { Explanation } from '#core/explain/explanation.ts'

import type { NodeView } from '../node/view/node-view.ts'

export interface StatusSource {
  /** Of the process that answers; undefined until it has decided for the first time. */
  own(): NodeView | undefined
  /** Of every process that can be seen from here, this one included, sorted by node. */
  views(): Promise<readonly NodeView[]>
  /** `service` as `namespace/name`; undefined when there is no such Service. */
  explain(service: string): Explanation | undefined
  /** Called after each change of what this process knows; returns the unsubscribe function. */
  onChange(listener: () => void): () => void
}
