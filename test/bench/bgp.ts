/* How long from a new Service address to its route in the router's kernel: Herald, and BIRD in the same run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import {
  Bird,
  createLab,
  newRouter,
  NODE_ASN,
  routedBgp,
  ROUTER_ASN,
  routedTopology,
  until,
  type Lab,
  type LabNode,
  type RouterKind,
} from '#lab/index.ts'

import { enterNamespace, peerResource, Speaker, target } from '../system/bgp-speaker.ts'
import type { BenchResult } from './result.ts'

const ROUNDS = 40
const WARM_UP = 3

export default async function bench(): Promise<BenchResult> {
  const rows = []
  for (const kind of ['frr', 'bird'] as const) rows.push(await measure(kind))
  return {
    title: 'New Service to route in the router’s kernel',
    command: 'npm run bench -- bgp',
    rows,
  }
}

async function measure(kind: RouterKind): Promise<BenchResult['rows'][number]> {
  const lab = await createLab(routedTopology({ pods: false }))
  const leave = enterNamespace(lab.node('node1'))
  try {
    await newRouter(kind, lab.node('router'), routedBgp({ holdTime: 90 })).start()
    const watch = new RouteWatch(lab.node('router'))
    const [herald, bird] = [await startHerald(), await startBird(lab)]
    const times = { herald: [] as number[], bird: [] as number[] }
    for (let round = 0; round < ROUNDS + WARM_UP; round++) {
      times.herald.push(await watch.timeOf(`10.1.0.${round}`, () => herald.add(`10.1.0.${round}`)))
      times.bird.push(await watch.timeOf(`10.2.0.${round}`, () => bird.enable(round)))
    }
    await herald.speaker.close()
    watch.stop()
    return {
      what: `router ${kind}, ${ROUNDS} addresses one by one`,
      value: summary(times.herald.slice(WARM_UP)),
      anchor: `BIRD: ${summary(times.bird.slice(WARM_UP))}`,
      aim: 'median ≤ 75 ms or ≤ 1.2 × BIRD',
    }
  } finally {
    leave()
    await lab.dispose()
  }
}

async function startHerald(): Promise<{ speaker: Speaker; add(address: string): void }> {
  const speaker = new Speaker()
  const addresses: string[] = []
  await speaker.open()
  const spec = { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: '172.16.1.1' }
  await speaker.desire({ peers: [peerResource('tor', spec)] })
  await speaker.established('tor')
  return {
    speaker,
    add(address) {
      addresses.push(address)
      void speaker.desire({ targets: addresses.map((one) => target(one)) })
    },
  }
}

/** A second node that announces by BIRD: every route waits in a protocol of its own that is switched on. */
async function startBird(lab: Lab): Promise<{ enable(round: number): void }> {
  const statics = Array.from(
    { length: ROUNDS + WARM_UP },
    (_, i) => `protocol static s${i} { disabled; ipv4; route 10.2.0.${i}/32 blackhole; }`,
  )
  const config = `router id 172.16.2.21; protocol device {}
    ${statics.join('\n')}
    protocol bgp tor { local as ${NODE_ASN}; neighbor 172.16.2.1 as ${ROUTER_ASN}; connect delay time 1;
      ipv4 { import none; export all; }; }\n`
  const bird = new Bird(lab.node('node2'), { config })
  await bird.start()
  await until('BIRD to be connected', async () =>
    (await bird.birdc('show protocols tor')).includes('Established'),
  )
  const control = await controlSocket(join(bird.directory, 'bird.ctl'))
  return { enable: (round) => void control.write(`enable s${round}\n`) }
}

async function controlSocket(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  socket.resume()
  return socket
}

/** Sees routes appear in a router's kernel as they do. */
class RouteWatch {
  readonly #monitor
  readonly #waiting = new Map<string, (at: number) => void>()

  constructor(router: LabNode) {
    const [file = '', ...args] = router.argv(['ip', '-o', 'monitor', 'route'])
    this.#monitor = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface({ input: this.#monitor.stdout }).on('line', (line) => {
      const dst = line.split(' ').find((word) => /^\d+\.\d+\.\d+\.\d+$/.test(word))
      this.#waiting.get(dst ?? '')?.(performance.now())
    })
  }

  /** Milliseconds from `cause` to the first word of a route to `dst`. */
  async timeOf(dst: string, cause: () => void): Promise<number> {
    const seen = new Promise<number>((resolve) => this.#waiting.set(dst, resolve))
    const start = performance.now()
    cause()
    const end = await seen
    this.#waiting.delete(dst)
    return end - start
  }

  stop(): void {
    this.#monitor.kill()
  }
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1)
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`
}
