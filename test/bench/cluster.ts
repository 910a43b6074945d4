/*
 * Many Services turned LoadBalancer at once, in front of a real API server: how long until the last one has its address,
 * and what that costs. SERVICES=10000 for the large run (the API server itself needs minutes to create them first).
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { until, type KubeCluster } from '#lab/index.ts'

import { inParallel } from '../cluster/in-parallel.ts'
import type { BenchResult } from './result.ts'
import { balanced, services, startController } from './support/both-halves.ts'
import {
  besideMetalLb,
  commandOf,
  controllerPort,
  metricSum,
  sumOf,
  type Compared,
  type Contender,
} from './support/contenders.ts'
import { furnishedCluster, manyServices, webName } from './support/furnished.ts'
import { cpuSeconds, memory, pidsIn } from './support/process-figures.ts'

/** MetalLB 0.16 on another machine of 2 cores, same control plane. */
const metallb: Readonly<Record<number, string>> = {
  1000: '7.2 s, 3.7 CPU s',
  10_000: '139 s, 116 CPU s, 182 MiB',
}

export default async function bench(): Promise<BenchResult> {
  const count = Number(process.env['SERVICES'] ?? 1000)
  const rows = await besideMetalLb((contender) => inCluster(contender, count))
  const title = `${count} Services turned LoadBalancer at once`
  return { title, command: commandOf(`SERVICES=${count} npm run bench -- cluster`), rows }
}

async function inCluster(contender: Contender, count: number): Promise<readonly Compared[]> {
  const cluster = await furnishedCluster(`services-${count}`, (made) => manyServices(made, count))
  try {
    return await measure(cluster, contender, count)
  } finally {
    await cluster.dispose()
  }
}

async function measure(
  cluster: KubeCluster,
  contender: Contender,
  count: number,
): Promise<readonly Compared[]> {
  const names = Array.from({ length: count }, (_, index) => webName(index))
  const node = cluster.node('node1')
  const controller = await startController(cluster, contender, 'node1')
  const { pid } = controller
  const servers = pidsIn(cluster.controlPlane.directory, ['kube-apiserver', 'etcd'])
  const served = (): number => servers.reduce((sum, one) => sum + cpuSeconds(one), 0)
  const servedBefore = served()
  const cpuBefore = cpuSeconds(pid)
  const before = await requests(cluster)
  const began = performance.now()
  await inParallel(names, 16, (name) => cluster.api.patch(`${services}/${name}`, balanced))
  const patched = performance.now()
  const addressedBy = async (): Promise<number> => metricSum(node, controllerPort, contender.addressed)
  await until('all addresses', async () => (await addressedBy()) >= count, {
    timeout: 600_000,
    interval: 50,
  })
  const addressed = performance.now()
  const events = await untilTold(cluster, count)
  const cpu = cpuSeconds(pid) - cpuBefore
  const serving = served() - servedBefore
  // The first of each Service is the one that turned it.
  const perService = ((await requests(cluster)).all - before.all) / count - 1
  const { resident, peak } = memory(pid)
  await controller.stop()
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(2)} s`
  const figure = metallb[count]
  const elsewhere = figure === undefined ? {} : { elsewhere: figure }
  return [
    {
      what: 'all addressed, from the first patch',
      value: seconds(began, addressed),
      ...elsewhere,
      aim: count === 1000 ? '≤ 2.5 s' : '',
    },
    { what: 'the patches alone (the limit)', value: seconds(began, patched) },
    { what: 'last address after the last patch', value: seconds(patched, addressed), aim: '≤ 2 s' },
    {
      what: 'CPU of the controller, events included',
      value: `${cpu.toFixed(1)} s`,
      ...elsewhere,
      aim: count === 10_000 ? '≤ 15 s' : '',
    },
    { what: 'CPU of kube-apiserver and etcd meanwhile', value: `${serving.toFixed(1)} s` },
    {
      what: 'events, and the last one from the first patch',
      value: `${events.count - before.events}, ${seconds(began, events.at)}`,
    },
    {
      what: 'API requests per Service',
      value: perService.toFixed(2),
      elsewhere: '4',
      aim: '≤ 3',
    },
    { what: 'resident memory, now / peak', value: `${resident} / ${peak} MiB`, ...elsewhere },
  ]
}

/** Milliseconds without a new event, after which none is waited for: a client may leave some out. */
const silence = 5000

async function untilTold(
  cluster: KubeCluster,
  count: number,
): Promise<{ readonly count: number; readonly at: number }> {
  let last = { count: (await requests(cluster)).events, at: performance.now() }
  while (last.count < count && performance.now() - last.at < silence) {
    await sleep(500)
    const { events } = await requests(cluster)
    if (events > last.count) last = { count: events, at: performance.now() }
  }
  return last
}

/** What is asked for in behalf of a Service, as the API server counts it; without lists, watches and Leases. */
const asked = ['addressclaims', 'configurationstates', 'events', 'ipaddresspools', 'services']

async function requests(cluster: KubeCluster): Promise<{ readonly all: number; readonly events: number }> {
  const { body } = await cluster.api.raw('GET', '/metrics')
  const counted = body.split('\n').filter((line) => !/verb="(LIST|WATCH)"/.test(line))
  const of = (resource: string): number =>
    sumOf(counted.join('\n'), { name: 'apiserver_request_total', part: `resource="${resource}"` })
  return { all: asked.reduce((sum, resource) => sum + of(resource), 0), events: of('events') }
}
