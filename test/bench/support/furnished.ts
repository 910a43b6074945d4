/*
 * Clusters that begin with many objects. The API server makes about 50 new Services a second, so what has been made
 * once is kept, as etcd's own data, in node_modules/.cache/bench.
 */
import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { KubeCluster, type ControlPlaneOptions } from '#lab/index.ts'

import { inParallel } from '../../cluster/in-parallel.ts'

type Furnish = (cluster: KubeCluster) => Promise<void>

const root = fileURLToPath(new URL('..', import.meta.url))
const services = '/api/v1/namespaces/default/services'
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'

/** One node, no kube-proxy, our custom resources, a pool, and what `furnish` makes. */
export async function furnishedCluster(
  name: string,
  furnish: Furnish,
  options: Omit<ControlPlaneOptions, 'programs'> & { readonly from?: string } = {},
): Promise<KubeCluster> {
  const { from, ...controlPlane } = options
  const kept = keptAs(name)
  if (!existsSync(kept)) await keep(kept, furnish, from === undefined ? undefined : keptAs(from))
  return create({ ...controlPlane, etcdData: kept })
}

function keptAs(name: string): string {
  return join(root, 'node_modules/.cache/bench', name)
}

function create(controlPlane: Omit<ControlPlaneOptions, 'programs'>): Promise<KubeCluster> {
  return KubeCluster.create({ nodes: ['node1'], kubeProxy: false, controlPlane })
}

async function keep(folder: string, furnish: Furnish, etcdData: string | undefined): Promise<void> {
  const cluster = await create(etcdData === undefined ? {} : { etcdData })
  try {
    if (etcdData === undefined) await cluster.applyCrds(join(root, 'deploy/crds'))
    await furnish(cluster)
    // The next cluster makes its own.
    await cluster.api.delete('/api/v1/nodes/node1')
    await cluster.controlPlane.stop()
    mkdirSync(dirname(folder), { recursive: true })
    cpSync(cluster.controlPlane.etcdData, `${folder}.part`, { recursive: true })
    renameSync(`${folder}.part`, folder)
  } finally {
    await cluster.dispose()
  }
}

export function webName(index: number): string {
  return `web-${index}`
}

/** ClusterIP Services with an EndpointSlice each, of two endpoints, and a pool that is large enough for all. */
export async function manyServices(cluster: KubeCluster, count: number): Promise<void> {
  await cluster.apply({
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'pool', namespace: 'metallb-system' },
    spec: { addresses: ['198.18.0.0/16'] },
  })
  const names = Array.from({ length: count }, (_, index) => webName(index))
  await inParallel(names, 16, async (name) => {
    await cluster.api.create(services, service(name))
    await cluster.api.create(slices, slice(name))
  })
}

function service(name: string): object {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }]
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, labels: { app: name } }, spec: { ports } }
}

function slice(name: string): object {
  const endpoint = (address: string): object => ({
    addresses: [address],
    nodeName: 'node1',
    conditions: { ready: true, serving: true, terminating: false },
  })
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [endpoint('172.20.161.20'), endpoint('172.20.161.21')],
  }
}
