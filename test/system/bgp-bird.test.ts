import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { Bird, createLab, until, type Lab, type LabSpec, type Route } from '#lab/index.ts'

import { enterNamespace, peerResource, Speaker, target } from './bgp-speaker.ts'

/** net1 has both families, net2 IPv6 alone. */
const topology: LabSpec = {
  segments: { net1: {}, net2: {} },
  nodes: {
    router: {
      forwarding: true,
      interfaces: [
        { segment: 'net1', addresses: ['192.0.2.1/24', 'fd00:1::1/64'] },
        { segment: 'net2', addresses: ['fd00:2::1/64'] },
      ],
    },
    node1: {
      interfaces: [
        { segment: 'net1', addresses: ['192.0.2.11/24', 'fd00:1::11/64'] },
        { segment: 'net2', addresses: ['fd00:2::11/64'] },
      ],
    },
  },
}

function birdConfig(...sessions: string[]): string {
  return [
    'log stderr all;',
    'router id 192.0.2.1;',
    'protocol device { scan time 1; }',
    'protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; scan time 1; }',
    'protocol kernel { ipv6 { import none; export where source = RTS_BGP; }; scan time 1; }',
    ...sessions,
    '',
  ].join('\n')
}

const timers = 'hold time 9; connect retry time 1; connect delay time 1; error wait time 1, 1;'

describe('native-bgp and a real BIRD router', () => {
  let lab: Lab
  let bird: Bird
  let leave: () => void
  let speaker: Speaker

  beforeAll(async () => {
    lab = await createLab(topology)
    leave = enterNamespace(lab.node('node1'))
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })
  afterEach(async () => {
    await speaker.close()
    await bird.stop()
    // BIRD leaves its routes to the kernel.
    await lab.node('router').exec(['ip', 'route', 'flush', 'proto', 'bird'])
    await lab.node('router').exec(['ip', '-6', 'route', 'flush', 'proto', 'bird'])
  })

  async function start(session: string, spec: Record<string, string | number>): Promise<void> {
    bird = new Bird(lab.node('router'), { config: birdConfig(session) })
    await bird.start()
    speaker = new Speaker()
    await speaker.open()
    await speaker.desire({
      peers: [peerResource('bird', { myASN: 65_001, peerASN: 65_000, ...spec })],
      targets: [
        target('203.0.113.1', { options: { communities: ['65001:7', 'large:65001:1:2'] } }),
        target('2001:db8::1'),
      ],
    })
    await speaker.established('bird')
  }

  async function route(dst: string): Promise<Route> {
    return await until(`a route to ${dst}`, async () => {
      const routes = await lab.node('router').routes(dst.includes(':') ? 'IPv6' : 'IPv4')
      return routes.find((one) => one.dst === dst)
    })
  }

  it('puts routes of both families into its kernel over an IPv4 session', async () => {
    await start(
      `protocol bgp { local as 65000; neighbor 192.0.2.11 as 65001; ${timers} ipv4 { import all; export none; }; ipv6 { import all; export none; }; }`,
      { peerAddress: '192.0.2.1' },
    )
    expect(await route('203.0.113.1')).toMatchObject({ gateway: '192.0.2.11' })
    expect(await route('2001:db8::1')).toMatchObject({ gateway: 'fd00:1::11' })
    const shown = await bird.birdc('show route 203.0.113.1/32 all')
    expect(shown).toContain('BGP.as_path: 65001')
    expect(shown).toContain('BGP.community: (65001,7)')
    expect(shown).toContain('BGP.large_community: (65001, 1, 2)')
  })

  it('puts routes of both families into its kernel over an IPv6 session', async () => {
    await start(
      `protocol bgp { local as 65000; neighbor fd00:1::11 as 65001; ${timers} ipv4 { import all; export none; }; ipv6 { import all; export none; }; }`,
      { peerAddress: 'fd00:1::1' },
    )
    expect(await route('203.0.113.1')).toMatchObject({ gateway: '192.0.2.11' })
    expect(await route('2001:db8::1')).toMatchObject({ gateway: 'fd00:1::11' })
  })

  it('gets IPv4 routes by an IPv6 next hop on a link without IPv4 (RFC 8950)', async () => {
    await start(
      `protocol bgp { local as 65000; neighbor fd00:2::11 as 65001; ${timers} ipv4 { extended next hop on; import all; export none; }; ipv6 { import all; export none; }; }`,
      { peerAddress: 'fd00:2::1' },
    )
    expect(await route('203.0.113.1')).toMatchObject({ via: { family: 'inet6', host: 'fd00:2::11' } })
    expect(await route('2001:db8::1')).toMatchObject({ gateway: 'fd00:2::11' })
  })

  it('learns our routes within its own AS, and a large AS number on our side', async () => {
    await start(
      `protocol bgp { local as 4200000001; neighbor 192.0.2.11 as 4200000001; ${timers} ipv4 { import all; export none; }; ipv6 { import all; export none; }; }`,
      { peerAddress: '192.0.2.1', myASN: 4_200_000_001, peerASN: 4_200_000_001 },
    )
    await route('203.0.113.1')
    const shown = await bird.birdc('show route 203.0.113.1/32 all')
    expect(shown).toContain('BGP.local_pref: 100')
    expect(shown).toMatch(/BGP.as_path: *\n/)
  })

  it('is told that a family was not agreed on', async () => {
    await start(
      `protocol bgp { local as 65000; neighbor 192.0.2.11 as 65001; ${timers} ipv4 { import all; export none; }; }`,
      {
        peerAddress: '192.0.2.1',
      },
    )
    await route('203.0.113.1')
    expect((await speaker.desire({})).targets[1]).toEqual({
      address: '2001:db8::1',
      phase: 'pending',
      reason: 'FamilyNotNegotiated',
      message: 'bird did not agree to receive IPv6 routes',
    })
  })

  it('gets everything again when it asks (RFC 2918)', async () => {
    await start(
      `protocol bgp tor { local as 65000; neighbor 192.0.2.11 as 65001; ${timers} ipv4 { import all; export none; import table off; }; ipv6 { import all; export none; }; }`,
      { peerAddress: '192.0.2.1' },
    )
    await route('203.0.113.1')
    const labels = { peer: '192.0.2.1:179' }
    const before = speaker.host.metrics.value('metallb_bgp_updates_total', labels)
    await bird.birdc('reload in tor')
    await until(
      'the routes to be sent again',
      () => speaker.host.metrics.value('metallb_bgp_updates_total', labels) >= before + 2,
    )
    await route('203.0.113.1')
  })
})
