/*
 * Hold time 3 s without BFD: how long a router keeps the route of a node that is cut off, and how long a node takes to
 * notice that its router has frozen. Herald and FRR at the same moments, beside one FRR router.
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
// This file is also the speaker's program.
if (!runPollLoopIfWorker() && process.argv.includes(SPEAKER)) await obeyStandardInput()

const ROUNDS = 10
const holdTime = 3

const sides = {
  herald: { node: 'node1', route: '10.1.0.1', router: '172.16.1.1' },
  frr: { node: 'node2', route: '10.2.0.1', router: '172.16.2.1' },
} as const
const names = ['herald', 'frr'] as const

type Times = Record<keyof typeof sides, number[]>

export default async function bench(): Promise<BenchResult> {
  const lab = await createLab(routedTopology({ pods: false }))
  try {
    const router = new Frr(lab.node('router'), { config: routedBgp({ holdTime }) })
    await router.start()
    const [frr, herald] = [await startFrr(lab), await startHerald(lab)]
    const cut = await cuts(lab)
    const frozen = await freezes(lab, { router, frr, herald })
    await herald.stop()
    const row = (what: string, times: Times): BenchResult['rows'][number] => ({
      what: `${what}, ${ROUNDS} times`,
      value: summary(times.herald, 0),
      anchor: `FRR: ${summary(times.frr, 0)}`,
      aim: '≤ 3,200 ms',
    })
    return {
      title: 'Hold time 3 s, keepalives every second, no BFD',
      command: 'npm run bench -- hold',
      rows: [
        row('node cut off: its route leaves the router’s kernel', cut),
        row('router frozen: the node says that the session is lost', frozen),
      ],
    }
  } finally {
    await lab.dispose()
  }
}

/** Both nodes at the same moment. */
async function cuts(lab: Lab): Promise<Times> {
  const watch = await RouteWatch.on(lab.node('router'))
  const times: Times = { herald: [], frr: [] }
  for (let round = 0; round < ROUNDS; round++) {
    await routed(lab)
    await Promise.all(
      names.map(async (name) => {
        const gone = watch.next(sides[name].route, 'leaves')
        await lab.node(sides[name].node).cutLink()
        const start = performance.now()
        times[name].push((await gone) - start)
        await lab.node(sides[name].node).healLink()
      }),
    )
  }
  watch.stop()
  return times
}

interface Cast {
  readonly router: Frr
  readonly frr: Frr
  readonly herald: BgpNode
}

async function freezes(lab: Lab, { router, frr, herald }: Cast): Promise<Times> {
  const times: Times = { herald: [], frr: [] }
  const options = { timeout: 30_000, interval: 5 }
  for (let round = 0; round < ROUNDS; round++) {
    await routed(lab)
    const up = async (): Promise<boolean> =>
      (await frr.vtysh('show bgp summary json')).includes('"Established"')
    await until('FRR to know of it', up, options)
    await herald.established('tor')
    router.freeze()
    const start = performance.now()
    await Promise.all([
      until('Herald to notice', () => herald.peer('tor')?.state !== 'Established', options).then(() =>
        times.herald.push(performance.now() - start),
      ),
      until('FRR to notice', async () => !(await up()), options).then(() =>
        times.frr.push(performance.now() - start),
      ),
    ])
    router.thaw()
  }
  return times
}

async function routed(lab: Lab): Promise<void> {
  const wanted = names.map((name) => sides[name].route)
  const there = async (): Promise<boolean> => {
    const routes = (await lab.node('router').routes()).map(({ dst }) => dst)
    return wanted.every((route) => routes.includes(route))
  }
  await until('both routes', there, { timeout: 60_000 })
}

async function startHerald(lab: Lab): Promise<BgpNode> {
  const { node, route, router } = sides.herald
  const herald = new BgpNode(lab.node(node), fileURLToPath(import.meta.url), SPEAKER)
  const spec = {
    myASN: NODE_ASN,
    peerASN: ROUTER_ASN,
    peerAddress: router,
    holdTime: '3s',
    connectTime: '1s',
  }
  await herald.desire({ peers: [peerResource('tor', spec)], targets: [target(route)] })
  return herald
}

async function startFrr(lab: Lab): Promise<Frr> {
  const { node, route, router } = sides.frr
  const neighbors = [{ address: router, asn: ROUTER_ASN, holdTime }]
  const frr = new Frr(lab.node(node), {
    config: renderFrr({ asn: NODE_ASN, routerId: '172.16.2.21', neighbors }),
  })
  await frr.start()
  const announce = ['no bgp network import-check', 'address-family ipv4 unicast', `network ${route}/32`]
  await frr.vtysh('configure terminal', `router bgp ${NODE_ASN}`, ...announce)
  return frr
}
