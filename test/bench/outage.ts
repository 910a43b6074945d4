/*
 * The API server is away for two minutes, its etcd is kept: how soon after its return a Service has an address and an ARP
 * answer, and whether anything that was announced before has changed meanwhile. OUTAGE_SECONDS=120 by default.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { until, type ApiObject, type KubeCluster, type LabNode, type LabProcess } from '#lab/index.ts'

import { inParallel } from '../cluster/in-parallel.ts'
import type { BenchResult } from './result.ts'
import {
  addressOf,
  Asker,
  balanced,
  metricLines,
  services,
  startHalves,
  type Halves,
} from './support/both-halves.ts'
import { besideMetalLb, commandOf, type Compared, type Contender } from './support/contenders.ts'
import { furnishedCluster, manyServices, webName } from './support/furnished.ts'
import { RouteWatch } from './support/route-watch.ts'

const existing = 1000
/** Have addresses before. */
const count = 100
const away = Number(process.env['OUTAGE_SECONDS'] ?? 120)
/** Between two questions to what was announced before. */
const between = 500
/** For the Service that comes after the outage, in milliseconds. */
const longest = 180_000

export default async function bench(): Promise<BenchResult> {
  const rows = await besideMetalLb(inCluster)
  const command = commandOf(`OUTAGE_SECONDS=${away} npm run bench -- outage`)
  return { title: `The API server is away for ${away} s`, command, rows }
}

async function inCluster(contender: Contender): Promise<readonly Compared[]> {
  const cluster = await furnishedCluster(`services-${existing}`, (made) => manyServices(made, existing))
  try {
    return await measure(await startHalves(cluster, contender))
  } finally {
    await cluster.dispose()
  }
}

async function measure({ cluster, contender, controller }: Halves): Promise<readonly Compared[]> {
  const [node, client] = [cluster.node('node1'), cluster.node('client')]
  const names = Array.from({ length: count }, (_, index) => webName(index))
  await inParallel(names, 16, (name) => cluster.api.patch(`${services}/${name}`, balanced))
  await until('all to be announced', async () => (await announced(node)).length === 2 * count, {
    timeout: 60_000,
    interval: 100,
  })
  const routes = await RouteWatch.on(cluster.node('router'))
  const before = await stateOf(cluster)
  const watched = new Continuity(client)
  say(`${contender.name}: ${count} Services are announced by ARP and BGP; the API server goes`)
  await cluster.controlPlane.kill9('kube-apiserver')
  for (let left = away; left > 0; left -= 20) {
    say(`back in ${left} s; ${watched.said()}`)
    await sleep(Math.min(left, 20) * 1000)
  }
  const started = performance.now()
  const running = cluster.controlPlane.start()
  const accepted = await untilAccepted(cluster)
  say(`the API server answers, ${ms(accepted.at - started)} after it was started`)
  const asker = new Asker(client, addressOf(count))
  const [addressed, answered] = await Promise.all([untilAddressed(cluster), asker.firstAnswer(longest)])
  asker.close()
  await running
  await sleep(3000)
  const asked = await watched.end()
  routes.stop()
  const after = await stateOf(cluster)
  const changed = difference(before, after)
  return [
    {
      what: 'the next Service has its address, from when the API server has taken it',
      value: ms(addressed - accepted.at),
      elsewhere: '76,000 to 83,000 ms',
      aim: '≤ 2,000 ms',
    },
    ...(contender.name === 'Herald'
      ? [{ what: 'the controller leads again', value: ms(ledAt(controller) - accepted.date) }]
      : []),
    { what: 'its first ARP answer', value: ms(answered - accepted.at) },
    {
      what: `of the ${count} announced before: addresses, announcements and epochs that are not as they were`,
      value: changed.length === 0 ? '0' : `${changed.length}: ${changed.slice(0, 3).join('; ')}`,
      aim: '0',
    },
    { what: 'routes of theirs that left the router meanwhile', value: `${routes.left.length}`, aim: '0' },
    {
      what: `questions by ARP meanwhile, without an answer within ${patience} ms`,
      value: `${asked.silent} of ${asked.asked}`,
      anchor: `slowest answer ${ms(asked.slowest)}`,
      aim: '0',
    },
  ]
}

