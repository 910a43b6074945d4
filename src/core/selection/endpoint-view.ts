/* Where a Service's endpoints are that can take its traffic. */
import { groupBy } from '../model/collections.ts'
import type { Facts } from '../model/facts.ts'
import { qualified, type EndpointSliceObject } from '../model/objects.ts'
import { OneCopy } from '../model/one-copy.ts'

export interface EndpointView {
  /** Endpoints that can serve, on any node or on none. */
  readonly total: number
  /** Endpoints that can serve, by node; those without a node name are on none. */
  readonly byNode: ReadonlyMap<string, number>
  /** The input knows no EndpointSlice of the Service: a ready endpoint on every node is assumed. */
  readonly assumed: boolean
}

const serviceNameLabel = 'kubernetes.io/service-name'

export const assumedEndpoints: EndpointView = { total: 0, byNode: new Map(), assumed: true }

type Endpoint = NonNullable<EndpointSliceObject['endpoints']>[number]

/** `ready` absent counts as ready; a terminating endpoint that still serves counts as well. */
export function canServe({ addresses, conditions }: Endpoint): boolean {
  if (addresses !== undefined && addresses.length === 0) return false
  return conditions?.ready !== false || conditions.serving === true
}

export function hostsEndpoint(endpoints: EndpointView, node: string): boolean {
  return endpoints.assumed || endpoints.byNode.has(node)
}

export function servesSomewhere(endpoints: EndpointView): boolean {
  return endpoints.assumed || endpoints.total > 0
}

/** `namespace/name` of the Service a slice belongs to. */
export function serviceOf(slice: EndpointSliceObject): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel]
  return name === undefined ? undefined : qualified(slice.metadata.namespace ?? 'default', name)
}

export function endpointView(slices: Iterable<EndpointSliceObject>): EndpointView {
  const byNode = new Map<string, number>()
  let total = 0
  for (const { endpoints = [] } of slices) {
    for (const endpoint of endpoints) {
      if (!canServe(endpoint)) continue
      total++
      if (endpoint.nodeName) byNode.set(endpoint.nodeName, (byNode.get(endpoint.nodeName) ?? 0) + 1)
    }
  }
  return { total, byNode: distributions.of([...byNode].join(), byNode), assumed: false }
}

/** Many Services have the same, and a small map costs 200 bytes. */
const distributions = new OneCopy<ReadonlyMap<string, number>>()

/** By Service; a Service without an entry has no slice in the input. */
export function slicesByService(
  facts: Pick<Facts, 'endpointSlices'>,
): ReadonlyMap<string | undefined, readonly EndpointSliceObject[]> {
  return groupBy(facts.endpointSlices ?? [], serviceOf)
}

/** `slices` absent = the input has none for the Service. A cluster lists all there are, so there that means none. */
export function endpointsOf(
  slices: readonly EndpointSliceObject[] | undefined,
  facts: Pick<Facts, 'complete'>,
): EndpointView {
  if (slices === undefined && facts.complete !== true) return assumedEndpoints
  return endpointView(slices ?? [])
}
