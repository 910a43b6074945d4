import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Json } from '#core/model/json.ts'
import { Bird, createLab, Frr, GoBgp, until, type Lab, type LabSpec, type Route } from '#lab/index.ts'
import gobgp from '#plugins/gobgp/plugin.ts'

import { enterNamespace, peerResource, target } from './bgp-speaker.ts'
import { PluginSpeaker } from './plugin-speaker.ts'

/** A node between two routers of different makes. */
const topology: LabSpec = {
  segments: { net1: {} },
  nodes: {
    tor1: {
      forwarding: true,
      interfaces: [{ segment: 'net1', addresses: ['192.0.2.1/24', 'fd00:1::1/64'] }],
    },
    tor2: {
      forwarding: true,
      interfaces: [{ segment: 'net1', addresses: ['192.0.2.2/24', 'fd00:1::2/64'] }],
    },
    node1: { interfaces: [{ segment: 'net1', addresses: ['192.0.2.11/24', 'fd00:1::11/64'] }] },
  },
}

const password = 'sup3rs3cret'
const family = (name: string, ...neighbors: string[]): string[] => [
  ` address-family ${name} unicast`,
  ...neighbors.map((neighbor) => `  neighbor ${neighbor} activate`),
  ' exit-address-family',
]
const frrConfig = [
  'router bgp 65000',
  ' bgp router-id 192.0.2.1',
  ' no bgp ebgp-requires-policy',
  ' no bgp default ipv4-unicast',
  ' timers bgp 1 3',
  ...['192.0.2.11', 'fd00:1::11'].flatMap((neighbor) => [
    ` neighbor ${neighbor} remote-as 65001`,
    ` neighbor ${neighbor} timers connect 1`,
  ]),
  ...family('ipv4', '192.0.2.11', 'fd00:1::11'),
  ...family('ipv6', '192.0.2.11', 'fd00:1::11'),
  'exit',
  '',
].join('\n')

const channel = 'import all; export all;'
const birdConfig = (...options: string[]): string =>
  [
    'log stderr all;',
    'router id 192.0.2.2;',
    'protocol device { scan time 1; }',
    'protocol static { ipv4; route 198.51.100.0/24 blackhole; }',
    'protocol bgp node { local as 65001; neighbor 192.0.2.11 as 65001; hold time 9; connect retry time 1;',
    ` connect delay time 1; error wait time 1, 1; ${options.join(' ')}`,
    ` ipv4 { ${channel} }; ipv6 { ${channel} }; }`,
    '',
  ].join('\n')

const tor1 = { myASN: 65_001, peerASN: 65_000, peerAddress: '192.0.2.1', connectTime: '1s' }
const tor2 = { ...tor1, peerASN: 65_001, peerAddress: '192.0.2.2' }
const v4 = target('203.0.113.1')
const v6 = target('2001:db8::1')

interface GoBgpNeighbor {
  readonly conf: { readonly description?: string; readonly neighbor_address: string }
  readonly timers: { readonly state: { readonly uptime?: { readonly seconds: number } } }
}

