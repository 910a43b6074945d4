import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'

import { checkSchema } from '#core/config/schema-check.ts'
import type { Json, JsonSchema } from '#core/model/json.ts'

const folder = join(import.meta.dirname, '../../deploy/crds')

interface Version {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly subresources?: Json
  readonly additionalPrinterColumns?: readonly { name: string; type: string; jsonPath: string }[]
  readonly schema: { readonly openAPIV3Schema: JsonSchema }
}

interface Crd {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly scope: string
    readonly names: { readonly kind: string; readonly listKind: string; readonly plural: string; readonly singular: string }
    readonly versions: readonly Version[]
  }
}

const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))

const crds = files.map((file) => ({
  file,
  crd: load(readFileSync(join(folder, file), 'utf8')) as Crd,
}))

const versions = crds.flatMap(({ crd }) =>
  crd.spec.versions.map((version) => ({ name: `${crd.spec.names.kind} ${version.name}`, version })),
)

/** Keywords that the manifest reader honours. */
const honoured = new Set([
  'type',
  'description',
  'properties',
  'required',
  'items',
  'enum',
  'default',
  'minimum',
  'maximum',
  'format',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
])

/** Keywords that mean something to the API server only: merging, rules that core/config checks by itself, and their bounds. */
const ofTheServer = new Set([
  'x-kubernetes-validations',
  'maxProperties',
  'x-kubernetes-map-type',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
])

function everySchema(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    everySchema(field, path === '' ? name : `${path}.${name}`),
  )
  const items = schema.items === undefined ? [] : everySchema(schema.items, `${path}[]`)
  const { additionalProperties } = schema
  const values = typeof additionalProperties === 'object' ? everySchema(additionalProperties, `${path}.*`) : []
  return [[path, schema], ...below, ...items, ...values]
}

/** The schema that a simple JSON path of a printer column points at. */
function schemaAt(root: JsonSchema, jsonPath: string): JsonSchema | undefined {
  return jsonPath
    .split('.')
    .slice(1)
    .reduce<JsonSchema | undefined>((schema, name) => {
      const found = schema?.properties?.[name.replace('[*]', '')]
      return name.endsWith('[*]') ? found?.items : found
    }, root)
}

describe('the custom resource definitions', () => {
  it('are all in the Kustomization', () => {
    const { resources } = load(readFileSync(join(folder, 'Kustomization'), 'utf8')) as { resources: string[] }
    expect(resources).toEqual(files)
  })

  it('cover every kind of both groups', () => {
    expect(crds.map(({ crd }) => crd.metadata.name).sort()).toEqual([
      'addressclaims.heraldlb.io',
      'addressprobes.heraldlb.io',
      'advertisements.heraldlb.io',
      'bfdprofiles.metallb.io',
      'bgpadvertisements.metallb.io',
      'bgppeers.metallb.io',
      'communities.metallb.io',
      'configurationstates.metallb.io',
      'ipaddresspools.metallb.io',
      'l2advertisements.metallb.io',
      'servicebgpstatuses.metallb.io',
      'servicel2statuses.metallb.io',
    ])
  })

  it.each(crds)('$file names its kind consistently and stores exactly one version', ({ file, crd }) => {
    const { group, names, scope, versions } = crd.spec
    expect([crd.apiVersion, crd.kind]).toEqual(['apiextensions.k8s.io/v1', 'CustomResourceDefinition'])
    expect(crd.metadata.name).toBe(`${names.plural}.${group}`)
    expect(file).toBe(`${names.plural}.yaml`)
    expect([names.listKind, names.singular, scope]).toEqual([
      `${names.kind}List`,
      names.kind.toLowerCase(),
      // They are about an address of the cluster's, whoever asks.
      ['AddressClaim', 'AddressProbe'].includes(names.kind) ? 'Cluster' : 'Namespaced',
    ])
    expect(versions.filter((version) => version.storage)).toHaveLength(1)
    expect(versions.every((version) => version.served)).toBe(true)
  })

  it.each(versions)('$name has a status subresource, and columns that exist', ({ name, version }) => {
    if (name !== 'AddressClaim v1alpha1') expect(version.subresources).toEqual({ status: {} })
    for (const { jsonPath } of version.additionalPrinterColumns ?? []) {
      if (jsonPath === '.metadata.creationTimestamp') continue
      expect(schemaAt(version.schema.openAPIV3Schema, jsonPath), jsonPath).toBeDefined()
    }
  })

  it.each(versions)('$name types and describes every field', ({ version }) => {
    for (const [path, schema] of everySchema(version.schema.openAPIV3Schema)) {
      expect(schema.type, `type of ${path}`).toBeDefined()
      // The API server describes metadata itself, and refuses to be told.
      if (path !== 'metadata') expect(schema.description ?? '', `description of ${path}`).toMatch(/^\S.*\.$/s)
    }
  })

  it.each(versions)('$name uses only keywords that the reader honours or may leave to the server', ({ version }) => {
    for (const [path, schema] of everySchema(version.schema.openAPIV3Schema)) {
      const strange = Object.keys(schema).filter((word) => !honoured.has(word) && !ofTheServer.has(word))
      expect(strange, path).toEqual([])
    }
  })

  it.each(versions)('$name requires only fields it has, and its defaults fit its own rules', ({ version }) => {
    for (const [path, schema] of everySchema(version.schema.openAPIV3Schema)) {
      const strangers = (schema.required ?? []).filter((name) => schema.properties?.[name] === undefined)
      expect(strangers, path).toEqual([])
      if (schema.default !== undefined) expect(checkSchema(schema.default, schema), path).toEqual([])
    }
  })
})

describe('columns that users and scripts of MetalLB know', () => {
  it.each([
    ['IPAddressPool v1beta1', ['Auto Assign', 'Avoid Buggy IPs', 'Addresses']],
    ['L2Advertisement v1beta1', ['IPAddressPools', 'IPAddressPool Selectors', 'Interfaces', 'Node Selectors']],
    ['BGPAdvertisement v1beta1', ['IPAddressPools', 'IPAddressPool Selectors', 'Peers', 'Node Selectors']],
    ['BGPPeer v1beta2', ['Address', 'ASN', 'BFD Profile', 'Multi Hops']],
    ['BGPPeer v1beta1', ['Address', 'ASN', 'BFD Profile', 'Multi Hops']],
    ['BFDProfile v1beta1', ['Passive Mode', 'Transmit Interval', 'Receive Interval', 'Multiplier']],
    ['ServiceL2Status v1beta1', ['Allocated Node', 'Service Name', 'Service Namespace']],
    ['ServiceBGPStatus v1beta1', ['Node', 'Service Name', 'Service Namespace']],
    ['ConfigurationState v1beta1', ['Result', 'ErrorSummary', 'Age']],
  ])('%s prints %j', (name, columns) => {
    const found = versions.find((version) => version.name === name)
    expect(found?.version.additionalPrinterColumns?.map((column) => column.name)).toEqual(columns)
  })
})
