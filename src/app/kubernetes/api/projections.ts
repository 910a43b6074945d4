/*
 * What is kept of an object: the fields that decide something. At ten thousand Services it is the rest, managedFields
 * foremost, that would fill the memory. Our own kinds go through the same reader as manifests, so that a cluster and a
 * folder get the same checks, defaults and messages.
 */
import type { Secret } from '#core/announcer.ts'
import { gatePort } from '#core/data-path/gated.ts'
import type { Problem } from '#core/model/decisions.ts'
import type {
  ConfigObject,
  EndpointSliceObject,
  NamespaceObject,
  NodeObject,
  ObjectMeta,
  SecretObject,
  ServiceObject,
} from '#core/model/objects.ts'
import { OneCopy } from '#core/model/one-copy.ts'
import { calicoAnnotations } from '#core/model/subnets.ts'

import { readObject } from '../../manifests/object.ts'
import type { RawObject } from './client.ts'

/** A Service, with what a write of its status must not lose. */
export interface ClusterService extends ServiceObject {
  readonly status?: ServiceObject['status'] & { readonly conditions?: readonly Condition[] }
}

/** `metav1.Condition`. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** An object of our own kinds: usable, or with what is wrong with it. */
export interface ConfigReading {
  readonly metadata: ObjectMeta
  readonly object?: ConfigObject
  readonly problems: readonly Problem[]
  /** Not read, and not compared with what we would write: only its counters are. */
  readonly status?: unknown
}

export interface SecretReading {
  readonly metadata: ObjectMeta
  readonly object: SecretObject
  /** A function, so that printing this value shows none. */
  readonly bytes: () => Secret
}

/** As a speaker needs it, which allocates nothing and writes no status: what it is, whose, and its addresses. */
export function projectAnnounced(raw: RawObject): ServiceObject {
  const { spec, status } = raw as unknown as ServiceObject
  const { creationTimestamp: _, ...metadata } = metaOf(raw, (name) => ourAnnotations.test(name))
  const ingress = status?.loadBalancer?.ingress?.map(({ ip, hostname }) => present({ ip, hostname }))
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: announcedSpec(spec),
    ...(ingress !== undefined && { status: { loadBalancer: { ingress } } }),
  }
}

/** A handful of values that all Services share; of the ports the one that a gate tries. */
function announcedSpec(whole: Spec): Spec {
  const { type, loadBalancerClass, externalTrafficPolicy } = whole
  const port = gatePort(whole)
  const ports = port === undefined ? undefined : [{ port, protocol: 'TCP' }]
  const spec = present<Spec>({ type, loadBalancerClass, externalTrafficPolicy, ports })
  return specs.of([type, loadBalancerClass, externalTrafficPolicy, port].join(), spec)
}

type Spec = ServiceObject['spec']
const specs = new OneCopy<Spec>()

const ourAnnotations = /^(metallb\.io|metallb\.universe\.tf|heraldlb\.io)\//

export function projectService(raw: RawObject): ClusterService {
  const { spec, status } = raw as unknown as ClusterService
  const ingress = status?.loadBalancer?.ingress
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf(raw, (name) => ourAnnotations.test(name)),
    spec: projectServiceSpec(spec),
    ...(status !== undefined && {
      status: present<NonNullable<ClusterService['status']>>({
        loadBalancer: ingress && { ingress },
        conditions: status.conditions,
      }),
    }),
  }
}

function projectServiceSpec(spec: ServiceObject['spec']): ServiceObject['spec'] {
  return present<ServiceObject['spec']>({
    type: maybeShared(spec.type),
    // Only a Service without the list has but the one.
    clusterIP: spec.clusterIPs === undefined ? spec.clusterIP : undefined,
    clusterIPs: spec.clusterIPs,
    ipFamilies: spec.ipFamilies?.map(shared),
    ipFamilyPolicy: spec.ipFamilyPolicy,
    loadBalancerIP: spec.loadBalancerIP,
    loadBalancerClass: maybeShared(spec.loadBalancerClass),
    externalTrafficPolicy: maybeShared(spec.externalTrafficPolicy),
    ports: spec.ports?.map(({ protocol = 'TCP', port }) => ({ port, protocol: shared(protocol) })),
    selector: spec.selector,
  })
}