describe('gobgp with a real gobgpd, and real FRR and BIRD routers', () => {
  let lab: Lab
  let frr: Frr
  let bird: Bird
  let daemon: GoBgp
  let leave: () => void
  let speaker: PluginSpeaker

  beforeAll(async () => {
    lab = await createLab(topology)
    leave = enterNamespace(lab.node('node1'))
    frr = new Frr(lab.node('tor1'), { config: frrConfig })
    bird = new Bird(lab.node('tor2'), { config: birdConfig() })
    await Promise.all([frr.start(), bird.start()])
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })
  beforeEach(async () => {
    daemon = new GoBgp(lab.node('node1'), { config: '' })
    await daemon.start()
    speaker = newSpeaker()
    await speaker.open()
  })
  afterEach(async () => {
    await speaker.close()
    await daemon.stop()
    await until('the routes to go', async () => (await routes()).length === 0)
  })

  function newSpeaker(config: Record<string, Json> = {}): PluginSpeaker {
    // What is about to end is looked at on a busy machine too.
    const options = { endpoint: `unix:${daemon.apiSocket}`, drainTime: '9s', ...config }
    return new PluginSpeaker(gobgp, options, { tor: password })
  }

  /** What the FRR router's kernel has from us. */
  async function routes(): Promise<Route[]> {
    const all = await Promise.all([lab.node('tor1').routes('IPv4'), lab.node('tor1').routes('IPv6')])
    return all.flat().filter(({ protocol }) => protocol === 'bgp')
  }

  async function routed(...prefixes: string[]): Promise<void> {
    await until(`routes to ${prefixes.join()}`, async () => {
      const found = (await routes()).map(({ dst }) => dst)
      return prefixes.every((prefix) => found.includes(prefix))
    })
  }

  function birdHas(prefix: string): Promise<string> {
    return until(`BIRD to have ${prefix}`, async () => {
      const shown = await bird.birdc(`show route ${prefix} all`).catch(() => '')
      return shown.includes('BGP.origin') && shown
    })
  }

  async function neighbors(): Promise<Record<string, GoBgpNeighbor>> {
    const all = await daemon.gobgp<GoBgpNeighbor[]>('neighbor')
    return Object.fromEntries(all.map((one) => [one.conf.neighbor_address, one]))
  }

  it('puts IPv4 and IPv6 routes into a router’s kernel over one session, and takes them out again', async () => {
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: [v4, v6] })
    await routed('203.0.113.1', '2001:db8::1')
    expect((await routes()).map(({ dst, gateway }) => `${dst} ${gateway}`).sort()).toEqual([
      '2001:db8::1 fd00:1::11',
      '203.0.113.1 192.0.2.11',
    ])
    await until('both to be served', () => speaker.status.targets.every(({ phase }) => phase === 'serving'))
    expect(speaker.target('203.0.113.1')).toEqual({ address: '203.0.113.1', phase: 'serving', via: ['tor1'] })
    await speaker.desire({ targets: [v6] })
    await until('the IPv4 route to go', async () => (await routes()).length === 1)
    expect((await routes())[0]?.dst).toBe('2001:db8::1')
  })

  it('carries both families over an IPv6 session', async () => {
    const peers = [peerResource('tor1', { ...tor1, peerAddress: 'fd00:1::1' })]
    await speaker.desire({ peers, targets: [v4, v6] })
    await routed('203.0.113.1', '2001:db8::1')
    expect((await routes()).map(({ dst, gateway }) => `${dst} ${gateway}`).sort()).toEqual([
      '2001:db8::1 fd00:1::11',
      '203.0.113.1 192.0.2.11',
    ])
  })

  it('gives each peer what its advertisements say, and no mark of ours', async () => {
    const offer = (name: string, options: Record<string, Json>, peers: readonly string[]) => ({
      advertisement: `BGPAdvertisement metallb-system/${name}`,
      options: { aggregationLength: 24, aggregationLengthV6: 128, ...options },
      resources: { BGPPeer: peers },
    })
    const a = offer('a', { communities: ['65001:7'] }, ['tor1'])
    const b = offer('b', { localPref: 250, communities: ['65001:8', 'large:65001:1:2'] }, ['tor2'])
    await speaker.desire({
      peers: [peerResource('tor1', tor1), peerResource('tor2', tor2)],
      targets: [
        { ...v4, offers: [a, b] },
        { ...v6, offers: [b] },
      ],
    })
    await routed('203.0.113.0/24')
    const atFrr = await frr.vtysh('show bgp ipv4 unicast 203.0.113.0/24')
    expect(atFrr).toContain('Community: 65001:7')
    expect(atFrr).not.toContain('Large Community')
    const atBird = await birdHas('203.0.113.0/24')
    expect(atBird).toContain('BGP.local_pref: 250')
    expect(atBird).toContain('BGP.community: (65001,8)\n')
    expect(atBird).toContain('BGP.large_community: (65001, 1, 2)\n')
    expect(await birdHas('2001:db8::1/128')).toContain('BGP.next_hop: fd00:1::11')
    expect((await routes()).map(({ dst }) => dst)).toEqual(['203.0.113.0/24'])
  })

  it('changes attributes by an UPDATE, within the session, also when the route is about to end (RFC 8326)', async () => {
    await speaker.desire({ peers: [peerResource('tor2', tor2)], targets: [v4] })
    expect(await birdHas('203.0.113.1/32')).toContain('BGP.local_pref: 100')
    const before = (await neighbors())['192.0.2.2']
    await speaker.desire({ targets: [target('203.0.113.1', { options: { localPref: 300 } })] })
    await until('the new preference', async () =>
      (await birdHas('203.0.113.1/32')).includes('local_pref: 300'),
    )
    const ending = target('203.0.113.1', { options: { localPref: 300 }, stage: 'retire' })
    await speaker.desire({ targets: [ending] })
    await until('the lowest preference', async () =>
      (await birdHas('203.0.113.1/32')).includes('local_pref: 0\n'),
    )
    expect(await birdHas('203.0.113.1/32')).toContain('BGP.community: (65535,0)\n')
    expect(speaker.target('203.0.113.1')).toMatchObject({
      phase: 'pending',
      reason: 'Draining',
      via: ['tor2'],
    })
    expect((await neighbors())['192.0.2.2']?.timers.state.uptime).toEqual(before?.timers.state.uptime)
  })

  it('adds a peer and takes one away without another UPDATE to the others', async () => {
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: [v4, v6] })
    await routed('203.0.113.1', '2001:db8::1')
    await until('the routes to be counted', () =>
      speaker.status.targets.every(({ phase }) => phase === 'serving'),
    )
    const version = async (): Promise<string | undefined> =>
      /version (\d+)/.exec(await frr.vtysh('show bgp ipv4 unicast 203.0.113.1/32'))?.[1]
    const before = await version()
    await speaker.desire({ peers: [peerResource('tor1', tor1), peerResource('tor2', tor2)] })
    await birdHas('203.0.113.1/32')
    await speaker.desire({ peers: [peerResource('tor1', tor1)] })
    await until(
      'BIRD to forget',
      async () => !(await bird.birdc('show route').catch(() => '')).includes('203.0.113.1'),
    )
    expect(await version()).toBe(before)
  })

  it('signs the session with a password, and says it nowhere', async () => {
    const neighbor = 'neighbor 192.0.2.11 password'
    const configure = (line: string) => frr.vtysh('configure terminal', 'router bgp 65000', line)
    await configure(`${neighbor} ${password}`)
    try {
      const peers = [peerResource('tor1', { ...tor1, passwordSecret: { name: 'tor' } })]
      await speaker.desire({ peers, targets: [v4] })
      await routed('203.0.113.1')
    } finally {
      await configure(`no ${neighbor}`)
    }
    expect(JSON.stringify([speaker.host.lines, speaker.host.observations, speaker.status])).not.toContain(
      password,
    )
  })

  it('puts everything back into a gobgpd that was killed and started again', async () => {
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: [v4, v6] })
    await routed('203.0.113.1', '2001:db8::1')
    await daemon.kill9()
    await until('the routes to go', async () => (await routes()).length === 0)
    await until('the outage to be said', () => speaker.target('203.0.113.1')?.phase === 'pending')
    expect(speaker.peer('tor1')).toMatchObject({ state: 'Idle', reason: 'DaemonUnreachable' })
    await daemon.start()
    await routed('203.0.113.1', '2001:db8::1')
    expect(speaker.host.metrics.value('herald_gobgp_connections_lost_total', {})).toBeGreaterThan(0)
  })

  it('keeps sessions and routes while Herald itself restarts, and changes only what differs', async () => {
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: [v4, v6] })
    await routed('203.0.113.1', '2001:db8::1')
    const before = (await neighbors())['192.0.2.1']
    await speaker.close()
    speaker = newSpeaker()
    await speaker.open()
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: [v6, target('2001:db8::2')] })
    await routed('2001:db8::1', '2001:db8::2')
    await until('the old route to go', async () => (await routes()).length === 2)
    expect((await neighbors())['192.0.2.1']?.timers.state.uptime).toEqual(before?.timers.state.uptime)
  })

  it('announces a thousand Services and withdraws them', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => target(`10.${index >> 8}.${index & 255}.1`))
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: many })
    await until('a thousand routes', async () => (await routes()).length === 1000)
    await until('all to be served', () => speaker.status.targets.every(({ phase }) => phase === 'serving'))
    expect(
      speaker.host.metrics.value('metallb_bgp_announced_prefixes_total', { peer: '192.0.2.1:179' }),
    ).toBe(1000)
    await speaker.desire({ targets: many.slice(0, 1) })
    await until('all but one to go', async () => (await routes()).length === 1)
    await speaker.desire({ targets: [], peers: [] })
    expect(await neighbors()).toEqual({})
  })

  it('says what it cannot do, and goes on with the other peers', async () => {
    const peers = [
      peerResource('odd-id', { ...tor2, peerAddress: '192.0.2.77', routerID: '9.9.9.9' }),
      peerResource('secret', { ...tor2, passwordSecret: { name: 'nowhere' } }),
      peerResource('tor1', tor1),
    ]
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: [v4] })
    await speaker.desire({ peers })
    await routed('203.0.113.1')
    expect(speaker.peer('odd-id')).toMatchObject({ reason: 'InvalidPeer' })
    expect(speaker.peer('secret')).toMatchObject({ reason: 'SecretUnavailable' })
    expect(Object.keys(await neighbors())).toEqual(['192.0.2.1'])
  })
})

