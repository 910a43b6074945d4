/*
 * A speaker that starts in a cluster of many Services with addresses and EndpointSlices: how long until it is calm, what
 * it needs, and what it writes then. SERVICES=10000 by default; made once, see support/furnished.ts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { until, type KubeCluster, type LabNode, type LabProcess } from '#lab/index.ts'

import { inParallel } from '../cluster/in-parallel.ts'
import type { BenchResult } from './result.ts'
import { bareWrites } from './support/bare-writes.ts'
import { furnishedCluster, manyServices, webName } from './support/furnished.ts'
import { cpuSeconds, memory } from './support/process-figures.ts'

type Row = BenchResult['rows'][number]

const herald = fileURLToPath(new URL('herald.js', import.meta.url))
const services = '/api/v1/namespaces/default/services'
const bare = { apiVersion: 'metallb.io/v1beta1', metadata: { name: 'pool', namespace: 'metallb-system' } }
/** Calm: so many milliseconds without a write and almost without work. */
const calm = 3000
/** For writes at rest, and for the garbage of the start. */
const rest = 15_000

const auditPolicy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete'], users: ['admin'] },
    { level: 'None' },
  ],
})

export default async function bench(): Promise<BenchResult> {
  const count = Number(process.env['SERVICES'] ?? 10_000)
  const none = await inCluster(0)
  const many = await inCluster(count)
  const said = `${count.toLocaleString('en')} Services`
  return {
    title: `A speaker starts with ${said}`,
    command: `SERVICES=${count} npm run bench -- speaker`,
    rows: [
      { what: 'all announced, from its start', value: seconds(many.announced) },
      {
        what: 'calm, status objects and events written',
        value: `${seconds(many.calm)}, ${many.cpu.toFixed(1)} CPU s`,
        anchor: count === 10_000 ? 'MetalLB 225 s, 43 CPU s' : '',
        aim: '≤ 10 s',
      },
      {
        what: 'API writes until then',
        value: `${many.writes}`,
        anchor: `the ${2 * count} writes of as many status objects, by a bare client: ${seconds(many.bare)}`,
      },
      {
        what: 'started again: all announced; calm; API writes',
        value: `${seconds(many.again.announced)}; ${seconds(many.again.calm)}, ${many.again.cpu.toFixed(1)} CPU s; ${many.again.writes}`,
        aim: '≤ 10 s',
      },
      {
        what: 'resident memory, 0 Services',
        value: `${none.resident} MiB`,
        anchor: 'MetalLB 62',
        aim: '≤ 65 MiB',
      },
      {
        what: `resident memory at rest / peak, ${said}`,
        value: `${many.resident} / ${many.peak} MiB`,
        anchor: count === 10_000 ? 'MetalLB 244' : '',
        aim: '≤ 90 MiB',
      },
      { what: `API writes in ${rest / 1000} s at rest`, value: `${many.writesAtRest}`, aim: '0' },
      { what: 'CPU at rest', value: `${(many.cpuAtRest * 100).toFixed(1)} %` },
    ] satisfies Row[],
  }
}

interface Start {
  /** Milliseconds since it was started. */
  readonly announced: number
  readonly calm: number
  /** Seconds, until calm. */
  readonly cpu: number
  readonly writes: number
}

interface Figures extends Start {
  /** When its status objects are there already. */
  readonly again: Start
  readonly writesAtRest: number
  /** Milliseconds that the API server needs for as many status objects, whoever writes them. */
  readonly bare: number
  /** Share of one core. */
  readonly cpuAtRest: number
  /** MiB. */
  readonly resident: number
  readonly peak: number
}

async function inCluster(count: number): Promise<Figures> {
  const from = `services-${count}`
  await (await furnishedCluster(from, (made) => manyServices(made, count))).dispose()
  const cluster = await furnishedCluster(`addressed-${count}`, (made) => address(made, count), {
    from,
    auditPolicy,
  })
  try {
    return await measure(cluster, count)
  } finally {
    await cluster.dispose()
  }
}

