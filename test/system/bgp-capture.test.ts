/* What FRR and BIRD really send, recorded at our transport: every message is understood, and written back the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Bird, createLab, Frr, NODE_ASN, ROUTER_ASN, routedTopology, until, type Lab } from '#lab/index.ts'
import { tcpTransport } from '#plugins/native-bgp/io/tcp-transport.ts'
import type { Connection, Transport } from '#plugins/native-bgp/transport.ts'
import { Framer } from '#plugins/native-bgp/wire/framer.ts'
import { decode, encode, type Received } from '#plugins/native-bgp/wire/message.ts'
import { realClock } from '#testkit/real-clock.ts'

import { sendable } from '../plugins/native-bgp/wire/sendable.ts'
import { enterNamespace, peerResource, Speaker, target } from './bgp-speaker.ts'

const context = { fourOctetAs: true, internal: false }

/** A transport that keeps every octet received. */
class Recorder implements Transport {
  readonly #inner = tcpTransport(realClock)
  readonly #framer = new Framer()
  /** Whole messages with their octets. */
  readonly messages: { readonly bytes: Uint8Array; readonly message: Received }[] = []
  readonly faults: unknown[] = []
  readonly listen: Transport['listen'] = (port, accept) => this.#inner.listen(port, accept)

  connect(...args: Parameters<Transport['connect']>): Connection {
    const connection = this.#inner.connect(...args)
    return {
      start: (events) =>
        connection.start({
          connected: (ends) => events.connected(ends),
          data: (bytes) => {
            this.#record(bytes)
            events.data(bytes)
          },
          drained: () => events.drained(),
          closed: (code, detail) => events.closed(code, detail),
        }),
      write: (bytes) => connection.write(bytes),
      rekey: (...key) => connection.rekey(...key),
      demandTtl: (minTtl) => connection.demandTtl(minTtl),
      end: () => connection.end(),
    }
  }

  /** Names of the attributes in accepted UPDATEs. */
  attributes(): Set<string> {
    return new Set(
      this.messages.flatMap(({ message }) =>
        message.type === 'update' && message.verdict.action === 'accept'
          ? message.verdict.update.attributes.map(({ name }) => name)
          : [],
      ),
    )
  }

  types(): Set<string> {
    return new Set(this.messages.map(({ message }) => message.type))
  }

  #record(bytes: Uint8Array): void {
    for (const frame of this.#framer.push(bytes)) {
      if (frame.kind === 'reset') {
        this.faults.push(frame.notification)
        return
      }
      const { body, length, type } = frame
      const header = [...Array<number>(16).fill(0xff), length >> 8, length & 0xff, type]
      this.messages.push({ bytes: Uint8Array.of(...header, ...body), message: decode(frame, context) })
    }
  }
}

function expectUnderstood(recorder: Recorder): void {
  expect(recorder.faults).toEqual([])
  for (const { bytes, message } of recorder.messages) {
    if (message.type === 'update') expect(message.verdict).toMatchObject({ action: 'accept', faults: [] })
    const again = sendable(message)
    expect(again && encode(again, context)).toEqual(bytes)
  }
}

const everyType = ['keepalive', 'notification', 'open', 'routeRefresh', 'update']

const frrConfig = `
bgp large-community-list standard unused seq 5 permit 1:1:1
route-map OUT permit 10
 set community 65000:1 65000:2
 set large-community 65000:1:2 65000:1:3
 set extcommunity rt 65000:5
 set metric 50
 set as-path prepend 65010 4200000001
exit
router bgp ${ROUTER_ASN}
 bgp router-id 172.16.1.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 172.16.1.11 remote-as ${NODE_ASN}
 neighbor 172.16.1.11 timers 1 3
 neighbor 172.16.1.11 advertisement-interval 0
 address-family ipv4 unicast
  network 198.51.100.0/24
  network 198.51.101.128/25
  aggregate-address 198.51.0.0/16
  neighbor 172.16.1.11 activate
  neighbor 172.16.1.11 route-map OUT out
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:1::/48
  neighbor 172.16.1.11 activate
  neighbor 172.16.1.11 route-map OUT out
 exit-address-family
exit
`

