import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import {
  createLab,
  Frr,
  NODE_ASN,
  routedBgp,
  ROUTER_ASN,
  routedTopology,
  until,
  type Lab,
  type Route,
} from '#lab/index.ts'

import { editsBetween } from '#plugins/frr/model/edits.ts'
import { parseConfiguration } from '#plugins/frr/model/line.ts'
import { divide } from '#plugins/frr/model/ownership.ts'

import { goldenRoot } from '../golden-file.ts'
import { peerResource, target } from './bgp-speaker.ts'
import { FrrSpeaker } from './frr-speaker.ts'

const guidePeer = { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: '172.16.1.1', connectTime: '1s' }
const addresses = [target('10.254.254.1'), target('2001:db8:254::1')]
const bare = { config: '' }

interface Path {
  readonly locPrf?: number
  readonly community?: { readonly string: string }
  readonly largeCommunity?: { readonly string: string }
}

describe('the frr announcer, a real FRR beside it and another as the router', () => {
  let lab: Lab
  let router: Frr
  let own: Frr
  let speaker: FrrSpeaker

  beforeAll(async () => {
    lab = await createLab(routedTopology({ pods: false }))
    router = new Frr(lab.node('router'), { config: routedBgp({ holdTime: 3 }) })
    own = new Frr(lab.node('node1'), bare)
    await Promise.all([router.start(), own.start()])
  })
  afterAll(async () => {
    await lab.dispose()
  })
  afterEach(async () => {
    await speaker.desire({ targets: [], peers: [], profiles: [] })
    await until('FRR to be left clean', async () => !(await ownConfiguration()).includes('herald'))
    await speaker.close()
    await gone()
  })

  async function route(dst: string): Promise<Route | undefined> {
    const routes = await lab.node('router').routes(dst.includes(':') ? 'IPv6' : 'IPv4')
    return routes.find((one) => one.dst === dst)
  }

  async function routed(): Promise<void> {
    await until('both routes', async () => (await route('10.254.254.1')) && (await route('2001:db8:254::1')))
  }

  async function gone(): Promise<void> {
    await until(
      'both routes to go',
      async () => !(await route('10.254.254.1')) && !(await route('2001:db8:254::1')),
    )
  }

  function ownConfiguration(): Promise<string> {
    return own.vtysh('show running-config')
  }

  function configure(...commands: string[]): Promise<string> {
    return router.vtysh('configure terminal', `router bgp ${ROUTER_ASN}`, ...commands)
  }

  async function pathOf(prefix: string): Promise<Path | undefined> {
    const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
    const report = await router.showJson<{ paths?: Path[] }>(`show bgp ${family} unicast ${prefix}`)
    return report.paths?.[0]
  }

  async function start(options: ConstructorParameters<typeof FrrSpeaker>[1] = {}, spec = {}): Promise<void> {
    speaker = new FrrSpeaker(own, options)
    await speaker.desire({ peers: [peerResource('tor', { ...guidePeer, ...spec })], targets: addresses })
  }

  async function dropped(): Promise<number> {
    const report = await router.showJson<Record<string, { connectionsDropped: number }>>(
      'show bgp neighbors 172.16.1.11',
    )
    return report['172.16.1.11']?.connectionsDropped ?? -1
  }

  it('puts an IPv4 and an IPv6 route into the router’s kernel, and takes them out again', async () => {
    await start()
    await routed()
    expect(await route('10.254.254.1')).toMatchObject({ gateway: '172.16.1.11', protocol: 'bgp' })
    expect(await route('2001:db8:254::1')).toMatchObject({ protocol: 'bgp' })
    await speaker.serving()
    expect(speaker.status.targets).toMatchObject([
      { address: '10.254.254.1', phase: 'serving', via: ['tor'] },
      { address: '2001:db8:254::1', phase: 'serving', via: ['tor'] },
    ])
    expect(speaker.peer('tor')).toEqual({ kind: 'peer', peer: 'tor', state: 'Established' })
    await speaker.desire({ targets: addresses.slice(1) })
    await until('the IPv4 route to go', async () => !(await route('10.254.254.1')))
    expect(await route('2001:db8:254::1')).toBeDefined()
  })

  it('finds everything in place after a restart of Herald: no command, no lost session', async () => {
    await start(
      {},
      {
        ebgpMultiHop: true,
        holdTime: '9s',
        keepaliveTime: '3s',
        sourceAddress: '172.16.1.11',
        enableGracefulRestart: true,
        routerID: '1.2.3.4',
      },
    )
    await routed()
    await speaker.close()
    const before = await dropped()
    const communities = ['65000:1', '65535:65281', 'large:1:2:3']
    speaker = new FrrSpeaker(own)
    const peers = [
      peerResource('tor', {
        ...guidePeer,
        ebgpMultiHop: true,
        holdTime: '9s',
        keepaliveTime: '3s',
        sourceAddress: '172.16.1.11',
        enableGracefulRestart: true,
        routerID: '1.2.3.4',
      }),
    ]
    await speaker.desire({ peers, targets: addresses })
    await speaker.serving()
    expect(speaker.commands).toEqual([])
    await speaker.desire({ targets: [target('10.254.254.1', { options: { communities, localPref: 77 } })] })
    await speaker.serving()
    await speaker.close()
    speaker = new FrrSpeaker(own)
    await speaker.desire({
      peers,
      targets: [target('10.254.254.1', { options: { communities, localPref: 77 } })],
    })
    expect(speaker.commands).toEqual([])
    expect(await dropped()).toBe(before)
  })

  it('gives local preference and communities to one peer, and withdraws from another what it is not offered', async () => {
    await configure(`neighbor 172.16.1.11 remote-as ${NODE_ASN}`)
    const communities = ['65000:1', '65535:65281', 'large:65000:1:2']
    await start({})
    await routed()
    const options = { communities, localPref: 250 }
    await speaker.desire({ targets: [target('10.254.254.1', { options }), addresses[1]!] })
    await until('the communities', async () => (await pathOf('10.254.254.1/32'))?.community)
    expect(await pathOf('10.254.254.1/32')).toMatchObject({
      community: { string: '65000:1 no-export' },
      largeCommunity: { string: '65000:1:2' },
    })
    expect((await pathOf('2001:db8:254::1/128'))?.community).toBeUndefined()
    const offers = [
      {
        advertisement: 'BGPAdvertisement metallb-system/x',
        options: {},
        resources: { BGPPeer: ['elsewhere'] },
      },
    ]
    await speaker.desire({ targets: [target('10.254.254.1', { offers }), addresses[1]!] })
    await until('the IPv4 route to go', async () => !(await route('10.254.254.1')))
    expect(await route('2001:db8:254::1')).toBeDefined()
    expect(speaker.status.targets[0]).toMatchObject({ phase: 'pending', reason: 'NoPeer' })
  })

  it('sends local preference within one AS, the lowest when the route is about to end (RFC 8326)', async () => {
    await configure(`neighbor 172.16.1.11 remote-as ${ROUTER_ASN}`)
    try {
      // Longer than a busy machine needs to look.
      await start({ config: { drainTime: '9s' } }, { myASN: ROUTER_ASN })
      await routed()
      await speaker.desire({
        targets: [target('10.254.254.1', { options: { localPref: 250 } }), addresses[1]!],
      })
      await until('the preference', async () => (await pathOf('10.254.254.1/32'))?.locPrf === 250)
      expect(await pathOf('2001:db8:254::1/128')).toMatchObject({ locPrf: 100 })
      const before = await dropped()
      const ending = target('10.254.254.1', { options: { localPref: 250 }, stage: 'retire' })
      await speaker.desire({ targets: [ending, addresses[1]!] })
      await until('the end to be told', async () => (await pathOf('10.254.254.1/32'))?.locPrf === 0)
      expect((await pathOf('10.254.254.1/32'))?.community).toMatchObject({ string: 'graceful-shutdown' })
      expect(speaker.status.targets[0]).toMatchObject({ phase: 'pending', reason: 'Draining', via: ['tor'] })
      expect(await dropped()).toBe(before)
    } finally {
      await configure(`neighbor 172.16.1.11 remote-as ${NODE_ASN}`)
    }
  })

  it('signs the session with a password, changes it when the Secret does, and tells it to nobody', async () => {
    await configure('neighbor 172.16.1.11 password sup3rs3cret')
    try {
      await start({ secrets: { bgp: 'sup3rs3cret' } }, { passwordSecret: { name: 'bgp' } })
      await routed()
      await configure('neighbor 172.16.1.11 password an0ther-s3cret')
      await gone()
      speaker.secret('bgp', 'an0ther-s3cret')
      await speaker.desire({})
      await routed()
      const said = JSON.stringify([speaker.host.lines, speaker.host.observations, speaker.status])
      expect(said).not.toMatch(/sup3rs3cret|an0ther/)
    } finally {
      await configure('no neighbor 172.16.1.11 password')
    }
  })

  it('says so when FRR is not there, and writes everything again when FRR was restarted', async () => {
    await start()
    await routed()
    await speaker.serving()
    await own.kill9()
    await until('the loss to be noticed', () =>
      speaker.status.targets.every(({ phase }) => phase === 'pending'),
    )
    expect(speaker.peer('tor')).toMatchObject({ state: 'Idle', reason: 'FrrUnreachable' })
    expect(speaker.status.targets[0]?.message).toMatch(/^tor: Idle, bgpd: /)
    await own.start()
    await routed()
    await speaker.serving()
  })

  it('leaves the configuration of the operator alone, also in a router that both use', async () => {
    await own.vtysh(
      'configure terminal',
      `router bgp ${NODE_ASN}`,
      'bgp router-id 9.9.9.9',
      'neighbor 172.16.1.77 remote-as 65077',
      'neighbor 172.16.1.77 description theirs',
      'address-family ipv4 unicast',
      'network 10.1.0.0/16',
      'neighbor 172.16.1.77 route-map THEIRS out',
      'exit',
      'exit',
      'route-map THEIRS permit 10',
      'set metric 5',
    )
    const before = await ownConfiguration()
    await start()
    await routed()
    await speaker.serving()
    expect((await lab.node('router').routes('IPv4')).some(({ dst }) => dst === '10.1.0.0/16')).toBe(false)
    expect(await ownConfiguration()).toContain('neighbor 172.16.1.77 description theirs')
    await speaker.desire({ targets: [], peers: [] })
    await until('the configuration as before', async () => (await ownConfiguration()) === before)
    await own.vtysh('configure terminal', `no router bgp ${NODE_ASN}`, 'no route-map THEIRS permit 10')
  })

  it('names the operator’s AS when a peer asks for another, and the operator’s neighbor when it is the same', async () => {
    await own.vtysh('configure terminal', 'router bgp 65099', 'neighbor 172.16.1.1 remote-as 65098')
    await start()
    expect(speaker.peer('tor')).toMatchObject({
      reason: 'RouterConflict',
      message: 'FRR runs "router bgp 65099" of its operator, so myASN must be 65099; found 7776',
    })
    await speaker.desire({ peers: [peerResource('tor', { ...guidePeer, myASN: 65_099 })] })
    expect(speaker.peer('tor')).toMatchObject({ reason: 'NeighborConflict' })
    expect(await ownConfiguration()).not.toContain('herald')
    await own.vtysh('configure terminal', 'no router bgp 65099')
  })

  it('speaks over IPv6, with IPv4 next hops where the router wants them, and to the peer of a link', async () => {
    const far = 'fd00:172:16:1::11'
    const link = await lab.node('node1').run(['ip', '-o', 'link', 'show', 'type', 'veth'])
    const interfaceName = /: ([\w-]+)@/.exec(link)?.[1] ?? ''
    await configure(
      `neighbor ${far} remote-as ${NODE_ASN}`,
      `neighbor ${far} timers connect 1`,
      'neighbor eth1 interface remote-as external',
      'neighbor eth1 timers connect 1',
      'neighbor eth1 capability extended-nexthop',
      'address-family ipv6 unicast',
      `neighbor ${far} activate`,
      'neighbor eth1 activate',
    )
    try {
      await start({}, { peerAddress: 'fd00:172:16:1::1' })
      await speaker.serving()
      await routed()
      expect(speaker.status.targets[0]?.via).toEqual(['tor'])
      const unnumbered = {
        myASN: NODE_ASN,
        dynamicASN: 'external',
        interface: interfaceName,
        connectTime: '1s',
      }
      await router.vtysh(
        'configure terminal',
        'interface eth1',
        'ipv6 nd ra-interval 1',
        'no ipv6 nd suppress-ra',
      )
      await speaker.desire({ peers: [peerResource('link', unnumbered)] })
      await until('the peer of the link', () => speaker.peer('link')?.state === 'Established', {
        timeout: 30_000,
      })
      await speaker.serving()
      await routed()
    } finally {
      await configure(`no neighbor ${far}`, 'no neighbor eth1 interface remote-as external')
    }
  })

  it('has BFD notice a frozen router at once, with the timers of the profile', async () => {
    await configure('neighbor 172.16.1.11 bfd')
    try {
      const profile = { receiveInterval: 100, transmitInterval: 100, detectMultiplier: 3 }
      const profiles = [{ name: 'fast', revision: '1', spec: profile }]
      speaker = new FrrSpeaker(own)
      const peers = [
        peerResource('tor', { ...guidePeer, bfdProfile: 'fast', holdTime: '180s', keepaliveTime: '60s' }),
      ]
      await speaker.desire({ peers, targets: addresses, profiles })
      await routed()
      const [bgp, bfd] = ['172.16.1.1:179', '172.16.1.1'].map((peer) => ({ peer, vrf: 'default' }))
      const { metrics } = speaker.host
      await until('BFD to be up', () => metrics.value('metallb_bfd_session_up', bfd!) === 1)
      for (const name of ['opens_sent', 'opens_received', 'keepalives_sent', 'total_received'])
        expect(metrics.value(`metallb_bgp_${name}`, bgp!), name).toBeGreaterThan(0)
      for (const name of ['control_packet_input', 'control_packet_output', 'session_up_events'])
        await until(name, () => metrics.value(`metallb_bfd_${name}`, bfd!) > 0)
      const [session] = await own.showJson<{ 'transmit-interval': number }[]>('show bfd peers')
      expect(session?.['transmit-interval']).toBe(100)
      router.freeze()
      await until('the loss to be noticed', () => speaker.peer('tor')?.reason === 'NotEstablished')
      expect(metrics.value('metallb_bgp_session_up', bgp!)).toBe(0)
    } finally {
      router.thaw()
      await configure('no neighbor 172.16.1.11 bfd')
    }
    await routed()
    expect(await own.vtysh('show running-config')).toContain('profile herald-fast')
  })

  it('carries a thousand Services, and one more is one command', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => target(`10.253.${index >> 8}.${index & 255}`))
    await start()
    await routed()
    const count = async (): Promise<number> =>
      (await lab.node('router').routes('IPv4')).filter(({ dst }) => dst.startsWith('10.253.')).length
    await speaker.desire({ targets: many })
    await until('all routes', async () => (await count()) === 1000)
    await speaker.serving()
    speaker.commands.length = 0
    await speaker.desire({ targets: [...many, target('10.253.100.1')] })
    expect(speaker.commands.filter((command) => command.startsWith('network'))).toHaveLength(1)
    expect(speaker.commands).toHaveLength(5)
    await until('one more', async () => (await count()) === 1001)
    await speaker.desire({ targets: [] })
    await until('none', async () => (await count()) === 0)
  })
})

describe('the file for people who manage FRR themselves', () => {
  let lab: Lab

  beforeAll(async () => {
    lab = await createLab(routedTopology({ pods: false }))
  })
  afterAll(async () => {
    await lab.dispose()
  })

  it.each(['peers', 'attributes', 'dual-peers', 'draining'])(
    '%s: FRR takes it, and Herald beside that FRR would have nothing to change',
    async (name) => {
      const config = readFileSync(join(goldenRoot, 'frr', name, 'frr.conf'), 'utf8')
      const frr = new Frr(lab.node('node1'), { config })
      await frr.start()
      const wanted = parseConfiguration(config).filter(({ text }) => !text.startsWith('frr '))
      const running = divide(parseConfiguration(await frr.vtysh('show running-config')))
      await frr.stop()
      expect(editsBetween(running.own, wanted)).toEqual([])
      expect(wanted.length).toBeGreaterThan(5)
    },
  )
})
