/* What the API server says, as a small value, and what the real decision code makes of it. */
import { createHash } from 'node:crypto'

import { FollowedAllocation } from '#core/allocation-from-status.ts'
import { allocate } from '#core/allocator/allocate.ts'
import { configOf } from '#core/decide.ts'
import type { Address } from '#core/model/address.ts'
import type { Config } from '#core/model/config.ts'
import type { Assignment } from '#core/model/decisions.ts'
import type { Facts } from '#core/model/facts.ts'
import type { ConfigObject, EndpointSliceObject, NodeObject, ServiceObject } from '#core/model/objects.ts'
import { announce } from '#core/selection/announce.ts'

import { l2, settings } from '../core/selection/fixtures.ts'

export interface ServiceState {
  readonly name: string
  /** `externalTrafficPolicy: Local`: only nodes with an endpoint may answer. */
  readonly local: boolean
  /** Nodes with a ready endpoint. */
  readonly endpoints: readonly number[]
  /** Of the status. */
  readonly addresses: readonly Address[]
}

export interface ClusterState {
  readonly nodes: number
  readonly services: readonly ServiceState[]
  /** Which of the two pools there are. */
  readonly pools: readonly ('first' | 'second')[]
  /** Nodes that the advertisement selects; empty: all. */
  readonly selected: readonly number[]
  /** Nodes with the label that excludes them from load balancers. */
  readonly excluded: readonly number[]
}

export type Edit =
  | { readonly what: 'endpoints'; readonly service: number; readonly nodes: readonly number[] }
  | { readonly what: 'policy'; readonly service: number; readonly local: boolean }
  | { readonly what: 'selected'; readonly nodes: readonly number[] }
  | { readonly what: 'excluded'; readonly nodes: readonly number[] }
  | { readonly what: 'pools'; readonly pools: ClusterState['pools'] }
  | { readonly what: 'services'; readonly count: number }

export const nameOfNode = (index: number): string => `node-${String(index).padStart(3, '0')}`

const beginnings = new Map<string, ClusterState>()

/** Before the first edit: the same value for the same size, so that what follows from it is known. */
export function clusterOf(nodes: number, services: number): ClusterState {
  return remembered(beginnings, `${nodes} ${services}`, () => {
    const all = Array.from({ length: nodes }, (_, index) => index)
    const bare: ClusterState = {
      nodes,
      services: Array.from({ length: services }, (_, index) => newService(index, all)),
      pools: ['first'],
      selected: [],
      excluded: [],
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
    case 'selected':
      return { ...state, selected: edit.nodes }
    case 'excluded':
      return { ...state, excluded: edit.nodes }
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

/** Who is elected, by address; undefined: nobody may announce it. */
export type Winners = ReadonlyMap<Address, string | undefined>

const most = 20_000

/** The decision is a function of its input: what was made once is not made again, while there is room. */
function remembered<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const before = known.get(key)
  if (before !== undefined) return before
  const value = make()
  if (known.size >= most) known.clear()
  known.set(key, value)
  return value
}

const everybody: ReadonlySet<string> = new Set()
const elected = new Map<string, Winners>()

/** `dead`: node names. */
export function winnersOf(state: ClusterState, dead: ReadonlySet<string>): Winners {
  const lesson = lessonOf(state)
  if (dead.size === 0)
    return (lesson.allThere ??= remembered(elected, lesson.key, () => decided(state, everybody)))
  const key = `${lesson.key} ${[...dead].sort().join()}`
  return remembered(elected, key, () => decided(state, dead))
}

/** What is derived from a state, as long as there is that state. */
interface Lesson {
  readonly key: string
  allThere?: Winners
  assignments?: readonly Assignment[]
}

const lessons = new WeakMap<ClusterState, Lesson>()

function lessonOf(state: ClusterState): Lesson {
  const known = lessons.get(state)
  if (known !== undefined) return known
  const lesson = { key: JSON.stringify(state) }
  lessons.set(state, lesson)
  return lesson
}

function decided(state: ClusterState, dead: ReadonlySet<string>): Winners {
  const facts = factsOf(state, dead)
  const assignments = (lessonOf(state).assignments ??= assignedBy(facts, configFor(state)))
  const { elections } = announce(facts, configFor(state), assignments)
  const byService = new Map(elections.map(({ service, winner }) => [service, winner]))
  const winners = new Map<Address, string | undefined>()
  for (const { service, addresses } of assignments)
    if (byService.has(service)) for (const address of addresses) winners.set(address, byService.get(service))
  return winners
}

/** As a process does that follows the statuses. */
function assignedBy({ services }: Facts, { pools }: Config): readonly Assignment[] {
  const allocation = new FollowedAllocation()
  allocation.setPools(pools)
  for (const service of services) allocation.upsert(service)
  return allocation.assignments()
}

const configs = new Map<string, Config>()

function configFor(state: ClusterState): Config {
  const { pools, selected, nodes } = state
  const key = `${pools.join()} ${selected.join()} ${nodes}`
  return remembered(configs, key, () => configOf(factsOf(state, everybody)).config)
}

function factsOf(state: ClusterState, dead: ReadonlySet<string>): Facts {
  return {
    settings: { ...settings, announcers: [l2] },
    config: configObjects(state),
    services: state.services.map(serviceObject),
    nodes: Array.from({ length: state.nodes }, (_, index) =>
      nodeObject(index, state.excluded.includes(index)),
    ),
    endpointSlices: state.services.map(sliceObject),
    complete: true,
    dead,
    sha256,
  }
}

const namespace = 'metallb-system'
const ranges = { first: '192.0.2.0/28', second: '192.0.2.16/28' }

function configObjects({ pools, selected }: ClusterState): ConfigObject[] {
  const nodeSelectors = selected.map((index) => ({
    matchLabels: { 'kubernetes.io/hostname': nameOfNode(index) },
  }))
  const poolObjects = pools.map((name): ConfigObject => ({
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace },
    spec: { addresses: [ranges[name]], autoAssign: true, avoidBuggyIPs: false },
  }))
  const advertisement: ConfigObject = {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'lan', namespace },
    spec: selected.length === 0 ? {} : { nodeSelectors },
  }
  return [...poolObjects, advertisement]
}

function nodeObject(index: number, excluded: boolean): NodeObject {
  const name = nameOfNode(index)
  const labels = {
    'kubernetes.io/hostname': name,
    ...(excluded ? { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {}),
  }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status: { conditions: [] } }
}

function serviceObject({ name, local, addresses }: ServiceState): ServiceObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: local ? 'Local' : 'Cluster' },
    status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
  }
}

function sliceObject({ name, endpoints }: ServiceState): EndpointSliceObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: endpoints.map((index) => ({
      addresses: ['10.0.0.1'],
      nodeName: nameOfNode(index),
      conditions: { ready: true },
    })),
  }
}

const hashes = new Map<string, string>()

function sha256(text: string): string {
  const before = hashes.get(text)
  if (before !== undefined) return before
  const hash = createHash('sha256').update(text).digest('hex')
  hashes.set(text, hash)
  return hash
}
