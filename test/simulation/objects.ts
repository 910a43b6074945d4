/* The objects that a small value stands for. */
import { createHash } from 'node:crypto'

import { gateAnnotation } from '#core/config/own-annotations.ts'
import { configOf } from '#core/decide.ts'
import type { Config } from '#core/model/config.ts'
import type { Facts } from '#core/model/facts.ts'
import type { ConfigObject, EndpointSliceObject, NodeObject, ServiceObject } from '#core/model/objects.ts'
import { drainAnnotation, moveAnnotation } from '#core/moves/wishes.ts'

import { l2, settings } from '../core/selection/fixtures.ts'
import type { ClusterState, ServiceState } from './cluster-state.ts'
import { Memory } from './memory.ts'
import { nameOfNode } from './names.ts'

const nobody: ReadonlySet<string> = new Set()
const configs = new Memory<Config>()

export function configFor(state: ClusterState): Config {
  const { pools, selected, nodes, gated } = state
  const key = `${pools.join()} ${selected.join()} ${nodes} ${gated}`
  return configs.get(key, () => configOf(factsOf(state)).config)
}

/** What the members add to it. */
export type Beside = Partial<Pick<Facts, 'dead' | 'holders' | 'returns' | 'shutPaths'>>

export function factsOf(state: ClusterState, beside: Beside = {}): Facts {
  return {
    settings: { ...settings, announcers: [l2], election: state.election, drainOnCordon: true },
    config: configObjects(state),
    services: state.services.map(serviceObject),
    nodes: Array.from({ length: state.nodes }, (_, index) => nodeObject(state, index)),
    endpointSlices: state.services.map(sliceObject),
    complete: true,
    dead: nobody,
    sha256,
    ...beside,
  }
}

const namespace = 'metallb-system'
const ranges = { first: '192.0.2.0/28', second: '192.0.2.16/28' }

function configObjects({ pools, selected, gated }: ClusterState): ConfigObject[] {
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
    metadata: { name: 'lan', namespace, ...(gated && { annotations: { [gateAnnotation]: 'true' } }) },
    spec: selected.length === 0 ? {} : { nodeSelectors },
  }
  return [...poolObjects, advertisement]
}

function nodeObject({ excluded, drained, cordoned, unready }: ClusterState, index: number): NodeObject {
  const name = nameOfNode(index)
  const labels = {
    'kubernetes.io/hostname': name,
    ...(excluded.includes(index) ? { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {}),
  }
  const annotations = drained.includes(index) ? { [drainAnnotation]: 'for a while' } : {}
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations },
    spec: { unschedulable: cordoned.includes(index) },
    status: { conditions: unready.includes(index) ? [{ type: 'Ready', status: 'False' }] : [] },
  }
}

export function serviceObject({ name, local, addresses, wish }: ServiceState): ServiceObject {
  const annotations = wish === undefined ? {} : { [moveAnnotation]: nameOfNode(wish) }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: local ? 'Local' : 'Cluster', ports: [{ port: 80 }] },
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

const hashes = new Memory<string>()

function sha256(text: string): string {
  return hashes.get(text, () => createHash('sha256').update(text).digest('hex'))
}
