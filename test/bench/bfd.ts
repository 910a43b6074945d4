/*
 * How long a router keeps a dead node's route: BFD 50 ms × 3, a silent cut, Herald and FRR by turns in the same run.
 * Both nodes announce an address of their own to one FRR router.
 */
import { fileURLToPath } from 'node:url'

import {
  createLab,
  Frr,
  NODE_ASN,
  renderFrr,
  routedBgp,
  ROUTER_ASN,
  routedTopology,
  until,
  type Lab,
} from '#lab/index.ts'

import { runPollLoopIfWorker } from '#app/poll-loop.ts'
import { BgpNode } from '../system/bgp-node.ts'
import { obeyStandardInput } from '../system/bgp-obey.ts'
import { peerResource, target } from '../system/bgp-speaker.ts'
import type { BenchResult } from './result.ts'
import { RouteWatch, summary } from './support/route-watch.ts'

const SPEAKER = '--speaker'
// This file is also the speaker's program and its poll-loop worker.
if (!runPollLoopIfWorker() && process.argv.includes(SPEAKER)) await obeyStandardInput()

const CUTS = 30
const bfd = { interval: 50, multiplier: 3 }
/** So long that only BFD can have noticed. */
const holdTime = 180

const sides = {
  herald: { node: 'node1', route: '10.1.0.1', router: '172.16.1.1' },
  frr: { node: 'node2', route: '10.2.0.1', router: '172.16.2.1' },
} as const

type Side = (typeof sides)[keyof typeof sides]

export default async function bench(): Promise<BenchResult> {
  const lab = await createLab(routedTopology({ pods: false }))
  try {
    const router = new Frr(lab.node('router'), { config: routedBgp({ bfd, holdTime }) })
    await router.start()
    await startFrr(lab)
    const herald = await startHerald(lab)
    const times = await cutByTurns(lab, router)
    await herald.stop()
    return {
      title: 'BFD 50 ms × 3: a silently cut node’s route leaves the router’s kernel',
      command: 'npm run bench -- bfd',
      rows: [
        {
          what: `${CUTS} cuts`,
          value: summary(times.herald, 0),
          anchor: `FRR to FRR: ${summary(times.frr, 0)}`,
          aim: 'median ≤ 210 ms',
        },
      ],
    }
  } finally {
    await lab.dispose()
  }
}

async function cutByTurns(lab: Lab, router: Frr): Promise<Record<keyof typeof sides, number[]>> {
  const watch = await RouteWatch.on(lab.node('router'))
  const times = { herald: [] as number[], frr: [] as number[] }
  try {
    for (let cut = 0; cut < CUTS; cut++) {
      for (const name of ['herald', 'frr'] as const) {
        await settled(lab, router, sides[name])
        const gone = watch.next(sides[name].route, 'leaves')
        // Cutting takes a process of its own: the moment is when that is done.
        await lab.node(sides[name].node).cutLink()
        const start = performance.now()
        times[name].push((await gone) - start)
        await lab.node(sides[name].node).healLink()
      }
    }
  } finally {
    watch.stop()
  }
  return times
}

/** The route is there, and BFD has slowed down to what was agreed on: at the beginning it is more patient. */
async function settled(lab: Lab, router: Frr, { node, route }: Side): Promise<void> {
  const peer = lab.node(node).address()
  const options = { timeout: 60_000 }
  await until(
    `BFD with ${node} at full speed`,
    async () => {
      const reports =
        await router.showJson<{ peer: string; status: string; 'remote-transmit-interval': number }[]>(
          'show bfd peers',
        )
      const report = reports.find((one) => one.peer === peer)
      return report?.status === 'up' && report['remote-transmit-interval'] === bfd.interval
    },
    options,
  )
  const routed = async (): Promise<boolean> =>
    (await lab.node('router').routes()).some(({ dst }) => dst === route)
  await until(`the route of ${node}`, routed, options)
}

async function startHerald(lab: Lab): Promise<BgpNode> {
  const { node, route, router } = sides.herald
  const herald = new BgpNode(lab.node(node), fileURLToPath(import.meta.url), SPEAKER)
  const spec = {
    myASN: NODE_ASN,
    peerASN: ROUTER_ASN,
    peerAddress: router,
    bfdProfile: 'fast',
    connectTime: '1s',
  }
  const intervals = { transmitInterval: bfd.interval, receiveInterval: bfd.interval }
  await herald.desire({
    profiles: [{ name: 'fast', revision: '1', spec: { ...intervals, detectMultiplier: bfd.multiplier } }],
    peers: [peerResource('tor', spec)],
    targets: [target(route)],
  })
  return herald
}

async function startFrr(lab: Lab): Promise<void> {
  const { node, route, router } = sides.frr
  const neighbors = [{ address: router, asn: ROUTER_ASN, bfd, holdTime }]
  const config = renderFrr({ asn: NODE_ASN, routerId: '172.16.2.21', neighbors })
  const frr = new Frr(lab.node(node), { config })
  await frr.start()
  const announce = ['no bgp network import-check', 'address-family ipv4 unicast', `network ${route}/32`]
  await frr.vtysh('configure terminal', `router bgp ${NODE_ASN}`, ...announce)
}
