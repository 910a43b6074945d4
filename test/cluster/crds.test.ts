/* The custom resources in a real API server: what it takes and refuses, against what Herald does, row by row. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { KubeCluster } from '#lab/index.ts'

import { rows, type Row } from '../deploy/rules.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'

const namespace = 'metallb-system'

describeCluster('the custom resource definitions, in an API server', () => {
  let cluster: KubeCluster

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [], kubeProxy: false })
  })

  afterAll(() => cluster?.dispose())

  /** Asks for the object without making it; strictly, so that unknown fields are refused. */
  async function offer({ apiVersion, kind, spec }: Omit<Row, 'verdict' | 'what'>): Promise<{
    readonly taken: boolean
    readonly message: string
  }> {
    const plural = kind === 'Community' ? 'communities' : `${kind.toLowerCase()}s`
    const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}?dryRun=All&fieldValidation=Strict`
    const { status, body } = await cluster.api.raw('POST', path, {
      apiVersion,
      kind,
      metadata: { name: 'row' },
      spec,
    })
    const { message = '' } = JSON.parse(body) as { message?: string }
    expect([201, 400, 422], message).toContain(status)
    return { taken: status === 201, message }
  }

  describe('an object by itself', () => {
    it.each(rows.map((row) => ({ ...row, name: `${row.apiVersion} ${row.kind}: ${row.what}` })))(
      '$name: $verdict',
      async ({ verdict, ...object }) => {
        const { taken, message } = await offer(object)
        expect(taken, message).toBe(verdict === 'taken' || verdict === 'herald')
        // A rule that could not be evaluated refuses as well, and says nothing useful.
        expect(message).not.toMatch(/cost|budget|no such (key|overload)/)
      },
    )
  })

  it('a password never appears in a refusal', async () => {
    const { message } = await offer({
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      spec: { myASN: 0, password: 'correct horse s3cret', passwordSecret: { name: 'x' } },
    })
    expect(message).toContain('only one of password and passwordSecret')
    expect(message).not.toContain('correct horse s3cret')
  })

  it('the refusal names the field and what is allowed', async () => {
    const spec = { addresses: ['192.0.2.0/24', '192.0.2.9-192.0.2.1'] }
    const { message } = await offer({ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', spec })
    expect(message).toContain('spec.addresses[1]')
    expect(message).toContain('its start is after its end')
  })

  it('a pool of a thousand entries stays within the budget of the rules', async () => {
    const addresses = Array.from(
      { length: 1000 },
      (_, i) => `10.${i >> 8}.${i & 255}.1-10.${i >> 8}.${i & 255}.9`,
    )
    const { message } = await offer({
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      spec: { addresses },
    })
    expect(message).toBe('')
  })

  it('a BGPPeer is one object in both versions, and timers that v1beta1 leaves out stay unset', async () => {
    const path = (version: string): string => `/apis/metallb.io/${version}/namespaces/${namespace}/bgppeers`
    const spec = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }
    const peer = { apiVersion: 'metallb.io/v1beta1', kind: 'BGPPeer', metadata: { name: 'both' }, spec }
    await cluster.api.create(path('v1beta1'), peer)
    const stored = await cluster.api.get(`${path('v1beta2')}/both`)
    expect(stored.spec).toMatchObject(spec)
    expect(stored.spec).not.toHaveProperty('holdTime')
    const again = await cluster.api.get(`${path('v1beta1')}/both`)
    expect(again).toMatchObject({ apiVersion: 'metallb.io/v1beta1', spec })
  })

  it('an object from before the rules may still be edited where it is sound', async () => {
    // The rule is left out while the object is made, as MetalLB's own definition leaves it out.
    const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipaddresspools.metallb.io'
    const crd = await cluster.api.get(crdPath)
    const items = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.addresses.items
    const rules = items['x-kubernetes-validations'] as unknown
    const at =
      '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/addresses/items/x-kubernetes-validations'
    await cluster.api.patch(crdPath, [{ op: 'remove', path: at }], 'json')
    const pools = `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools`
    const spec = { addresses: ['192.0.2.1'] }
    const pool = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name: 'old' }, spec }
    await expect
      .poll(() => cluster.api.create(pools, pool).catch(() => undefined), { timeout: 20_000 })
      .toBeDefined()
    await cluster.api.patch(crdPath, [{ op: 'add', path: at, value: rules }], 'json')
    const isRefused = async (): Promise<boolean> =>
      !(await offer({ apiVersion: pool.apiVersion, kind: pool.kind, spec })).taken
    await expect.poll(isRefused, { timeout: 20_000 }).toBe(true)
    const edited = await cluster.api.patch(`${pools}/old`, { spec: { autoAssign: false } })
    expect(edited.spec).toMatchObject({ ...spec, autoAssign: false })
  })

  it('prints the columns that users of MetalLB know', async () => {
    const pools = await cluster.kubectl('get', 'ipaddresspools', '-n', namespace)
    expect(pools.split('\n')[0]?.split(/ {2,}/)).toEqual([
      'NAME',
      'AUTO ASSIGN',
      'AVOID BUGGY IPS',
      'ADDRESSES',
    ])
    const peers = await cluster.kubectl('get', 'bgppeers', '-n', namespace)
    expect(peers.split('\n')[1]?.trim().split(/ {2,}/)).toEqual(['both', '192.0.2.1', '64513'])
  })
})
