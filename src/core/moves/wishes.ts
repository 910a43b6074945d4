/* What a person has asked of the running nodes, as annotations: they survive restarts, and every node sees them. */
import type { ObjectMeta } from '../model/objects.ts'

/** On a Node: others take over what it announces; the value says who wants it and why, in words. */
export const drainAnnotation = 'heraldlb.io/drain'

/** Its being there counts, whatever its value. */
export function isDrained({ annotations = {} }: ObjectMeta): boolean {
  return Object.hasOwn(annotations, drainAnnotation)
}