describe('gobgp with a gobgpd that the operator uses, too', () => {
  let lab: Lab
  let frr: Frr
  let bird: Bird
  let daemon: GoBgp
  let leave: () => void
  let speaker: PluginSpeaker

  /** The operator's own neighbour is the BIRD router; Herald's will be the FRR router. */
  const operators = `
[global.config]
  as = 65001
  router-id = "192.0.2.11"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "192.0.2.2"
    peer-as = 65001
    description = "the operator's"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
`

  beforeAll(async () => {
    lab = await createLab(topology)
    leave = enterNamespace(lab.node('node1'))
    frr = new Frr(lab.node('tor1'), { config: frrConfig })
    bird = new Bird(lab.node('tor2'), { config: birdConfig() })
    daemon = new GoBgp(lab.node('node1'), { config: operators })
    await Promise.all([frr.start(), bird.start(), daemon.start()])
    await daemon.node.run([
      ...daemon.client.slice(daemon.node.argv([]).length),
      'global',
      'rib',
      'add',
      '198.18.0.0/16',
    ])
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })
  beforeEach(async () => {
    speaker = new PluginSpeaker(gobgp, { endpoint: `unix:${daemon.apiSocket}` })
    await speaker.open()
  })
  afterEach(async () => {
    await speaker.desire({ peers: [], targets: [] })
    await speaker.close()
  })

  async function frrTable(): Promise<string[]> {
    const { routes } = await frr.showJson<{ routes: Record<string, unknown> }>('show bgp ipv4 unicast')
    return Object.keys(routes).sort()
  }

  it('leaves the operator’s neighbours and routes alone, and keeps ours from them', async () => {
    await until('the operator’s route at BIRD', async () =>
      (await bird.birdc('show route')).includes('198.18.0.0/16'),
    )
    await speaker.desire({ peers: [peerResource('tor1', tor1)], targets: [v4] })
    await until('our route at FRR', async () => (await frrTable()).includes('203.0.113.1/32'))
    expect(await frrTable()).toEqual(['203.0.113.1/32'])
    const atBird = await bird.birdc('show route')
    expect(atBird).toContain('198.18.0.0/16')
    expect(atBird).not.toContain('203.0.113.1')
    await speaker.desire({ peers: [], targets: [] })
    await until('ours to go', async () => (await frrTable()).length === 0)
    const left = await daemon.gobgp<GoBgpNeighbor[]>('neighbor')
    expect(left.map(({ conf }) => conf.description)).toEqual(["the operator's"])
    expect(await bird.birdc('show route')).toContain('198.18.0.0/16')
  })

  it('refuses a peer with the address of the operator’s neighbour, and says so', async () => {
    await speaker.desire({ peers: [peerResource('mine', tor2)], targets: [v4] })
    expect(speaker.peer('mine')).toMatchObject({ reason: 'ForeignNeighbor' })
    expect(speaker.target('203.0.113.1')).toMatchObject({ phase: 'pending', reason: 'NoSessionEstablished' })
  })

  it('claims another AS towards a peer than the one gobgpd runs with', async () => {
    await frr.vtysh('configure terminal', 'router bgp 65000', 'neighbor 192.0.2.11 remote-as 65007')
    try {
      await speaker.desire({ peers: [peerResource('tor1', { ...tor1, myASN: 65_007 })], targets: [v4] })
      await until('our route at FRR', async () => (await frrTable()).includes('203.0.113.1/32'))
      expect(await frr.vtysh('show bgp ipv4 unicast 203.0.113.1/32')).toMatch(/\n {2}65007\n/)
    } finally {
      await frr.vtysh('configure terminal', 'router bgp 65000', 'neighbor 192.0.2.11 remote-as 65001')
    }
  })

  it('refuses a gobgpd of another AS than the configured one', async () => {
    const strict = new PluginSpeaker(gobgp, { endpoint: `unix:${daemon.apiSocket}`, asn: 65_009 })
    await strict.open()
    await strict.desire({ peers: [peerResource('tor1', tor1)], targets: [v4] })
    expect(strict.peer('tor1')).toMatchObject({
      reason: 'WrongAS',
      message: "gobgpd runs as AS 65001, and the plugin's option asn says 65009",
    })
    await strict.close()
  })
})
