/*
 * Many Services turned LoadBalancer at once, in front of a real API server: how long until the last one has its address,
 * and what that costs. SERVICES=10000 for the large run (the API server itself needs minutes to create them first).
 */
import { fileURLToPath } from 'node:url'

import { until, type KubeCluster, type LabNode } from '#lab/index.ts'

import { inParallel } from '../cluster/in-parallel.ts'
import type { BenchResult } from './result.ts'
import { furnishedCluster, manyServices, webName } from './support/furnished.ts'
import { cpuSeconds, memory, pidsIn } from './support/process-figures.ts'

type Row = BenchResult['rows'][number]

const root = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const services = '/api/v1/namespaces/default/services'
const port = 17_472

/** MetalLB 0.16 on a machine of 2 cores, same control plane. */
const metallb: Readonly<Record<number, string>> = {
  1000: '7.2 s, 3.7 CPU s',
  10_000: '139 s, 116 CPU s, 182 MiB',
}

export default async function bench(): Promise<BenchResult> {
  const count = Number(process.env['SERVICES'] ?? 1000)
  const cluster = await furnishedCluster(`services-${count}`, (made) => manyServices(made, count))
  try {
    const rows = await measure(cluster, count)
    const title = `${count} Services turned LoadBalancer at once`
    return { title, command: `SERVICES=${count} npm run bench -- cluster`, rows }
  } finally {
    await cluster.dispose()
  }
}

async function measure(cluster: KubeCluster, count: number): Promise<readonly Row[]> {
  const names = Array.from({ length: count }, (_, index) => webName(index))
  const node = cluster.node('node1')
  const argv = [
    process.execPath,
    root('herald.js'),
    'controller',
    '--pod-name',
    'bench',
    '--port',
    String(port),
  ]
  const controller = cluster.spawn('node1', argv, 'controller')
  await until('a leader', async () => (await metric(node, 'herald_allocator_holder')) === 1, {
    timeout: 60_000,
  })
  const { pid } = controller
  const servers = pidsIn(cluster.controlPlane.directory, ['kube-apiserver', 'etcd'])
  const served = (): number => servers.reduce((sum, one) => sum + cpuSeconds(one), 0)
  const servedBefore = served()
  const [cpuBefore, requestsBefore] = [cpuSeconds(pid), await requests(node)]
  const began = performance.now()
  await inParallel(names, 16, (name) =>
    cluster.api.patch(`${services}/${name}`, {
      spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false },
    }),
  )
  const patched = performance.now()
  await until('all addresses', async () => (await statusWrites(node)) >= count, {
    timeout: 200_000,
    interval: 50,
  })
  const addressed = performance.now()
  await until('all events', async () => (await eventWrites(node)) >= count, {
    timeout: 100_000,
    interval: 250,
  })
  const told = performance.now()
  const cpu = cpuSeconds(pid) - cpuBefore
  const serving = served() - servedBefore
  const perService = ((await requests(node)) - requestsBefore) / count
  const { resident, peak } = memory(pid)
  await controller.stop()
  const anchor = metallb[count] === undefined ? '' : `MetalLB ${metallb[count]}`
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(2)} s`
  return [
    {
      what: 'all addressed, from the first patch',
      value: seconds(began, addressed),
      anchor,
      aim: count === 1000 ? '≤ 2.5 s' : '',
    },
    { what: 'the patches alone (the limit)', value: seconds(began, patched) },
    { what: 'last address after the last patch', value: seconds(patched, addressed), aim: '≤ 2 s' },
    {
      what: 'CPU of the controller, events included',
      value: `${cpu.toFixed(1)} s`,
      anchor,
      aim: count === 10_000 ? '≤ 15 s' : '',
    },
    { what: 'CPU of kube-apiserver and etcd meanwhile', value: `${serving.toFixed(1)} s` },
    { what: 'all events, from the first patch', value: seconds(began, told) },
    { what: 'API requests per Service', value: perService.toFixed(2), anchor: 'MetalLB 4', aim: '≤ 3' },
    { what: 'resident memory, now / peak', value: `${resident} / ${peak} MiB`, anchor },
  ]
}

/** The sum of all series of this name whose labels contain `part`. */
async function metric(node: LabNode, name: string, part = ''): Promise<number> {
  const { stdout } = await node.exec(['curl', '-sf', `http://127.0.0.1:${port}/metrics`])
  const lines = stdout.split('\n').filter((line) => line.startsWith(name) && line.includes(part))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Leases and watches belong to no Service. */
async function requests(node: LabNode): Promise<number> {
  const counts = await Promise.all(
    ['addressclaims', 'services/status', 'events', 'services"'].map((resource) =>
      metric(node, 'herald_api_requests_total', `resource="${resource}`),
    ),
  )
  return counts.reduce((a, b) => a + b, 0)
}

const statusWrites = (node: LabNode): Promise<number> =>
  metric(node, 'herald_api_requests_total', 'resource="services/status",code="200"')
const eventWrites = (node: LabNode): Promise<number> =>
  metric(node, 'herald_api_requests_total', 'resource="events",code="200"')
