/* What a person has asked of the running nodes, as annotations: they survive restarts, and every node sees them. */
import type { Facts } from '../model/facts.ts'
import type { NodeObject, ObjectMeta } from '../model/objects.ts'

/** On a Node: others take over what it announces; the value says who wants it and why, in words. */
export const drainAnnotation = 'heraldlb.io/drain'

/** Its being there counts, whatever its value. */
export function drainOf({ annotations = {} }: ObjectMeta): string | undefined {
  return annotations[drainAnnotation]
}

/** `value` undefined: the node is not to be drained, whoever asked for it. */
export function withDrain(facts: Facts, node: string, value: string | undefined): Facts {
  const { nodes } = facts
  return nodes === undefined
    ? facts
    : {
        ...facts,
        nodes: nodes.map((one) => (one.metadata.name === node ? drained(one, value) : one)),
      }
}

/** The very same Node when nothing changes. */
export function drained(node: NodeObject, value: string | undefined): NodeObject {
  if (drainOf(node.metadata) === value) return node
  const { [drainAnnotation]: _, ...others } = node.metadata.annotations ?? {}
  const annotations = value === undefined ? others : { ...others, [drainAnnotation]: value }
  return { ...node, metadata: { ...node.metadata, annotations } }
}
