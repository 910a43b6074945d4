import { describe, it } from 'vitest'

import { definePlugin } from '#core/announcer.ts'
import { bgpOptionsSchema } from '#core/bgp/options.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { GoBgpAnnouncer } from '#plugins/gobgp/announcer.ts'
import { parseConfig } from '#plugins/gobgp/config.ts'
import { announcerConformance } from '#testkit/index.ts'

import { FakeGoBgpd } from './fake-gobgpd.ts'

const tor = '192.0.2.1' as Address
const spec = { myASN: 65_001, peerASN: 65_000, peerAddress: tor, passwordSecret: { name: 'tor' } }

await announcerConformance({ describe, it }, 'gobgp with a gobgpd in memory', async () => {
  const daemon = new FakeGoBgpd()
  const clock = new FakeClock()
  const localAddresses = async () => ({ IPv4: '192.0.2.11' as Address, IPv6: 'fd00::11' as Address })
  return {
    plugin: definePlugin({
      api: 1,
      name: 'gobgp',
      placement: 'every-node',
      fencing: 'none',
      resources: ['BGPPeer'],
      optionsSchema: bgpOptionsSchema,
      unsupported: [],
      parseConfig,
      create: (config, host) => new GoBgpAnnouncer(config, host, { connect: daemon.connect, localAddresses }),
    }),
    config: { allowedPrefixes: ['203.0.113.0/24', '2001:db8::/32'] },
    invalidConfig: { colour: 'blue' },
    addresses: ['203.0.113.1', '203.0.113.2', '2001:db8::1'] as unknown as [Address, Address, Address],
    impossible: '198.51.100.1' as Address,
    resources: { BGPPeer: [{ name: 'tor', revision: '1', spec }] },
    secrets: { tor: { password: new TextEncoder().encode('sup3rs3cret') } },
    clock,
    async observe() {
      const prefixes = Object.keys(daemon.heard(tor))
      return new Set(prefixes.flatMap((prefix) => parseAddress(prefix.split('/')[0] ?? '') ?? []))
    },
    async pass() {
      await clock.advance(milliseconds(100))
      await new Promise((resolve) => setImmediate(resolve))
    },
    outage: {
      begin: async () => daemon.crash(),
      end: async () => void (daemon.reachable = true),
    },
    dispose: async () => undefined,
  }
})
