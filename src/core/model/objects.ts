/*
 * The Kubernetes objects Herald reads, as they are after the schema check and the API server's defaults
 * (deploy/crds for our own kinds). Only fields that decide something are named.
 */
import type { Json } from './json.ts'

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** RFC 3339. */
  readonly creationTimestamp?: string
  readonly resourceVersion?: string
}

export interface LabelSelectorRequirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

interface ObjectOf<Kind extends string, Spec> {
  readonly apiVersion: string
  readonly kind: Kind
  readonly metadata: ObjectMeta
  readonly spec: Spec
}

export type IPAddressPoolObject = ObjectOf<
  'IPAddressPool',
  {
    readonly addresses: readonly string[]
    readonly autoAssign: boolean
    readonly avoidBuggyIPs: boolean
    readonly serviceAllocation?: {
      readonly priority?: number
      readonly namespaces?: readonly string[]
      readonly namespaceSelectors?: readonly LabelSelector[]
      readonly serviceSelectors?: readonly LabelSelector[]
    }
  }
>

/** The selectors that all three kinds of advertisement share. */
export interface AdvertisementSelection {
  readonly ipAddressPools?: readonly string[]
  readonly ipAddressPoolSelectors?: readonly LabelSelector[]
  readonly nodeSelectors?: readonly LabelSelector[]
  readonly serviceSelectors?: readonly LabelSelector[]
}

export type L2AdvertisementObject = ObjectOf<
  'L2Advertisement',
  AdvertisementSelection & {
    readonly interfaces?: readonly string[]
    readonly preferredNodeSelectors?: readonly {
      readonly weight: number
      readonly preference: LabelSelector
    }[]
  }
>

export type BGPAdvertisementObject = ObjectOf<
  'BGPAdvertisement',
  AdvertisementSelection & {
    readonly aggregationLength: number
    readonly aggregationLengthV6: number
    readonly localPref?: number
    readonly communities?: readonly string[]
    readonly peers?: readonly string[]
  }
>

/** `heraldlb.io/v1alpha1`: the general form, for any loaded plugin. */
export type AdvertisementObject = ObjectOf<
  'Advertisement',
  AdvertisementSelection & {
    readonly announcer: string
    readonly options?: Readonly<Record<string, Json>>
    readonly peers?: readonly string[]
  }
>

/** `metallb.io/v1beta2`; a v1beta1 object is converted by the reader. Durations are Go duration text. */
export type BGPPeerObject = ObjectOf<
  'BGPPeer',
  {
    readonly myASN: number
    readonly peerASN?: number
    readonly dynamicASN?: 'internal' | 'external'
    readonly localASN?: number
    readonly peerAddress?: string
    readonly interface?: string
    readonly sourceAddress?: string
    readonly peerPort: number
    readonly holdTime?: string
    readonly keepaliveTime?: string
    readonly connectTime?: string
    readonly routerID?: string
    readonly nodeSelectors?: readonly LabelSelector[]
    readonly password?: string
    readonly passwordSecret?: { readonly name?: string; readonly namespace?: string }
    readonly bfdProfile?: string
    readonly enableGracefulRestart?: boolean
    readonly ebgpMultiHop?: boolean
    readonly vrf?: string
    readonly disableMP?: boolean
    readonly dualStackAddressFamily?: boolean
  }
>

export type BFDProfileObject = ObjectOf<
  'BFDProfile',
  {
    readonly receiveInterval?: number
    readonly transmitInterval?: number
    readonly detectMultiplier?: number
    readonly echoInterval?: number
    readonly echoMode?: boolean
    readonly passiveMode?: boolean
    readonly minimumTtl?: number
  }
>

export type CommunityObject = ObjectOf<
  'Community',
  { readonly communities?: readonly { readonly name: string; readonly value: string }[] }
>

export type IPFamilyPolicy = 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'

export interface ServicePort {
  readonly name?: string
  readonly protocol?: string
  readonly port: number
}

export interface ServiceObject {
  readonly apiVersion: string
  readonly kind: 'Service'
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly ipFamilies?: readonly string[]
    readonly ipFamilyPolicy?: IPFamilyPolicy
    readonly loadBalancerIP?: string
    readonly loadBalancerClass?: string
    readonly externalTrafficPolicy?: string
    readonly ports?: readonly ServicePort[]
    readonly selector?: Readonly<Record<string, string>>
  }
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[]
    }
  }
}

export interface NodeObject {
  readonly apiVersion: string
  readonly kind: 'Node'
  readonly metadata: ObjectMeta
  readonly spec?: { readonly unschedulable?: boolean }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

export interface NamespaceObject {
  readonly apiVersion: string
  readonly kind: 'Namespace'
  readonly metadata: ObjectMeta
}

export interface EndpointSliceObject {
  readonly apiVersion: string
  readonly kind: 'EndpointSlice'
  readonly metadata: ObjectMeta
  readonly addressType?: string
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[]
    readonly nodeName?: string
    readonly conditions?: {
      readonly ready?: boolean
      readonly serving?: boolean
      readonly terminating?: boolean
    }
  }[]
}

/** Only its type and which keys it has: the bytes travel through `AnnouncerHost.secret`. */
export interface SecretObject {
  readonly apiVersion: string
  readonly kind: 'Secret'
  readonly metadata: ObjectMeta
  readonly type?: string
  readonly keys: readonly string[]
  /** Changes when the bytes change (resourceVersion, or a digest). */
  readonly revision: string
}

/** Our own kinds: what the schema source in deploy/crds describes. */
export type ConfigObject =
  | IPAddressPoolObject
  | L2AdvertisementObject
  | BGPAdvertisementObject
  | AdvertisementObject
  | BGPPeerObject
  | BFDProfileObject
  | CommunityObject

export type ClusterObject = ServiceObject | NodeObject | NamespaceObject | EndpointSliceObject | SecretObject

export type AnyObject = ConfigObject | ClusterObject

/** `Kind namespace/name`, or `Kind name` for a cluster-scoped object: how every message names an object. */
export function refOf(object: { readonly kind: string; readonly metadata: ObjectMeta }): string {
  const { name, namespace } = object.metadata
  return namespace === undefined ? `${object.kind} ${name}` : `${object.kind} ${namespace}/${name}`
}

/** `namespace/name`. */
export function nameOf(object: { readonly metadata: ObjectMeta }): string {
  return qualified(object.metadata.namespace ?? 'default', object.metadata.name)
}

/** What `nameOf` joined: neither part contains a slash. */
export function placeOf(qualifiedName: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = qualifiedName.split('/')
  return { namespace, name }
}

/** `namespace/name`, joined: a template that is kept, as a key or in a list, keeps its parts as well. */
export function qualified(namespace: string, name: string): string {
  return [namespace, name].join('/')
}