export function projectNode(raw: RawObject): NodeObject {
  const isWanted = (name: string): boolean => ourAnnotations.test(name) || calicoAnnotations.includes(name)
  const { spec, status } = raw as unknown as NodeObject
  const conditions = status?.conditions?.map(({ type, status }) => ({ type, status }))
  const addresses = status?.addresses?.map(({ type, address }) => ({ type, address }))
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metaOf(raw, isWanted),
    ...(spec?.unschedulable === true && { spec: { unschedulable: true } }),
    status: { ...(conditions && { conditions }), ...(addresses && { addresses }) },
  }
}

export function projectNamespace(raw: RawObject): NamespaceObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: metaOf(raw, () => false) }
}

const sliceService = 'kubernetes.io/service-name'

/** A slice of that name that comes later has a higher resourceVersion, so the uid says nothing more. */
export function projectEndpointSlice(raw: RawObject): EndpointSliceObject {
  const { addressType, endpoints } = raw as unknown as EndpointSliceObject
  const { name, namespace, labels: { [sliceService]: service } = {}, resourceVersion } = raw.metadata
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace: shared(namespace) }),
      ...(service !== undefined && { labels: { [sliceService]: service } }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    ...(addressType !== undefined && { addressType: shared(addressType) }),
    endpoints: (endpoints ?? []).map(projectEndpoint),
  }
}

type Endpoint = NonNullable<EndpointSliceObject['endpoints']>[number]
const knownEndpoints = new OneCopy<Endpoint>()

/** Where it is and whether it serves; of its addresses, whether it has any: a few values for each node. */
function projectEndpoint({ addresses, nodeName, conditions = {} }: Endpoint): Endpoint {
  const [ready, serving, terminating] = [
    conditions.ready !== false,
    conditions.serving === true,
    conditions.terminating === true,
  ]
  const endpoint = {
    ...(addresses?.length === 0 && { addresses }),
    ...(nodeName !== undefined && nodeName !== null && { nodeName }),
    conditions: { ready, serving, terminating },
  }
  const key = [addresses?.length === 0, nodeName, ready, serving, terminating].join(' ')
  return knownEndpoints.of(key, endpoint)
}

/** `ownNamespace`: where our own kinds are honoured. */
export function projectConfig(ownNamespace: string): (raw: RawObject) => ConfigReading {
  return (raw) => {
    const { status, ...rest } = raw
    const metadata = metaOf(raw, () => false)
    const reading = readObject(rest, ownNamespace)
    const kept = { metadata, ...(status !== undefined && { status }) }
    switch (reading.outcome) {
      case 'object':
        return { ...kept, object: reading.object as ConfigObject, problems: [] }
      case 'ignored':
        return { ...kept, problems: [] }
      case 'faulty': {
        const object = reading.ref ?? `${raw.kind} ${metadata.namespace}/${metadata.name}`
        return { ...kept, problems: reading.faults.map((fault) => ({ object, ...fault })) }
      }
    }
  }
}

export function projectSecret(ownNamespace: string): (raw: RawObject) => SecretReading {
  return (raw) => {
    const reading = readObject(raw, ownNamespace)
    const metadata = metaOf(raw, () => false)
    if (reading.outcome === 'object') {
      const { object, secret = {} } = reading
      return { metadata, object: object as SecretObject, bytes: () => secret }
    }
    const { resourceVersion: revision = '' } = metadata
    const object: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata, keys: [], revision }
    return { metadata, object, bytes: () => ({}) }
  }
}

/** Labels are kept, selectors may ask for any of them. */
export function metaOf(raw: RawObject, keepsAnnotation: (name: string) => boolean): ObjectMeta {
  const { name, namespace, uid, labels, annotations, creationTimestamp, resourceVersion } = raw.metadata
  const kept = Object.entries(annotations ?? {}).filter(([name]) => keepsAnnotation(name))
  return {
    name,
    ...(namespace !== undefined && { namespace: shared(namespace) }),
    ...(uid !== undefined && { uid }),
    ...(labels !== undefined && { labels }),
    ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  }
}

/** Without the fields that are undefined. */
function present<Fields extends object>(fields: {
  readonly [Field in keyof Fields]: Fields[Field] | undefined
}): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}

function maybeShared(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shared(text)
}

/** Node names, namespaces, protocols. */
const texts = new OneCopy<string>()

function shared<Text extends string>(text: Text): Text {
  return texts.of(text, text) as Text
}
