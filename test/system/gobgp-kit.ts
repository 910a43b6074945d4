/* The conformance kit on a real gobgpd of some release: the outsider is the router that it tells. */
import { afterAll, describe, it } from 'vitest'

import { parseAddress, type Address } from '#core/model/address.ts'
import {
  createLab,
  Frr,
  GoBgp,
  routedBgp,
  ROUTER_ASN,
  NODE_ASN,
  routedTopology,
  until,
  type Lab,
  type NewerProgram,
} from '#lab/index.ts'
import gobgp from '#plugins/gobgp/plugin.ts'
import { announcerConformance } from '#testkit/index.ts'

import { enterNamespace, peerResource, target } from './bgp-speaker.ts'
import { PluginSpeaker } from './plugin-speaker.ts'

const spec = { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: '172.16.1.1', connectTime: '1s' }
const peers = [peerResource('tor', spec)]

let lab: Lab | undefined
let frr: Frr
let leave: () => void

/** One lab for all subjects, made when the first asks for it; each gets a gobgpd of its own. */
async function startedLab(): Promise<Lab> {
  if (lab !== undefined) return lab
  lab = await createLab(routedTopology({ pods: false }))
  leave = enterNamespace(lab.node('node1'))
  frr = new Frr(lab.node('router'), { config: routedBgp({ holdTime: 3 }) })
  await frr.start()
  return lab
}

async function learnt(): Promise<ReadonlySet<Address>> {
  const tables = await Promise.all(
    ['ipv4', 'ipv6'].map((family) => frr.showJson<{ routes?: object }>(`show bgp ${family} unicast`)),
  )
  const prefixes = tables.flatMap(({ routes = {} }) => Object.keys(routes))
  return new Set(prefixes.flatMap((prefix) => parseAddress(prefix.split('/')[0] ?? '') ?? []))
}

afterAll(async () => {
  leave()
  await lab?.dispose()
})

export async function gobgpConformance(name: string, release?: NewerProgram): Promise<void> {
  await announcerConformance({ describe, it }, name, async () => {
    const node = (await startedLab()).node('node1')
    const daemon = new GoBgp(node, { config: '', ...(release && { release }) })
    await daemon.start()
    const config = {
      endpoint: `unix:${daemon.apiSocket}`,
      allowedPrefixes: ['10.254.0.0/16', '2001:db8::/32'],
    }
    return {
      plugin: gobgp,
      config,
      invalidConfig: { endpoint: 'gobgpd' },
      addresses: ['10.254.254.1', '10.254.254.2', '2001:db8:254::1'] as unknown as [
        Address,
        Address,
        Address,
      ],
      resources: { BGPPeer: peers },
      patience: 4000,
      observe: learnt,
      outage: { begin: () => daemon.kill9(), end: () => daemon.start() },
      leftovers: {
        async plant(address) {
          const earlier = new PluginSpeaker(gobgp, config)
          await earlier.open()
          await earlier.desire({ peers, targets: [target(address)] })
          await until('the route of an earlier life', async () => (await learnt()).has(address))
          await earlier.close()
        },
      },
      async dispose() {
        await daemon.stop()
        await until('the routes to go', async () => (await learnt()).size === 0)
      },
    }
  })
}