/** By the clock of this process, and by the one on the wall. */
interface Moment {
  readonly at: number
  readonly date: number
}

/** The first request that the API server takes; when it had answered it. */
async function untilAccepted(cluster: KubeCluster): Promise<Moment> {
  const path = `${services}/${webName(count)}`
  const turned = async (): Promise<Moment> => {
    await cluster.api.patch(path, balanced)
    return { at: performance.now(), date: Date.now() }
  }
  return await until('the API server to take a Service', turned, { timeout: 60_000, interval: 10 })
}

async function untilAddressed(cluster: KubeCluster): Promise<number> {
  const path = `${services}/${webName(count)}`
  const address = async (): Promise<string | undefined> =>
    (await cluster.api.get(path)).status?.loadBalancer?.ingress?.[0]?.ip
  const found = await until('the address', address, { timeout: longest, interval: 10 })
  if (found !== addressOf(count)) throw new Error(`it got ${found}, expected ${addressOf(count)}`)
  return performance.now()
}

const announced = (node: LabNode): Promise<string[]> => metricLines(node, 'metallb_speaker_announced{')

/** A line for each address that a status lists, for each announcement and for each epoch; but of the Service that comes later. */
async function stateOf(cluster: KubeCluster): Promise<string[]> {
  const node = cluster.node('node1')
  const listed = (await cluster.api.list(services)).flatMap(({ metadata, status }) =>
    addressesIn(status).map((ip) => `${metadata.name} ${ip}`),
  )
  const lines = [...listed, ...(await announced(node)), ...(await metricLines(node, 'herald_address_epoch{'))]
  return lines.filter((line) => !line.split(/[" ]/).includes(addressOf(count)))
}

/** Lines of one of them that the other one has not. */
function difference(before: readonly string[], after: readonly string[]): string[] {
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`)
  return [...gone, ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`)]
}

function addressesIn(status: ApiObject['status']): string[] {
  const ingress = (status?.loadBalancer?.ingress ?? []) as readonly { readonly ip: string }[]
  return ingress.map(({ ip }) => ip)
}

/** When it said so last, in milliseconds of the wall clock; NaN: never. */
function ledAt({ output }: LabProcess): number {
  const line = output.split('\n').findLast((text) => text.includes('"msg":"leading"'))
  return line === undefined ? Number.NaN : Date.parse(String((JSON.parse(line) as { ts: unknown }).ts))
}

/** Milliseconds in which an address that is announced has to be answered for. */
const patience = 200

/** Asks for the addresses that are announced, one after another, until it is ended. */
class Continuity {
  readonly #client: LabNode
  readonly #done: Promise<void>
  #asked = 0
  #silent = 0
  #slowest = 0
  #ended = false

  constructor(client: LabNode) {
    this.#client = client
    this.#done = this.#run()
  }

  said(): string {
    return `${this.#silent} of ${this.#asked} questions by ARP without an answer`
  }

  async end(): Promise<{ readonly asked: number; readonly silent: number; readonly slowest: number }> {
    this.#ended = true
    await this.#done
    return { asked: this.#asked, silent: this.#silent, slowest: this.#slowest }
  }

  async #run(): Promise<void> {
    for (let at = 0; !this.#ended; at = (at + 1) % count) {
      const asker = new Asker(this.#client, addressOf(at))
      const began = performance.now()
      const took = await asker.firstAnswer().then(
        (heard) => heard - began,
        () => Infinity,
      )
      asker.close()
      this.#asked++
      if (took > patience) this.#silent++
      this.#slowest = Math.max(this.#slowest, took)
      await sleep(between)
    }
  }
}

function say(text: string): void {
  console.error(`outage: ${text}`)
}

function ms(span: number): string {
  return `${Math.round(span).toLocaleString('en')} ms`
}
