/* The kinds Herald reads, and which of their versions. For our own kinds the CRDs are the only source. */
import {
  endpointSliceSchema,
  namespaceSchema,
  nodeSchema,
  secretSchema,
  serviceSchema,
} from './core-schemas.ts'
import { anything, metadataSchema } from './metadata.ts'
import addressClaims from '#crds/addressclaims.yaml'
import addressProbes from '#crds/addressprobes.yaml'
import advertisements from '#crds/advertisements.yaml'
import bfdProfiles from '#crds/bfdprofiles.yaml'
import bgpAdvertisements from '#crds/bgpadvertisements.yaml'
import bgpPeers from '#crds/bgppeers.yaml'
import communities from '#crds/communities.yaml'
import configurationStates from '#crds/configurationstates.yaml'
import ipAddressPools from '#crds/ipaddresspools.yaml'
import l2Advertisements from '#crds/l2advertisements.yaml'
import serviceBgpStatuses from '#crds/servicebgpstatuses.yaml'
import serviceL2Statuses from '#crds/servicel2statuses.yaml'
import type { JsonSchema } from '#core/model/json.ts'

/**
 * `config`: our own kinds, honoured in one namespace. `report`: our own kinds that Herald only writes. `secret`: its
 * bytes take a way of their own. `namespaced`, `cluster`: Kubernetes' other kinds, by where they live.
 */
type Role = 'config' | 'report' | 'secret' | 'namespaced' | 'cluster'

export interface KnownKind {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
  readonly role: Role
  /** The version every object is converted to. */
  readonly storage: string
  readonly versions: ReadonlyMap<string, KindVersion>
}

interface KindVersion {
  /** Of the whole object. */
  readonly schema: JsonSchema
  /** What to tell whoever still writes this version. */
  readonly deprecation?: string
}

/** The fields of a CustomResourceDefinition that describe its objects. */
interface Crd {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly storage: boolean
      readonly schema: { readonly openAPIV3Schema: JsonSchema }
      readonly deprecationWarning?: string
    }[]
  }
}

const configCrds = [
  ipAddressPools,
  l2Advertisements,
  bgpAdvertisements,
  advertisements,
  bgpPeers,
  bfdProfiles,
  communities,
] as readonly Crd[]

const reportCrds = [
  addressClaims,
  addressProbes,
  serviceL2Statuses,
  serviceBgpStatuses,
  configurationStates,
] as readonly Crd[]

export const knownKinds: readonly KnownKind[] = [
  ...configCrds.map((crd) => kindOfCrd(crd, 'config')),
  ...reportCrds.map((crd) => kindOfCrd(crd, 'report')),
  coreKind('v1', 'Service', 'namespaced', serviceSchema),
  coreKind('v1', 'Node', 'cluster', nodeSchema),
  coreKind('v1', 'Namespace', 'cluster', namespaceSchema),
  coreKind('v1', 'Secret', 'secret', secretSchema),
  coreKind('discovery.k8s.io/v1', 'EndpointSlice', 'namespaced', endpointSliceSchema),
]

const ownGroups: ReadonlySet<string> = new Set(configCrds.map((crd) => crd.spec.group))

/** Groups in which every kind is ours, so that an unknown kind is a fault. */
export function isOwnGroup(group: string): boolean {
  return ownGroups.has(group)
}

/** `group/version` or `version` in two; the core group is empty. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/')
  return { group: apiVersion.slice(0, Math.max(0, slash)), version: apiVersion.slice(slash + 1) }
}

/** As objects write it in `apiVersion`. */
export function apiVersionOf(known: KnownKind, version: string): string {
  return known.group === '' ? version : `${known.group}/${version}`
}

function kindOfCrd(crd: Crd, role: Role): KnownKind {
  const { group, names, versions } = crd.spec
  return {
    group,
    kind: names.kind,
    role,
    storage: versions.find((version) => version.storage)?.name ?? '',
    versions: new Map(
      versions.map(({ name, schema, deprecationWarning }) => [
        name,
        {
          schema: objectSchema(schema.openAPIV3Schema),
          ...(deprecationWarning === undefined ? {} : { deprecation: deprecationWarning }),
        },
      ]),
    ),
  }
}

/** A CRD leaves metadata to the API server, and the API server ignores a status that is applied with the object. */
function objectSchema(crdSchema: JsonSchema): JsonSchema {
  const required = [...(crdSchema.required ?? []), 'metadata']
  return {
    ...crdSchema,
    required,
    properties: { ...crdSchema.properties, metadata: metadataSchema, status: anything },
  }
}

function coreKind(apiVersion: string, kind: string, role: Role, schema: JsonSchema): KnownKind {
  const { group, version } = splitApiVersion(apiVersion)
  return { group, kind, role, storage: version, versions: new Map([[version, { schema }]]) }
}
