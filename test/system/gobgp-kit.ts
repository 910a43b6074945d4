/* The conformance kit on a real gobgpd of some release: the outsider is the router that it tells. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

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

/** Whatever puts a path of ours into gobgpd's table: it is the last that can keep it from the routers. */
function gobgpBelt(name: string, release: NewerProgram | undefined): void {
  describe(name, () => {
    let daemon: GoBgp
    let speaker: PluginSpeaker

    beforeEach(async () => {
      daemon = new GoBgp((await startedLab()).node('node1'), { config: '', ...(release && { release }) })
      await daemon.start()
    })
    afterEach(async () => {
      await speaker.close()
      await daemon.stop()
      await until('the routes to go', async () => (await learnt()).size === 0)
    })

    async function announce(allowedPrefixes: readonly string[], ...addresses: string[]): Promise<void> {
      speaker = new PluginSpeaker(gobgp, { endpoint: `unix:${daemon.apiSocket}`, allowedPrefixes })
      await speaker.open()
      await speaker.desire({ peers, targets: addresses.map((one) => target(one)) })
      await heard(...addresses)
    }

    async function heard(...addresses: string[]): Promise<void> {
      const all = async (): Promise<boolean> => {
        const known = await learnt()
        return addresses.every((one) => known.has(one as Address))
      }
      await until(`${addresses.join()} at the router`, all)
    }

    /** As Herald does, and as no Herald should: straight into the table, with the mark of a route that goes out. */
    async function slipIn(mark: number, ...prefixes: string[]): Promise<void> {
      const add = [...daemon.client.slice(daemon.node.argv([]).length), 'global', 'rib', 'add']
      for (const prefix of prefixes) {
        const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
        await daemon.node.run([...add, prefix, '-a', family, 'large-community', `1212502593:0:${mark}`])
      }
    }

    it('holds back what is not allowed, and a default route in any case', async () => {
      await announce(['10.254.0.0/16', '2001:db8:254::/48'], '10.254.254.1', '2001:db8:254::1')
      // One mark for each family: their next hops differ.
      await slipIn(1, '0.0.0.0/0', '10.0.0.0/8', '10.253.0.0/16', '10.254.0.0/24')
      await slipIn(2, '::/0', '2001:db8::/32', '2001:db8:255::/48', '2001:db8:254:1::/64')
      await heard('10.254.0.0', '2001:db8:254:1::')
      expect([...(await learnt())].sort()).toEqual(
        ['10.254.0.0', '10.254.254.1', '2001:db8:254:1::', '2001:db8:254::1'].sort(),
      )
    })

    it('makes room for what a new configuration allows, and for one family alone', async () => {
      await announce(['10.254.0.0/16'], '10.254.254.1')
      await slipIn(1, '2001:db8::/32')
      await speaker.close()
      await announce(['10.254.0.0/16', '10.253.0.0/16'], '10.254.254.1', '10.253.0.1')
      expect((await learnt()).size).toBe(2)
    })
  })
}

export async function gobgpConformance(name: string, release?: NewerProgram): Promise<void> {
  gobgpBelt(`the safety belt of ${name}`, release)
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
