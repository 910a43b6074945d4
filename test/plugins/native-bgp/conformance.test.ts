import { describe, it } from 'vitest'

import { definePlugin } from '#core/announcer.ts'
import { FakeClock, settle } from '#core/fakes/fake-clock.ts'
import { milliseconds } from '#core/model/duration.ts'
import { BgpAnnouncer } from '#plugins/native-bgp/announcer.ts'
import { parseConfig } from '#plugins/native-bgp/config.ts'
import nativeBgp from '#plugins/native-bgp/plugin.ts'
import { announcerConformance, type Subject } from '#testkit/index.ts'

import { FakeBfd } from './fake-bfd.ts'
import { FakeDiscovery } from './fake-discovery.ts'
import { FakeNetwork, ip } from './fake-network.ts'

const addresses = [ip('192.0.2.10'), ip('198.51.100.1'), ip('2001:db8::1')] as const
const impossible = ip('203.0.113.1')

/** The plugin as it ships, with a router in memory at the other end. */
async function subject(): Promise<Subject> {
  const clock = new FakeClock()
  const network = new FakeNetwork()
  const router = network.add({ address: '172.16.1.1', as: 7675 })
  const spec = {
    myASN: 7776,
    peerASN: 7675,
    peerAddress: '172.16.1.1',
    passwordSecret: { name: 'bgp' },
  }
  return {
    plugin: definePlugin({
      ...nativeBgp,
      parseConfig,
      create: (config, host) =>
        new BgpAnnouncer(config, host, {
          transport: network,
          bfd: new FakeBfd(),
          discovery: new FakeDiscovery(),
        }),
    }),
    config: { allowedPrefixes: ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/64'] },
    invalidConfig: { listenPort: -1 },
    addresses,
    impossible,
    resources: { BGPPeer: [{ name: 'tor', revision: '1', spec }] },
    secrets: { bgp: { password: new TextEncoder().encode('sup3rs3cret') } },
    observe: async () =>
      new Set([...addresses, impossible].filter((address) => router.rib.has(`${address}/${bits(address)}`))),
    outage: {
      begin: async () => {
        router.mode = 'refuse'
        router.pipe?.cut('ECONNRESET')
        await settle()
      },
      end: async () => {
        router.mode = 'answer'
      },
    },
    clock,
    pass: () => clock.advance(milliseconds(100)),
    patience: 100,
    dispose: async () => undefined,
  }
}

function bits(address: string): number {
  return address.includes(':') ? 128 : 32
}

await announcerConformance({ describe, it }, 'native-bgp', subject)