/** By the controller, as they are in a cluster. */
async function address(cluster: KubeCluster, count: number): Promise<void> {
  await cluster.apply({ ...bare, kind: 'L2Advertisement', spec: {} })
  const argv = [process.execPath, herald, 'controller', '--metrics-address', 'off', '--no-leader-elect']
  const controller = cluster.spawn('node1', argv, 'controller')
  const names = Array.from({ length: count }, (_, index) => webName(index))
  const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }
  await inParallel(names, 16, (name) => cluster.api.patch(`${services}/${name}`, { spec }))
  const without = async (): Promise<number> =>
    (await cluster.api.list(services)).filter(
      ({ spec, status }) => spec.type === 'LoadBalancer' && status?.loadBalancer?.ingress === undefined,
    ).length
  await until('all addresses', async () => (await without()) === 0, { timeout: 300_000, interval: 2000 })
  await sleep(calm)
  await controller.stop()
}

async function measure(cluster: KubeCluster, count: number): Promise<Figures> {
  const node = cluster.node('node1')
  const [state, key] = [join(node.directory, 'state'), join(node.directory, 'heartbeat.key')]
  mkdirSync(state)
  writeFileSync(key, 'a key of this bench', { mode: 0o600 })
  const { speaker, ...first } = await started(cluster, node, count)
  await sleep(rest)
  const cpuAtRest = (cpuSeconds(speaker.pid) - first.cpu) / (rest / 1000)
  const writesAtRest = writesIn(cluster) - first.writes
  const figures = { ...first, cpuAtRest, writesAtRest, ...memory(speaker.pid) }
  await speaker.stop()
  const { speaker: second, ...again } = await started(cluster, node, count)
  await second.stop()
  return { ...figures, again, bare: await bareWrites(cluster, count) }
}

async function started(
  cluster: KubeCluster,
  node: LabNode,
  count: number,
): Promise<Start & { readonly speaker: LabProcess }> {
  const before = writesIn(cluster)
  const began = performance.now()
  const speaker = start(cluster, node)
  const all = async (): Promise<boolean> => {
    const found = await announced(node)
    if (found < count) throw new Error(`${found} are; the speaker says:\n${speaker.output.slice(-2000)}`)
    return true
  }
  // Rendering the metrics of ten thousand addresses takes a tenth of a second.
  await until('all to be announced', all, { timeout: 120_000, interval: Math.max(50, count / 10) })
  const announcedAt = performance.now()
  const calmAt = await untilCalm(cluster, speaker)
  return {
    speaker,
    announced: announcedAt - began,
    calm: calmAt - began,
    cpu: cpuSeconds(speaker.pid),
    writes: writesIn(cluster) - before,
  }
}

function start(cluster: KubeCluster, node: LabNode): LabProcess {
  const [state, key] = [join(node.directory, 'state'), join(node.directory, 'heartbeat.key')]
  const files = ['--state', state, '--heartbeat-key-file', key]
  const argv = [process.execPath, herald, 'speaker', '--node-name', 'node1', ...files]
  return cluster.spawn('node1', argv, 'speaker')
}

/** When the last write or the last work was, in milliseconds of the bench's clock. */
async function untilCalm(cluster: KubeCluster, { pid }: LabProcess): Promise<number> {
  let busyAt = performance.now()
  let before = { writes: writesIn(cluster), cpu: cpuSeconds(pid) }
  while (performance.now() - busyAt < calm) {
    await sleep(250)
    const now = { writes: writesIn(cluster), cpu: cpuSeconds(pid) }
    // A twentieth of a core is heartbeats and timers.
    if (now.writes !== before.writes || now.cpu - before.cpu > 0.05) busyAt = performance.now()
    before = now
  }
  return busyAt
}

/** By Herald, as the API server has seen them. */
function writesIn(cluster: KubeCluster): number {
  const log = readFileSync(join(cluster.controlPlane.directory, 'audit.log'), 'utf8')
  return log.split('"userAgent":"herald"').length - 1
}

async function announced(node: LabNode): Promise<number> {
  const { stdout } = await node.exec(['curl', '-sf', 'http://127.0.0.1:7472/metrics'])
  return stdout.split('\n').filter((line) => line.startsWith('metallb_speaker_announced{')).length
}

function seconds(span: number): string {
  return `${(span / 1000).toFixed(1)} s`
}
