import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { load } from 'js-yaml'
import { expect, test } from 'vitest'

import { configResources, pathOf, resources, type Resource } from '#app/kubernetes/api/resources.ts'

const folder = fileURLToPath(new URL('../../../../deploy/crds/', import.meta.url))

interface Crd {
  readonly spec: {
    readonly group: string
    readonly scope: string
    readonly names: { readonly kind: string; readonly plural: string }
    readonly versions: readonly { readonly name: string; readonly storage: boolean }[]
  }
}

function resourceOf({ spec }: Crd): Resource {
  const { kind, plural } = spec.names
  const version = spec.versions.find(({ storage }) => storage)?.name ?? ''
  return { group: spec.group, version, kind, plural, namespaced: spec.scope === 'Namespaced' }
}

test('our own kinds are where their CRDs say, in the version that is stored', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
  const crds = files.map((file) => resourceOf(load(readFileSync(folder + file, 'utf8')) as Crd))
  const ours = Object.values<Resource>(resources).filter(({ group }) =>
    /^(metallb|heraldlb)\.io$/.test(group),
  )
  const byKind = (a: Resource, b: Resource): number => a.kind.localeCompare(b.kind)
  expect(ours.sort(byKind)).toEqual(crds.sort(byKind))
  expect(ours).toEqual(expect.arrayContaining([...configResources]))
})

test('paths are those of the API', () => {
  expect(pathOf(resources.nodes, {})).toBe('/api/v1/nodes')
  expect(pathOf(resources.services, { namespace: 'a', name: 'b', subresource: 'status' })).toBe(
    '/api/v1/namespaces/a/services/b/status',
  )
  expect(pathOf(resources.bgpPeers, { namespace: 'm' })).toBe(
    '/apis/metallb.io/v1beta2/namespaces/m/bgppeers',
  )
})
