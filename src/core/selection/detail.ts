/* How much of an outcome is told: everything, or what one process has a use for. */
import type { Landscape } from './landscape.ts'
import type { NodeView } from './node-view.ts'

export interface Detail {
  /** With the ranking behind each election, which costs a hash for every node that may win it. */
  readonly rankings: boolean
  /** The outcome as far as it concerns this node. Absent: on all nodes. */
  readonly node?: string
}

export const fullDetail: Detail = { rankings: true }

/** The nodes whose part is told, by name. */
export function nodesIn(landscape: Landscape, { node }: Detail): readonly NodeView[] {
  if (node === undefined) return landscape.sortedNodes
  const view = landscape.nodes.get(node)
  return view === undefined ? [] : [view]
}
