/* Do two lists of node selectors have a node in common? */
import { canonicalText } from './canonical.ts'
import type { Inspection } from './inspection.ts'
import type { LabelSelector, NodeObject } from '../model/objects.ts'
import { selectsAny } from '../model/selector.ts'

export type NodesOverlap = (a: readonly LabelSelector[], b: readonly LabelSelector[]) => boolean

/**
 * By the labels of the Nodes. Without Nodes only what is certain counts: equal lists overlap, and an empty list
 * selects every node.
 */
export function nodesOverlap({ context: { nodes }, assumptions }: Inspection): NodesOverlap {
  if (nodes !== undefined) return overlapAmong(nodes)
  return (a, b) => {
    if (a.length === 0 || b.length === 0 || canonicalText(a) === canonicalText(b)) return true
    assumptions.add('no Nodes in the input: nodeSelectors that differ are taken to select different nodes')
    return false
  }
}

function overlapAmong(nodes: readonly NodeObject[]): NodesOverlap {
  const cache = new Map<readonly LabelSelector[], ReadonlySet<NodeObject>>()
  function selected(selectors: readonly LabelSelector[]): ReadonlySet<NodeObject> {
    const known = cache.get(selectors)
    if (known !== undefined) return known
    const chosen = new Set(nodes.filter(({ metadata }) => selectsAny(selectors, metadata.labels ?? {})))
    cache.set(selectors, chosen)
    return chosen
  }
  return (a, b) => {
    const [few, many] = [selected(a), selected(b)].sort((x, y) => x.size - y.size)
    return few !== undefined && [...few].some((node) => many?.has(node))
  }
}