const birdConfig = `
log stderr all;
router id 172.16.1.1;
protocol device {}
protocol static { ipv4; route 198.51.100.0/24 blackhole; route 0.0.0.0/0 blackhole; route 198.51.101.1/32 blackhole; }
protocol static { ipv6; route 2001:db8:1::/48 blackhole; route 2001:db8:2::1/128 blackhole; }
filter decorated {
  bgp_community.add((65000, 1));
  bgp_large_community.add((65000, 1, 2));
  bgp_ext_community.add((rt, 65000, 5));
  bgp_med = 50;
  bgp_path.prepend(4200000001);
  accept;
}
protocol bgp tor {
  local as ${ROUTER_ASN};
  neighbor 172.16.1.11 as ${NODE_ASN};
  hold time 3;
  enable extended messages on;
  ipv4 { import all; export filter decorated; };
  ipv6 { import all; export filter decorated; };
}
`

describe('messages of real routers', () => {
  let lab: Lab
  let leave: () => void

  beforeAll(async () => {
    lab = await createLab(routedTopology({ pods: false }))
    leave = enterNamespace(lab.node('node1'))
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })

  async function session(recorder: Recorder): Promise<Speaker> {
    const speaker = new Speaker({ transport: recorder, config: { listenPort: 0 } })
    await speaker.open()
    await speaker.desire({
      peers: [
        peerResource('tor', {
          myASN: NODE_ASN,
          peerASN: ROUTER_ASN,
          peerAddress: '172.16.1.1',
          holdTime: '3s',
        }),
      ],
      targets: [target('10.254.254.1')],
    })
    await speaker.established('tor')
    await until('UPDATEs of both families', () => recorder.attributes().has('mpReach'))
    return speaker
  }

  it('FRR', async () => {
    const frr = new Frr(lab.node('router'), { config: frrConfig })
    await frr.start()
    const recorder = new Recorder()
    const speaker = await session(recorder)
    await until('the aggregate', () => recorder.attributes().has('aggregator'))
    await frr.vtysh(
      'configure terminal',
      `router bgp ${ROUTER_ASN}`,
      'address-family ipv6 unicast',
      'no network 2001:db8:1::/48',
    )
    await until('the withdrawal', () => recorder.attributes().has('mpUnreach'))
    await frr.vtysh('clear bgp ipv4 unicast 172.16.1.11 soft in')
    await until('the refresh', () => recorder.types().has('routeRefresh'))
    await frr.vtysh(
      'configure terminal',
      `router bgp ${ROUTER_ASN}`,
      'neighbor 172.16.1.11 shutdown message tea',
    )
    await until('the farewell', () => recorder.types().has('notification'))
    await until('its words', () => speaker.peer('tor')?.message?.includes('"tea"'))
    await speaker.close()
    await frr.stop()
    expectUnderstood(recorder)
    expect([...recorder.types()].sort()).toEqual(everyType)
    expect([...recorder.attributes()].sort()).toEqual([
      'aggregator',
      'asPath',
      'atomicAggregate',
      'communities',
      'extendedCommunities',
      'largeCommunities',
      'med',
      'mpReach',
      'mpUnreach',
      'nextHop',
      'origin',
    ])
  })

  it('BIRD', async () => {
    const bird = new Bird(lab.node('router'), { config: birdConfig })
    await bird.start()
    const recorder = new Recorder()
    const speaker = await session(recorder)
    await bird.birdc('reload in tor')
    await until('the refresh', () => recorder.types().has('routeRefresh'))
    await bird.birdc('disable static2')
    await until('the withdrawal', () => recorder.attributes().has('mpUnreach'))
    await bird.birdc('disable tor')
    await until('the farewell', () => recorder.types().has('notification'))
    await speaker.close()
    await bird.stop()
    expectUnderstood(recorder)
    expect([...recorder.types()].sort()).toEqual(everyType)
    expect([...recorder.attributes()].sort()).toEqual([
      'asPath',
      'communities',
      'extendedCommunities',
      'largeCommunities',
      'med',
      'mpReach',
      'mpUnreach',
      'nextHop',
      'origin',
    ])
  })
})
