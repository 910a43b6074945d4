/* How what the API server says begins, and how it is edited. */
import { allocate } from '#core/allocator/allocate.ts'

import type { ClusterState, Election, ServiceState } from './cluster-state.ts'
import { configFor, serviceObject } from './objects.ts'
import { Memory } from './memory.ts'

/** Lists of nodes that an edit replaces. */
export type NodeList = 'selected' | 'excluded' | 'drained' | 'cordoned' | 'unready'

export type Edit =
  | { readonly what: 'endpoints'; readonly service: number; readonly nodes: readonly number[] }
  | { readonly what: 'policy'; readonly service: number; readonly local: boolean }
  | { readonly what: NodeList; readonly nodes: readonly number[] }
  /** `wish` undefined: none any more. */
  | { readonly what: 'wish'; readonly service: number; readonly wish: number | undefined }
  | { readonly what: 'pools'; readonly pools: ClusterState['pools'] }
  | { readonly what: 'services'; readonly count: number }

const beginnings = new Memory<ClusterState>()

/** How a cluster is before the first edit. */
export interface Beginning {
  readonly nodes: number
  readonly services: number
  readonly election: Election
  readonly unready: readonly number[]
  readonly gated: boolean
}

/** The same value for the same beginning, so that what follows from it is known. */
export function clusterOf({ nodes, services, election, unready, gated }: Beginning): ClusterState {
  return beginnings.get(`${nodes} ${services} ${election} ${unready.join()} ${gated}`, () => {
    const all = Array.from({ length: nodes }, (_, index) => index)
    const bare: ClusterState = {
      nodes,
      services: Array.from({ length: services }, (_, index) => newService(index, all)),
      pools: ['first'],
      selected: [],
      excluded: [],
      drained: [],
      cordoned: [],
      unready,
      gated,
      election,
    }
    return allotted(bare)
  })
}

function newService(index: number, endpoints: readonly number[]): ServiceState {
  return { name: `s${index}`, local: false, endpoints, addresses: [] }
}

export function edited(state: ClusterState, edit: Edit): ClusterState {
  const serviceWith = (index: number, change: Partial<ServiceState>): ClusterState => ({
    ...state,
    services: state.services.map((one, at) =>
      at === index % state.services.length ? { ...one, ...change } : one,
    ),
  })
  switch (edit.what) {
    case 'endpoints':
      return serviceWith(edit.service, { endpoints: edit.nodes })
    case 'policy':
      return serviceWith(edit.service, { local: edit.local })
    case 'wish':
      return serviceWith(edit.service, { wish: edit.wish })
    case 'selected':
    case 'excluded':
    case 'drained':
    case 'cordoned':
    case 'unready':
      return { ...state, [edit.what]: edit.nodes }
    case 'pools':
      return allotted({ ...state, pools: edit.pools })
    case 'services': {
      const all = Array.from({ length: state.nodes }, (_, index) => index)
      const services = Array.from(
        { length: edit.count },
        (_, index) => state.services[index] ?? newService(index, all),
      )
      return allotted({ ...state, services })
    }
  }
}

/** What the controller writes into the statuses. */
function allotted(state: ClusterState): ClusterState {
  const { pools } = configFor(state)
  const { assignments } = allocate({ pools, services: state.services.map(serviceObject) })
  const byName = new Map(assignments.map(({ service, addresses }) => [service, addresses]))
  const services = state.services.map((one) => ({
    ...one,
    addresses: byName.get(`default/${one.name}`) ?? [],
  }))
  return { ...state, services }
}
