/* The harness itself: what the other files of this folder stand on. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { BackendAnswer, KubeCluster } from '#lab/index.ts'
import { until } from '#lab/index.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'

describeCluster('a cluster in the lab', () => {
  let cluster: KubeCluster

  beforeAll(async () => {
    cluster = await startCluster()
  })

  afterAll(() => cluster?.dispose())

  test('the controller manager and every kube-proxy make a cluster address reach a pod', async () => {
    await cluster.addPod({ name: 'web', node: 'node1', labels: { app: 'web' } })
    const port = { port: 80, targetPort: 8080 }
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [port] },
    })
    const { spec } = await cluster.service('web')
    const answers = await Promise.all(
      cluster.nodes.map((node) =>
        until(`an answer on ${node}`, async () => {
          const url = `http://${spec.clusterIP}/`
          return JSON.parse(await cluster.node(node).run(['curl', '-sS', '-m', '1', url])) as BackendAnswer
        }),
      ),
    )
    expect(answers.map(({ pod_name }) => pod_name)).toEqual(['web-node1', 'web-node1', 'web-node1'])
  })

  test('the custom resources are served, and one that the schema forbids is refused', async () => {
    const pool = {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'pool', namespace: 'metallb-system' },
      spec: { addresses: ['192.0.2.0/24'] },
    }
    await cluster.apply(pool)
    await expect(cluster.apply({ ...pool, spec: { addresses: 7 } })).rejects.toThrow('spec.addresses')
  })

  test('an API server that was killed comes back with everything that etcd holds', async () => {
    await cluster.controlPlane.kill9('kube-apiserver')
    await expect(cluster.api.get('/api/v1/nodes/node1')).rejects.toThrow()
    await cluster.controlPlane.start()
    expect((await cluster.api.get('/api/v1/nodes/node1')).metadata.name).toBe('node1')
  })
})
