/*
 * Herald on one node and FRR on another announce an address each to one FRR router: what benchmarks have in common that
 * look how soon a loss is noticed.
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
import { BgpNode } from '../../system/bgp-node.ts'
import { obeyStandardInput } from '../../system/bgp-obey.ts'
import { peerResource, target } from '../../system/bgp-speaker.ts'

const SPEAKER = '--speaker'
// The benchmark's bundle is also the speaker's program and its poll-loop worker.
if (!runPollLoopIfWorker() && process.argv.includes(SPEAKER)) await obeyStandardInput()

export const sides = {
  herald: { node: 'node1', route: '10.1.0.1', router: '172.16.1.1' },
  frr: { node: 'node2', route: '10.2.0.1', router: '172.16.2.1' },
} as const
export const names = ['herald', 'frr'] as const

export type Side = (typeof sides)[keyof typeof sides]
/** Milliseconds. */
export type Times = Readonly<Record<keyof typeof sides, number[]>>

export interface Terms {
  /** Seconds. */
  readonly holdTime: number
  /** Milliseconds. */
  readonly bfd?: { readonly interval: number; readonly multiplier: number }
}

export interface Cast {
  readonly lab: Lab
  readonly router: Frr
  readonly herald: BgpNode
  readonly frr: Frr
}

export async function onTwoNodes<T>(terms: Terms, play: (cast: Cast) => Promise<T>): Promise<T> {
  const lab = await createLab(routedTopology({ pods: false }))
  try {
    const router = new Frr(lab.node('router'), { config: routedBgp(terms) })
    await router.start()
    const [frr, herald] = [await startFrr(lab, terms), await startHerald(lab, terms)]
    const result = await play({ lab, router, herald, frr })
    await herald.stop()
    return result
  } finally {
    await lab.dispose()
  }
}

/** Until the router's kernel has the routes of these sides. */
export async function routed(lab: Lab, wanted: readonly Side[]): Promise<void> {
  const there = async (): Promise<boolean> => {
    const routes = (await lab.node('router').routes()).map(({ dst }) => dst)
    return wanted.every(({ route }) => routes.includes(route))
  }
  await until(`the routes of ${wanted.map(({ node }) => node).join()}`, there, { timeout: 60_000 })
}

async function startHerald(lab: Lab, { holdTime, bfd }: Terms): Promise<BgpNode> {
  const { node, route, router } = sides.herald
  const herald = new BgpNode(lab.node(node), fileURLToPath(import.meta.url), SPEAKER)
  const spec = {
    myASN: NODE_ASN,
    peerASN: ROUTER_ASN,
    peerAddress: router,
    holdTime: `${holdTime}s`,
    connectTime: '1s',
    ...(bfd && { bfdProfile: 'fast' }),
  }
  const profiles = bfd && [
    {
      name: 'fast',
      revision: '1',
      spec: {
        transmitInterval: bfd.interval,
        receiveInterval: bfd.interval,
        detectMultiplier: bfd.multiplier,
      },
    },
  ]
  await herald.desire({
    ...(profiles && { profiles }),
    peers: [peerResource('tor', spec)],
    targets: [target(route)],
  })
  return herald
}

async function startFrr(lab: Lab, { holdTime, bfd }: Terms): Promise<Frr> {
  const { node, route, router } = sides.frr
  const neighbors = [{ address: router, asn: ROUTER_ASN, holdTime, ...(bfd && { bfd }) }]
  const frr = new Frr(lab.node(node), {
    config: renderFrr({ asn: NODE_ASN, routerId: '172.16.2.21', neighbors }),
  })
  await frr.start()
  const announce = ['no bgp network import-check', 'address-family ipv4 unicast', `network ${route}/32`]
  await frr.vtysh('configure terminal', `router bgp ${NODE_ASN}`, ...announce)
  return frr
}
