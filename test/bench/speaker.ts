/*
 * A speaker that starts in a cluster of many Services with addresses and EndpointSlices: how long until it is calm, what
 * it needs, and what it writes then. SERVICES=10000 by default; made once, see support/furnished.ts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { until, type KubeCluster, type LabNode, type LabProcess } from '#lab/index.ts'

import { inParallel } from '../cluster/in-parallel.ts'
import type { BenchResult } from './result.ts'
import { bareWrites } from './support/bare-writes.ts'
import { balanced, services, startController } from './support/both-halves.ts'
import { besideMetalLb, commandOf, herald, type Compared, type Contender } from './support/contenders.ts'
import { furnishedCluster, manyServices, webName } from './support/furnished.ts'
import { cpuSeconds, memory } from './support/process-figures.ts'

const bare = { apiVersion: 'metallb.io/v1beta1', metadata: { name: 'pool', namespace: 'metallb-system' } }
/** Calm: so many milliseconds without a write and almost without work. */
const calm = 3000
/** The garbage of the start is collected in the first ten seconds without work, and what the start alone read is forgotten. */
const tidying = 20_000
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
  return {
    title: `A speaker starts with ${said(count)}`,
    command: commandOf(`SERVICES=${count} npm run bench -- speaker`),
    rows: await besideMetalLb((contender) => rowsOf(contender, count)),
  }
}

const said = (count: number): string => `${count.toLocaleString('en')} Services`

async function rowsOf(contender: Contender, count: number): Promise<readonly Compared[]> {
  const none = await inCluster(contender, 0)
  const many = await inCluster(contender, count)
  const elsewhere = (text: string): { elsewhere?: string } => (count === 10_000 ? { elsewhere: text } : {})
  return [
    { what: 'all announced, from its start', value: seconds(many.announced) },
    {
      what: 'calm, status objects and events written',
      value: `${seconds(many.calm)}, ${many.cpu.toFixed(1)} CPU s`,
      ...elsewhere('225 s, 43 CPU s'),
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
      elsewhere: '62 MiB',
      aim: '≤ 65 MiB',
    },
    {
      what: `resident memory at rest / peak, ${said(count)}`,
      value: `${many.resident} / ${many.peak} MiB`,
      ...elsewhere('244 MiB'),
      aim: '≤ 90 MiB',
    },
    { what: `API writes in ${(tidying + rest) / 1000} s at rest`, value: `${many.writesAtRest}`, aim: '0' },
    { what: `CPU at rest, ${tidying / 1000} s after that`, value: `${(many.cpuAtRest * 100).toFixed(1)} %` },
  ]
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

async function inCluster(contender: Contender, count: number): Promise<Figures> {
  const from = `services-${count}`
  await (await furnishedCluster(from, (made) => manyServices(made, count))).dispose()
  const cluster = await furnishedCluster(`addressed-${count}`, (made) => address(made, count), {
    from,
    auditPolicy,
  })
  try {
    return await measure(cluster, contender, count)
  } finally {
    await cluster.dispose()
  }
}

/** By the controller, as they are in a cluster. */
async function address(cluster: KubeCluster, count: number): Promise<void> {
  await cluster.apply({ ...bare, kind: 'L2Advertisement', spec: {} })
  const controller = await startController(cluster, herald, 'node1')
  const names = Array.from({ length: count }, (_, index) => webName(index))
  await inParallel(names, 16, (name) => cluster.api.patch(`${services}/${name}`, balanced))
  const without = async (): Promise<number> =>
    (await cluster.api.list(services)).filter(
      ({ spec, status }) => spec.type === 'LoadBalancer' && status?.loadBalancer?.ingress === undefined,
    ).length
  await until('all addresses', async () => (await without()) === 0, { timeout: 300_000, interval: 2000 })
  await sleep(calm)
  await controller.stop()
}

async function measure(cluster: KubeCluster, contender: Contender, count: number): Promise<Figures> {
  const { speaker, ...first } = await started(cluster, contender, count)
  await sleep(tidying)
  const cpu = cpuSeconds(speaker.pid)
  await sleep(rest)
  const cpuAtRest = (cpuSeconds(speaker.pid) - cpu) / (rest / 1000)
  const writesAtRest = writesIn(cluster, contender) - first.writes
  const figures = { ...first, cpuAtRest, writesAtRest, ...memory(speaker.pid) }
  await speaker.stop()
  const { speaker: second, ...again } = await started(cluster, contender, count)
  await second.stop()
  return { ...figures, again, bare: await bareWrites(cluster, count) }
}

async function started(
  cluster: KubeCluster,
  contender: Contender,
  count: number,
): Promise<Start & { readonly speaker: LabProcess }> {
  const node = cluster.node('node1')
  const argv = await contender.speaker(cluster, node)
  const before = writesIn(cluster, contender)
  const began = performance.now()
  const speaker = cluster.spawn('node1', argv, 'speaker')
  const all = async (): Promise<boolean> => {
    const found = await announced(node)
    if (found < count) throw new Error(`${found} are; the speaker says:\n${speaker.output.slice(-2000)}`)
    return true
  }
  // Rendering the metrics of ten thousand addresses takes a tenth of a second.
  await until('all to be announced', all, { timeout: 600_000, interval: Math.max(50, count / 10) })
  const announcedAt = performance.now()
  const calmAt = await untilCalm(cluster, contender, speaker)
  return {
    speaker,
    announced: announcedAt - began,
    calm: calmAt - began,
    cpu: cpuSeconds(speaker.pid),
    writes: writesIn(cluster, contender) - before,
  }
}

/** When the last write or the last work was, in milliseconds of the bench's clock. */
async function untilCalm(cluster: KubeCluster, contender: Contender, { pid }: LabProcess): Promise<number> {
  let busyAt = performance.now()
  let before = { writes: writesIn(cluster, contender), cpu: cpuSeconds(pid) }
  while (performance.now() - busyAt < calm) {
    await sleep(250)
    const now = { writes: writesIn(cluster, contender), cpu: cpuSeconds(pid) }
    // A twentieth of a core is heartbeats and timers.
    if (now.writes !== before.writes || now.cpu - before.cpu > 0.05) busyAt = performance.now()
    before = now
  }
  return busyAt
}

/** As the API server has seen them. */
function writesIn(cluster: KubeCluster, { userAgent }: Contender): number {
  const log = readFileSync(join(cluster.controlPlane.directory, 'audit.log'), 'utf8')
  return log.split(userAgent).length - 1
}

async function announced(node: LabNode): Promise<number> {
  const { stdout } = await node.exec(['curl', '-sf', 'http://127.0.0.1:7472/metrics'])
  return stdout.split('\n').filter((line) => line.startsWith('metallb_speaker_announced{')).length
}

function seconds(span: number): string {
  return `${(span / 1000).toFixed(1)} s`
}
