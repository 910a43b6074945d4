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

import { address, enterNamespace, peerResource, Speaker, target } from './bgp-speaker.ts'
import { rekeySocketsOf } from './foreign-socket.ts'

const guidePeer = { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: '172.16.1.1' }
const addresses = [target('10.254.254.1'), target('2001:db8:254::1')]

interface NeighborReport {
  readonly bgpState: string
  readonly connectionsEstablished?: number
  readonly lastNotificationReason?: string
  readonly lastShutdownDescription?: string
}

describe('native-bgp and a real FRR router', () => {
  let lab: Lab
  let frr: Frr
  let leave: () => void
  let speaker: Speaker

  beforeAll(async () => {
    lab = await createLab(routedTopology({ pods: false }))
    leave = enterNamespace(lab.node('node1'))
    frr = new Frr(lab.node('router'), { config: routedBgp({ holdTime: 3 }) })
    await frr.start()
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })
  afterEach(async () => {
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

  async function neighbor(): Promise<NeighborReport> {
    const reports = await frr.showJson<Record<string, NeighborReport>>('show bgp neighbors 172.16.1.11')
    return reports['172.16.1.11'] ?? { bgpState: 'absent' }
  }

  function configure(...commands: string[]): Promise<string> {
    return frr.vtysh('configure terminal', `router bgp ${ROUTER_ASN}`, ...commands)
  }

  async function start(options: ConstructorParameters<typeof Speaker>[0] = {}, spec = {}): Promise<void> {
    speaker = new Speaker(options)
    await speaker.open()
    await speaker.desire({ peers: [peerResource('tor', { ...guidePeer, ...spec })], targets: addresses })
  }

  it('puts an IPv4 and an IPv6 route into the router’s kernel, and takes them out again', async () => {
    await start()
    await routed()
    expect(await route('10.254.254.1')).toMatchObject({ gateway: '172.16.1.11', protocol: 'bgp' })
    expect(await route('2001:db8:254::1')).toMatchObject({ gateway: 'fd00:172:16:1::11', protocol: 'bgp' })
    expect((await speaker.desire({})).targets).toMatchObject([
      { address: '10.254.254.1', phase: 'serving', via: ['tor'] },
      { address: '2001:db8:254::1', phase: 'serving', via: ['tor'] },
    ])
    await speaker.desire({ targets: addresses.slice(1) })
    await until('the IPv4 route to go', async () => !(await route('10.254.254.1')))
    expect(await route('2001:db8:254::1')).toBeDefined()
  })

  it('signs the session with a password (RFC 2385)', async () => {
    await configure('neighbor 172.16.1.11 password sup3rs3cret')
    try {
      await start({ secrets: { bgp: 'sup3rs3cret' } }, { passwordSecret: { name: 'bgp' } })
      await routed()
    } finally {
      await configure('no neighbor 172.16.1.11 password sup3rs3cret')
    }
    expect(JSON.stringify([speaker.host.lines, speaker.host.observations])).not.toContain('sup3rs3cret')
  })

  it('takes a new password within the session (RFC 2385)', async () => {
    await configure('neighbor 172.16.1.11 password 0ne-sup3rs3cret')
    try {
      await start(
        { secrets: { bgp: '0ne-sup3rs3cret' } },
        { passwordSecret: { name: 'bgp' }, holdTime: '3s' },
      )
      await routed()
      const { connectionsEstablished: before } = await neighbor()
      // FRR itself would end the session at a new password: its sockets get it without its knowledge.
      const bgpd = Number(readFileSync(join(frr.directory, 'bgpd.pid'), 'utf8'))
      expect(rekeySocketsOf(bgpd, address('172.16.1.11'), 'an0ther-sup3rs3cret')).toBeGreaterThan(0)
      speaker.host.secrets.set('bgp', { password: new TextEncoder().encode('an0ther-sup3rs3cret') })
      const spec = { ...guidePeer, passwordSecret: { name: 'bgp' }, holdTime: '3s' }
      const rotated = { ...peerResource('tor', spec), revision: 'rotated' }
      await speaker.desire({ peers: [rotated], targets: [target('10.254.254.1')] })
      // This UPDATE is signed with the new one, and with the old one nothing would be heard for longer than the hold time.
      await until('the withdrawal', async () => !(await route('2001:db8:254::1')))
      await new Promise((resolve) => setTimeout(resolve, 3500))
      expect(await neighbor()).toMatchObject({ bgpState: 'Established', connectionsEstablished: before })
      expect(speaker.peer('tor')?.state).toBe('Established')
    } finally {
      await configure('no neighbor 172.16.1.11 password 0ne-sup3rs3cret')
    }
  })

  it('hears nobody from farther away than GTSM allows, and is heard by who demands it (RFC 5082)', async () => {
    const dropped = async (): Promise<number> => {
      const text = await lab.node('node1').run(['nstat', '-asz', 'TcpExtTCPMinTTLDrop'])
      return Number(/TCPMinTTLDrop +(\d+)/.exec(text)?.[1])
    }
    await configure('neighbor 172.16.1.11 ttl-security hops 1')
    try {
      await start({}, { herald: { ttlSecurity: 1 }, connectTime: '1s' })
      await routed()
    } finally {
      await configure('no neighbor 172.16.1.11 ttl-security hops 1')
    }
    // Now FRR sends with TTL 1, as eBGP neighbours do: it seems to be 255 routers away.
    const before = await dropped()
    await until('its segments to be dropped', async () => (await dropped()) > before)
    expect(speaker.peer('tor')?.state).not.toBe('Established')
  })

  it.each([
    { password: '', how: 'without a password' },
    { password: 'sup3rs3cret', how: 'with one' },
  ])('is connected to by the router where it may not connect itself, $how', async ({ password }) => {
    const protectedBy = password === '' ? {} : { passwordSecret: { name: 'bgp' } }
    if (password !== '') await configure(`neighbor 172.16.1.11 password ${password}`)
    await lab.node('node1').run(['nft', '-f', '-'], {
      stdin: 'table inet block { chain out { type filter hook output priority 0; tcp dport 179 drop; }; }',
    })
    try {
      await start({ secrets: { bgp: password } }, protectedBy)
      await routed()
      expect(await neighbor()).toMatchObject({ portForeign: 179 })
    } finally {
      await lab.node('node1').run(['nft', 'delete', 'table', 'inet', 'block'])
      if (password !== '') await configure(`no neighbor 172.16.1.11 password ${password}`)
    }
  })

  it('withdraws first and then says that it is shut down', async () => {
    await start()
    await routed()
    await speaker.desire({ targets: [] })
    await gone()
    expect((await neighbor()).bgpState).toBe('Established')
    await speaker.close()
    const report = await until('the session to end', async () => {
      const now = await neighbor()
      return now.bgpState !== 'Established' && now.lastNotificationReason ? now : undefined
    })
    expect(report.lastNotificationReason).toBe('Cease/Administrative Shutdown')
    expect(report.lastShutdownDescription).toBe('Herald stops')
  })

  it('finds the router again after it was restarted', async () => {
    await start()
    await routed()
    await frr.kill9('bgpd')
    await until('the loss to be noticed', () => speaker.peer('tor')?.state !== 'Established')
    expect(speaker.peer('tor')).toMatchObject({ reason: 'ConnectionLost' })
    await frr.start()
    await routed()
    expect(speaker.peer('tor')).toEqual({ kind: 'peer', peer: 'tor', state: 'Established' })
  })

  it('notices a cut link when the hold time ends, and recovers when it is healed', async () => {
    await start()
    await routed()
    await lab.node('node1').cutLink()
    await until('the hold time to end', () =>
      speaker.host.observations.some((one) => one.kind === 'peer' && one.reason === 'HoldTimerExpired'),
    )
    await gone()
    expect((await speaker.desire({})).targets[0]).toMatchObject({
      phase: 'pending',
      reason: 'NoSessionEstablished',
    })
    await lab.node('node1').healLink()
    await routed()
  })

  it('notices a frozen router when the hold time ends, and recovers when it thaws', async () => {
    await start()
    await routed()
    frr.freeze()
    try {
      await until('the hold time to end', () => speaker.peer('tor')?.reason === 'HoldTimerExpired')
    } finally {
      frr.thaw()
    }
    await speaker.established('tor')
    await routed()
  })

  it('says which AS it found and which it expected', async () => {
    await start({}, { peerASN: 65_000 })
    await until('the reason', () => speaker.peer('tor')?.reason === 'WrongPeerAS')
    expect(speaker.peer('tor')?.message).toBe('172.16.1.1:179 is AS 7675, expected AS 65000')
  })

  it('passes on what the router says about our AS', async () => {
    await start({}, { myASN: 65_001 })
    await until('the reason', () => speaker.peer('tor')?.reason === 'NotificationReceived')
    expect(speaker.peer('tor')?.message).toBe(
      '172.16.1.1:179 says: OPEN Message Error/Bad Peer AS (2/2); our AS is 65001',
    )
  })

  it('carries local preference and communities within one AS', async () => {
    await configure(`neighbor 172.16.1.11 remote-as ${ROUTER_ASN}`)
    try {
      speaker = new Speaker()
      await speaker.open()
      const options = { localPref: 250, communities: ['65000:1', 'large:65000:1:2'] }
      await speaker.desire({
        peers: [peerResource('tor', { ...guidePeer, myASN: ROUTER_ASN })],
        targets: [target('10.254.254.1', { options }), addresses[1]!],
      })
      await routed()
      const { paths } = await frr.showJson<{
        paths: { locPrf: number; community: object; largeCommunity: object; aspath: { string: string } }[]
      }>('show bgp ipv4 unicast 10.254.254.1/32')
      expect(paths[0]).toMatchObject({
        locPrf: 250,
        community: { string: '65000:1' },
        largeCommunity: { string: '65000:1:2' },
        aspath: { string: 'Local' },
      })
    } finally {
      await configure(`neighbor 172.16.1.11 remote-as ${NODE_ASN}`)
    }
  })
})
