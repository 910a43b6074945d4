/* The peer of a link without addresses, with an FRR of another generation; bgp-suite has the machine's own release. */
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createLab, Frr, newerProgramMissing, NODE_ASN, ROUTER_ASN, until, type Lab } from '#lab/index.ts'

import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { BgpNode } from './bgp-node.ts'
import { peerResource, target } from './bgp-speaker.ts'

const config = [
  'interface eth0',
  ' ipv6 nd ra-interval 1',
  ' no ipv6 nd suppress-ra',
  'exit',
  `router bgp ${ROUTER_ASN}`,
  ' bgp router-id 192.0.2.1',
  ' no bgp ebgp-requires-policy',
  ' neighbor eth0 interface remote-as external',
  ' neighbor eth0 timers connect 1',
  ' address-family ipv6 unicast',
  '  neighbor eth0 activate',
  ' exit-address-family',
  'exit',
  '',
].join('\n')

const peers = [
  peerResource('link', { myASN: NODE_ASN, dynamicASN: 'external', interface: 'eth0', connectTime: '1s' }),
]

interface Path {
  readonly nexthops: readonly { readonly ip: string }[]
}

const obstacle = newerProgramMissing('frr-10')
const suite = obstacle === undefined ? describe : describe.skip
suite(`native-bgp on a link without addresses, and FRR 10${obstacle ? ` (${obstacle})` : ''}`, () => {
  let bundle: BundledWorker
  let lab: Lab
  let router: Frr
  let node: BgpNode

  beforeAll(async () => {
    bundle = await bundleWorker(fileURLToPath(new URL('bgp-harness.ts', import.meta.url)))
    const only = { interfaces: [{ segment: 'bare' }] }
    lab = await createLab({
      segments: { bare: {} },
      nodes: { router: { ...only, forwarding: true }, node1: only },
    })
    router = new Frr(lab.node('router'), { config, release: 'frr-10', daemons: ['bgpd'] })
    await router.start()
    node = new BgpNode(lab.node('node1'), bundle.script)
  })
  afterAll(async () => {
    await node.stop()
    await lab.dispose()
    bundle.remove()
  })

  it('finds the router and tells it both families, by next hops of the link', async () => {
    await node.desire({ peers, targets: [target('10.254.254.1'), target('2001:db8:254::1')] })
    await node.established('link')
    for (const [family, prefix] of [
      ['ipv4', '10.254.254.1/32'],
      ['ipv6', '2001:db8:254::1/128'],
    ]) {
      const hops = await until(`the ${family} route`, async () => {
        const shown = `show bgp ${family} unicast ${prefix}`
        const { paths = [] } = await router.showJson<{ paths?: Path[] }>(shown)
        return paths[0]?.nexthops.map(({ ip }) => ip)
      })
      expect(hops.some((ip) => ip.startsWith('fe80::'))).toBe(true)
    }
  })

  it('puts IPv4 routes by that next hop into the router’s kernel (RFC 8950)', async () => {
    const shown = (): Promise<string> => lab.node('router').run(['ip', '-4', 'route', 'show', '10.254.254.1'])
    expect(await until('the route', async () => (await shown()).includes('via inet6 fe80::'))).toBe(true)
  })
})
