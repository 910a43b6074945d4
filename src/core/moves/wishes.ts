/* What a person has asked of the running nodes, as annotations: they survive restarts, and every node sees them. */
import type { Facts, Settings } from '../model/facts.ts'
import { nameOf, type NodeObject, type ObjectMeta, type ServiceObject } from '../model/objects.ts'

/** On a Node: others take over what it announces; the value says who wants it and why, in words. */
export const drainAnnotation = 'heraldlb.io/drain'

/** On a Service: the node, by name, that is to answer for its addresses while it is fit to. */
export const moveAnnotation = 'heraldlb.io/move-to'

/** Its being there counts, whatever its value. */
export function drainOf({ annotations = {} }: ObjectMeta): string | undefined {
  return annotations[drainAnnotation]
}

/** Why the node is being drained, whoever asked for it; undefined: it is not. */
export function drainReason(
  { metadata, spec }: NodeObject,
  { drainOnCordon = false }: Pick<Settings, 'drainOnCordon'>,
): string | undefined {
  const cordoned = drainOnCordon && spec?.unschedulable === true
  return drainOf(metadata) ?? (cordoned ? 'cordoned' : undefined)
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

/** The node that is asked for; an empty value asks for none. */
export function moveOf({ annotations }: ObjectMeta): string | undefined {
  return annotations?.[moveAnnotation] || undefined
}

/** The Services (`namespace/name`) with the nodes they are to ask for; undefined: they ask for none. */
export function withMoves(facts: Facts, wishes: ReadonlyMap<string, string | undefined>): Facts {
  const services = facts.services.map((service) => {
    const name = nameOf(service)
    return wishes.has(name) ? moved(service, wishes.get(name)) : service
  })
  return { ...facts, services }
}

/** The very same Node when nothing changes. */
export function drained(node: NodeObject, value: string | undefined): NodeObject {
  return annotated(node, drainAnnotation, value)
}

/** The very same Service when nothing changes. */
export function moved(service: ServiceObject, node: string | undefined): ServiceObject {
  return annotated(service, moveAnnotation, node)
}

function annotated<Item extends { readonly metadata: ObjectMeta }>(
  object: Item,
  name: string,
  value: string | undefined,
): Item {
  const { [name]: present, ...others } = object.metadata.annotations ?? {}
  if (present === value) return object
  const annotations = value === undefined ? others : { ...others, [name]: value }
  return { ...object, metadata: { ...object.metadata, annotations } }
}
