/* The kinds that Herald reads and writes through the API, and where they are. */

export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

export const resources = {
  services: core('Service', 'services'),
  nodes: core('Node', 'nodes', false),
  namespaces: core('Namespace', 'namespaces', false),
  secrets: core('Secret', 'secrets'),
  pods: core('Pod', 'pods'),
  events: core('Event', 'events'),
  endpointSlices: of('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  leases: of('coordination.k8s.io/v1', 'Lease', 'leases'),
  tokenReviews: of('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews', false),
  subjectAccessReviews: of('authorization.k8s.io/v1', 'SubjectAccessReview', 'subjectaccessreviews', false),
  validatingWebhookConfigurations: of(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
  ),
  ipAddressPools: of('metallb.io/v1beta1', 'IPAddressPool', 'ipaddresspools'),
  l2Advertisements: of('metallb.io/v1beta1', 'L2Advertisement', 'l2advertisements'),
  bgpAdvertisements: of('metallb.io/v1beta1', 'BGPAdvertisement', 'bgpadvertisements'),
  bgpPeers: of('metallb.io/v1beta2', 'BGPPeer', 'bgppeers'),
  bfdProfiles: of('metallb.io/v1beta1', 'BFDProfile', 'bfdprofiles'),
  communities: of('metallb.io/v1beta1', 'Community', 'communities'),
  serviceL2Statuses: of('metallb.io/v1beta1', 'ServiceL2Status', 'servicel2statuses'),
  serviceBGPStatuses: of('metallb.io/v1beta1', 'ServiceBGPStatus', 'servicebgpstatuses'),
  configurationStates: of('metallb.io/v1beta1', 'ConfigurationState', 'configurationstates'),
  advertisements: of('heraldlb.io/v1alpha1', 'Advertisement', 'advertisements'),
  addressClaims: of('heraldlb.io/v1alpha1', 'AddressClaim', 'addressclaims', false),
  addressProbes: of('heraldlb.io/v1alpha1', 'AddressProbe', 'addressprobes', false),
} as const satisfies Record<string, Resource>

/** The kinds that configure Herald: read in its own namespace only. */
export const configResources: readonly Resource[] = [
  resources.ipAddressPools,
  resources.communities,
  resources.l2Advertisements,
  resources.bgpAdvertisements,
  resources.advertisements,
  resources.bgpPeers,
  resources.bfdProfiles,
]

/** Of objects, or of one of them. */
export interface Place {
  /** Absent for a cluster-scoped kind, and for all namespaces. */
  readonly namespace?: string
  readonly name?: string
  /** `status`. */
  readonly subresource?: string
}

export function pathOf(
  { group, version, plural }: Resource,
  { namespace, name, subresource }: Place,
): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${scope}/${plural}${object}${subresource === undefined ? '' : `/${subresource}`}`
}

/** As objects write it in `apiVersion`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}

function of(apiVersion: string, kind: string, plural: string, namespaced = true): Resource {
  const slash = apiVersion.indexOf('/')
  const [group, version] = [apiVersion.slice(0, Math.max(0, slash)), apiVersion.slice(slash + 1)]
  return { group, version, kind, plural, namespaced }
}

function core(kind: string, plural: string, namespaced = true): Resource {
  return of('v1', kind, plural, namespaced)
}
