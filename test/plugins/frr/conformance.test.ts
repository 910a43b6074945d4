import { describe, it } from 'vitest'

import { definePlugin } from '#core/announcer.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { FrrAnnouncer } from '#plugins/frr/announcer.ts'
import { parseConfig } from '#plugins/frr/config.ts'
import frr from '#plugins/frr/plugin.ts'
import { announcerConformance, FakeClock, settle, type Subject } from '#testkit/index.ts'

import { FakeFrr } from './fake-frr.ts'

function ip(text: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

const password = 'sup3rs3cret'

async function subject(): Promise<Subject> {
  const fake = new FakeFrr()
  const clock = new FakeClock()
  const spec = {
    myASN: 7776,
    peerASN: 7675,
    peerAddress: '172.16.1.1',
    peerPort: 179,
    passwordSecret: { name: 'bgp' },
  }
  return {
    plugin: definePlugin({
      ...frr,
      parseConfig,
      create: (config, host) => new FrrAnnouncer(config, host, { vty: fake, portTaken: async () => false }),
    }),
    config: { allowedPrefixes: ['192.0.2.0/24', '2001:db8::/64'] },
    invalidConfig: { socketDirectory: 'relative' },
    addresses: [ip('192.0.2.1'), ip('192.0.2.2'), ip('2001:db8::1')],
    impossible: ip('198.51.100.1'),
    offers: [{ advertisement: 'BGPAdvertisement metallb-system/kit', options: {} }],
    resources: { BGPPeer: [{ name: 'tor', revision: '1', spec }] },
    secrets: { bgp: { password: new TextEncoder().encode(password) } },
    observe: async () => fake.announced('172.16.1.1'),
    outage: {
      begin: async () => fake.kill(),
      end: async () => fake.start(),
    },
    leftovers: {
      plant: async (address) => {
        fake.load(
          [
            'route-map herald-class-77 permit 10',
            ' set tag 77',
            'exit',
            'route-map herald-out-old permit 77',
            ' match tag 77',
            'exit',
            'router bgp 7776',
            ' neighbor 172.16.1.1 remote-as 7675',
            ' neighbor 172.16.1.1 description herald: old',
            ' address-family ipv4 unicast',
            `  network ${address}/32 route-map herald-class-77`,
            '  neighbor 172.16.1.1 route-map herald-out-old out',
            ' exit-address-family',
          ].join('\n'),
        )
      },
    },
    clock,
    pass: async () => {
      await clock.advance(milliseconds(100))
      await settle()
    },
    dispose: async () => {},
  }
}

await announcerConformance({ describe, it }, 'frr', subject)
