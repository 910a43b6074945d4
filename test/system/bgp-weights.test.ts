/* Weighted paths: a router sends to each node as much as it has endpoints, by the link-bandwidth community. */
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createLab,
  Frr,
  NODE_ASN,
  routedBgp,
  ROUTER_ASN,
  routedTopology,
  until,
  type Lab,
} from '#lab/index.ts'

import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { BgpNode } from './bgp-node.ts'
import { peerResource, target } from './bgp-speaker.ts'

const routers = { node1: '172.16.1.1', node2: '172.16.2.1' } as const
const prefix = '10.254.254.1'

describe('two native-bgp nodes with three endpoints and one', () => {
  let bundle: BundledWorker
  let lab: Lab
  let nodes: Readonly<Record<keyof typeof routers, BgpNode>>

  beforeAll(async () => {
    bundle = await bundleWorker(fileURLToPath(new URL('bgp-harness.ts', import.meta.url)))
    lab = await createLab(routedTopology({ pods: false }))
    await new Frr(lab.node('router'), { config: routedBgp(), daemons: ['bgpd'] }).start()
    const node = (name: keyof typeof routers): BgpNode => new BgpNode(lab.node(name), bundle.script)
    nodes = { node1: node('node1'), node2: node('node2') }
  })
  afterAll(async () => {
    await Promise.all(Object.values(nodes ?? {}).map((node) => node.stop()))
    await lab.dispose()
    bundle.remove()
  })

  async function announce(name: keyof typeof routers, localEndpoints: number): Promise<void> {
    const services = [{ name: 'default/web', labels: {}, localEndpoints, totalEndpoints: 4 }]
    const spec = { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: routers[name], connectTime: '1s' }
    await nodes[name].desire({
      peers: [peerResource('tor', spec)],
      targets: [target(prefix, { services, options: { linkBandwidth: true } })],
    })
  }

  /** Weights in the router's kernel, by next hop. */
  async function weights(): Promise<Record<string, number>> {
    const text = await lab.node('router').run(['ip', '-4', 'route', 'show', prefix])
    const hops = [...text.matchAll(/via (\S+) .*?weight (\d+)/g)]
    return Object.fromEntries(hops.map(([, hop = '', weight]) => [hop, Number(weight)]))
  }

  function weighted(first: number, second: number): Promise<unknown> {
    return until(`weights of ${first} to ${second}`, async () => {
      const { '172.16.1.11': one = 0, '172.16.2.21': two = 0 } = await weights()
      return two > 0 && Math.abs(one / two - first / second) < 0.05 * (first / second)
    })
  }

  it('get three quarters of the traffic and one, by the routes in the kernel of an FRR router', async () => {
    await announce('node1', 3)
    await announce('node2', 1)
    await weighted(3, 1)
    expect(Object.keys(await weights()).sort()).toEqual(['172.16.1.11', '172.16.2.21'])
  })

  it('get halves once their endpoints are as many', async () => {
    await announce('node1', 2)
    await announce('node2', 2)
    await weighted(1, 1)
  })
})
