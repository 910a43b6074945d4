/* From facts as a whole, read anew, to what has changed in them. Objects that are the very same cost next to nothing. */
import type { FactChange } from './fact-change.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf, type EndpointSliceObject, type NodeObject, type ServiceObject } from '../model/objects.ts'
import { same } from '../model/same.ts'
import { serviceOf } from '../selection/endpoint-view.ts'

/** A later object of the same name counts as the same one changed; objects that are equal as values do not count. */
export function changesBetween(before: Facts, after: Facts): FactChange[] {
  return [
    ...configChange(before, after),
    ...changedByName(before.nodes, after.nodes, ({ metadata }) => metadata.name).map(nodeChange),
    ...changedByName(before.services, after.services, nameOf).map(serviceChange),
    ...endpointChanges(before, after),
    ...(sameSet(before.dead, after.dead) ? [] : [{ kind: 'dead' as const, nodes: after.dead }]),
    ...(before.holders === after.holders ? [] : [{ kind: 'holders' as const, holders: after.holders ?? [] }]),
    ...(sameItems(before.quarantine, after.quarantine)
      ? []
      : [{ kind: 'quarantine' as const, quarantine: after.quarantine ?? [] }]),
    ...shutPathsChange(before, after),
    ...returnsChange(before, after),
  ]
}

interface Changed<Item> {
  readonly name: string
  /** Absent: gone. */
  readonly object?: Item
}

function changedByName<Item>(
  before: readonly Item[] = [],
  after: readonly Item[] = [],
  nameOfItem: (item: Item) => string,
): Changed<Item>[] {
  if (before === after) return []
  const old = new Map(without(before, after).map((item) => [nameOfItem(item), item]))
  const changed: Changed<Item>[] = []
  for (const object of without(after, before)) {
    const name = nameOfItem(object)
    if (!same(old.get(name), object)) changed.push({ name, object })
    old.delete(name)
  }
  return [...[...old.keys()].map((name) => ({ name })), ...changed]
}

/** By identity. */
function without<Item>(items: readonly Item[], others: readonly Item[]): Item[] {
  const known = new Set(others)
  return items.filter((item) => !known.has(item))
}

function serviceChange({ name, object }: Changed<ServiceObject>): FactChange {
  return { kind: 'service', name, ...(object && { object }) }
}

function nodeChange({ name, object }: Changed<NodeObject>): FactChange {
  return { kind: 'node', name, ...(object && { object }) }
}

/** The slices of a Service count together. */
function endpointChanges(before: Facts, after: Facts): FactChange[] {
  const [old, now] = [before.endpointSlices ?? [], after.endpointSlices ?? []]
  const touched = [...without(old, now), ...without(now, old)].flatMap((slice) => serviceOf(slice) ?? [])
  if (touched.length === 0) return []
  const slices = slicesOf(now, new Set(touched))
  const former = slicesOf(old, new Set(touched))
  return [...slices].flatMap(([service, list]) => {
    if (same(former.get(service), list)) return []
    return [{ kind: 'endpoints' as const, service, ...(list.length === 0 ? {} : { slices: list }) }]
  })
}

function slicesOf(
  slices: readonly EndpointSliceObject[],
  services: ReadonlySet<string>,
): Map<string, EndpointSliceObject[]> {
  const found = new Map<string, EndpointSliceObject[]>([...services].map((service) => [service, []]))
  for (const slice of slices) found.get(serviceOf(slice) ?? '')?.push(slice)
  return found
}

function configChange(before: Facts, after: Facts): FactChange[] {
  const unchanged =
    sameItems(before.config, after.config) &&
    sameItems(before.namespaces, after.namespaces) &&
    sameItems(before.secrets, after.secrets) &&
    sameItems(before.refused, after.refused)
  if (unchanged) return []
  const { config: objects, namespaces, secrets, refused } = after
  const known = {
    ...(namespaces && { namespaces }),
    ...(secrets && { secrets }),
    ...(refused && { refused }),
  }
  return [{ kind: 'config', objects, ...known }]
}

function shutPathsChange({ shutPaths: before }: Facts, { shutPaths = [] }: Facts): FactChange[] {
  return before === shutPaths || (before ?? []).length + shutPaths.length === 0
    ? []
    : [{ kind: 'shut-paths', shutPaths }]
}

function returnsChange(before: Facts, after: Facts): FactChange[] {
  const { returns } = after
  return returns === undefined || returns === before.returns ? [] : [{ kind: 'returns', returns }]
}

function sameItems(a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean {
  return a === b || same(a, b)
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item))
}
