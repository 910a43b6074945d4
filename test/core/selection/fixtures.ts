/* Small clusters for the tests of the announcement half. */
import { createHash } from 'node:crypto'

import { parseAddress, type Address } from '#core/model/address.ts'
import type { Advertisement, Config, ConfigResource } from '#core/model/config.ts'
import type { Assignment } from '#core/model/decisions.ts'
import type { AnnouncerInfo, Facts, Settings } from '#core/model/facts.ts'
import type { EndpointSliceObject, NodeObject, ObjectMeta, ServiceObject } from '#core/model/objects.ts'

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`no address: ${text}`)
  return parsed
}

export const l2: AnnouncerInfo = {
  name: 'l2',
  placement: 'one-node',
  resources: [],
  optionsSchema: { type: 'object' },
  unsupported: [],
}

export const bgp: AnnouncerInfo = {
  name: 'native-bgp',
  placement: 'every-node',
  resources: ['BGPPeer', 'BFDProfile'],
  optionsSchema: { type: 'object' },
  unsupported: [],
}

export const settings: Settings = {
  namespace: 'metallb-system',
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
  announcers: [l2, bgp],
}

export function facts(parts: Partial<Facts> = {}): Facts {
  return { settings, config: [], services: [], endpointSlices: [], dead: new Set(), sha256, ...parts }
}

export interface NodeParts {
  readonly labels?: Record<string, string>
  readonly ready?: boolean
  readonly networkUnavailable?: boolean
}

export function node(name: string, { labels = {}, ready, networkUnavailable }: NodeParts = {}): NodeObject {
  const conditions = [
    ...(ready === undefined ? [] : [{ type: 'Ready', status: ready ? 'True' : 'False' }]),
    ...(networkUnavailable ? [{ type: 'NetworkUnavailable', status: 'True' }] : []),
  ]
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    status: { conditions },
  }
}

export function drained(name: string): NodeObject {
  const bare = node(name)
  return { ...bare, metadata: { ...bare.metadata, annotations: { 'heraldlb.io/drain': 'for a test' } } }
}

export interface ServiceParts {
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly policy?: 'Local' | 'Cluster'
  readonly namespace?: string
}

export function service(name: string, parts: ServiceParts = {}): ServiceObject {
  const metadata: ObjectMeta = {
    name,
    namespace: parts.namespace ?? 'default',
    labels: parts.labels ?? {},
    annotations: parts.annotations ?? {},
  }
  const spec = { type: 'LoadBalancer', externalTrafficPolicy: parts.policy ?? 'Cluster' }
  return { apiVersion: 'v1', kind: 'Service', metadata, spec }
}

export function assignment(name: string, ...addresses: string[]): Assignment {
  return {
    service: name.includes('/') ? name : `default/${name}`,
    pool: 'pool',
    addresses: addresses.map(address),
    reason: 'Assigned',
    message: '',
  }
}

type Endpoints = NonNullable<EndpointSliceObject['endpoints']>

/** A slice of `default/<service>`; a bare string is a ready endpoint on that node. */
export function slice(
  serviceName: string,
  endpoints: readonly (string | Endpoints[number])[],
  name = `${serviceName}-1`,
): EndpointSliceObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string' ? { addresses: ['10.0.0.1'], nodeName: endpoint } : endpoint,
    ),
  }
}

export function ad(name: string, parts: Partial<Advertisement> = {}): Advertisement {
  return {
    ref: `L2Advertisement metallb-system/${name}`,
    name,
    announcer: 'l2',
    pools: ['pool'],
    nodeSelectors: [],
    serviceSelectors: [],
    preferredNodes: [],
    options: {},
    ...parts,
  }
}

export function bgpAd(name: string, parts: Partial<Advertisement> = {}): Advertisement {
  const options = { aggregationLength: 32, aggregationLengthV6: 128, ...parts.options }
  return ad(name, {
    ref: `BGPAdvertisement metallb-system/${name}`,
    announcer: 'native-bgp',
    ...parts,
    options,
  })
}

export function peer(name: string, parts: Partial<ConfigResource> = {}): ConfigResource {
  return {
    kind: 'BGPPeer',
    name,
    ref: `BGPPeer metallb-system/${name}`,
    announcer: 'native-bgp',
    nodeSelectors: [],
    revision: '1',
    spec: { peerAddress: '10.9.9.9' },
    ...parts,
  }
}

export function config(advertisements: Advertisement[], resources: ConfigResource[] = []): Config {
  const byRef = (a: { ref: string }, b: { ref: string }): number => (a.ref < b.ref ? -1 : 1)
  return {
    pools: [],
    advertisements: advertisements.toSorted(byRef),
    resources: resources.toSorted(byRef),
    inlineSecrets: {},
  }
}

export function onHost(...names: string[]): { nodeSelectors: Advertisement['nodeSelectors'] } {
  return { nodeSelectors: names.map((name) => ({ matchLabels: { 'kubernetes.io/hostname': name } })) }
}
