/*
 * A cluster with both halves of Herald (and one with MetalLB's: METALLB_BIN=DIR), as its users feel it: one Service
 * turned LoadBalancer, until a client hears the first ARP answer and a router has the route in its kernel; a thousand at
 * once, until all are announced; and what a flood of changes costs. `-- --parts latency,many,flood` takes some of it.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { until, type LabProcess } from '#lab/index.ts'

import { inParallel } from '../cluster/in-parallel.ts'
import type { BenchResult } from './result.ts'
import {
  addressOf,
  Asker,
  balanced,
  metric,
  services,
  startHalves,
  type Halves,
} from './support/both-halves.ts'
import { besideMetalLb, commandOf, type Compared, type Contender } from './support/contenders.ts'
import { furnishedCluster, manyServices, webName } from './support/furnished.ts'
import { cpuSeconds, memory } from './support/process-figures.ts'
import { RouteWatch, summary } from './support/route-watch.ts'

const count = 1000
const rounds = 30
const warmUp = 3
/** A speaker that has started less than ten seconds ago asks the segment before it answers (ADR 50). */
const settles = 11_000
const parts = { latency, many, flood } as const
type Part = keyof typeof parts

export default async function bench(options: readonly string[] = []): Promise<BenchResult> {
  const at = options.indexOf('--parts')
  const wanted = (at < 0 ? Object.keys(parts) : (options[at + 1] ?? '').split(',')) as Part[]
  const rows = await besideMetalLb((contender) => measure(contender, wanted))
  const said = at < 0 ? '' : ` -- --parts ${wanted.join(',')}`
  const command = commandOf(`npm run bench -- reaction${said}`)
  return { title: 'Both halves in a cluster', command, rows }
}

async function measure(contender: Contender, wanted: readonly Part[]): Promise<Compared[]> {
  const cluster = await furnishedCluster(`services-${count}`, (made) => manyServices(made, count))
  try {
    const halves = await startHalves(cluster, contender)
    const rows: Compared[] = []
    for (const part of wanted) rows.push(...(await parts[part](halves)))
    return rows
  } finally {
    await cluster.dispose()
  }
}

/** One by one; each from the request that turns it. */
async function latency({ cluster }: Halves): Promise<Compared[]> {
  const client = cluster.node('client')
  const routes = await RouteWatch.on(cluster.node('router'))
  await sleep(settles)
  const times = { patch: [] as number[], arp: [] as number[], route: [] as number[] }
  for (let index = 0; index < rounds + warmUp; index++) {
    const asker = new Asker(client, addressOf(index))
    const route = routes.next(addressOf(index), 'comes')
    const began = performance.now()
    const answered = asker.firstAnswer()
    await cluster.api.patch(`${services}/${webName(index)}`, balanced)
    const patched = performance.now()
    const [arp, arrived] = await Promise.all([answered, route])
    asker.close()
    if (index >= warmUp) {
      times.patch.push(patched - began)
      times.arp.push(arp - began)
      times.route.push(arrived - began)
    }
    await sleep(300)
  }
  routes.stop()
  const limit = `the request alone: ${summary(times.patch)}`
  return [
    {
      what: 'one Service → first ARP answer, asked each millisecond',
      value: summary(times.arp),
      anchor: limit,
      elsewhere: '28 ms',
      aim: 'median ≤ 25 ms',
    },
    {
      what: 'one Service → route in FRR’s kernel',
      value: summary(times.route),
      anchor: limit,
      elsewhere: '83 ms',
      aim: 'median ≤ 75 ms',
    },
  ]
}

/** The rest of the thousand at once. */
async function many({ cluster, controller, speaker }: Halves): Promise<Compared[]> {
  const node = cluster.node('node1')
  const cpu = [controller, speaker].map(({ pid }) => cpuSeconds(pid))
  const began = performance.now()
  await inParallel(
    Array.from({ length: count }, (_, index) => webName(index)),
    16,
    (name) => cluster.api.patch(`${services}/${name}`, balanced),
  )
  const patched = performance.now()
  const announced = async (): Promise<boolean> =>
    (await metric(node, 'metallb_speaker_announced{')).length >= 2 * count
  await until('all to be announced', announced, { timeout: 100_000, interval: 50 })
  const done = performance.now()
  const sample = Array.from({ length: 25 }, (_, at) => addressOf(at * (count / 25)))
  const answers: number[] = []
  for (const address of sample) {
    const asker = new Asker(cluster.node('client'), address)
    const asked = performance.now()
    answers.push((await asker.firstAnswer()) - asked)
    asker.close()
  }
  const [allocating, speaking] = [controller, speaker].map(({ pid }, at) => cpuSeconds(pid) - (cpu[at] ?? 0))
  const seconds = (span: number): string => `${(span / 1000).toFixed(2)} s`
  return [
    {
      what: `${count} Services at once: all announced by ARP and BGP, after the last request`,
      value: seconds(done - patched),
      anchor: `the requests alone: ${seconds(patched - began)}`,
    },
    { what: 'ARP answers of a sample of 25', value: summary(answers) },
    {
      what: 'CPU of controller and speaker',
      value: `${allocating?.toFixed(1)} and ${speaking?.toFixed(1)} s`,
    },
    {
      what: 'resident memory of controller and speaker',
      value: `${memory(controller.pid).resident} and ${memory(speaker.pid).resident} MiB`,
    },
  ]
}

/** Changes of EndpointSlices, as fast as the API server takes them; what the speaker needs besides is told apart. */
async function flood({ cluster, speaker }: Halves): Promise<Compared[]> {
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
  // What a thousand new Services left to write is no part of it.
  await until('the speaker to be at rest', async () => (await share(speaker, 1000)) < 0.2, {
    timeout: 120_000,
  })
  const atRest = await share(speaker, 5000)
  const before = cpuSeconds(speaker.pid)
  const began = performance.now()
  let changes = 0
  const workers = Array.from({ length: 16 }, async (_, worker) => {
    for (let at = worker; performance.now() - began < 10_000; at += 16, changes++) {
      const name = `${webName(at % count)}-x`
      await cluster.api.patch(`${slices}/${name}`, { metadata: { labels: { at: String(at) } } })
    }
  })
  await Promise.all(workers)
  const span = (performance.now() - began) / 1000
  await sleep(1000)
  const whole = (performance.now() - began) / 1000
  const speaking = Math.max(cpuSeconds(speaker.pid) - before - atRest * whole, 0.01)
  return [
    {
      what: 'watch events per second absorbed by a speaker',
      value: `${Math.round(changes / speaking)} on one core (${((speaking / changes) * 1e6).toFixed(0)} µs each)`,
      anchor: `the API server gave ${Math.round(changes / span)} a second; at rest ${(atRest * 100).toFixed(1)} % of a core`,
    },
  ]
}

/** Of a core, over so many milliseconds. */
async function share({ pid }: LabProcess, span: number): Promise<number> {
  const before = cpuSeconds(pid)
  await sleep(span)
  return ((cpuSeconds(pid) - before) * 1000) / span
}
