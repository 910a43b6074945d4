import { beforeEach, describe, expect, it } from 'vitest'

import type { Announcer, AnnouncerStatus, Offer, Resource, Target } from '#core/announcer.ts'
import { parsePrefix, type Prefix } from '#core/bgp/prefix.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Json } from '#core/model/json.ts'
import { GoBgpAnnouncer } from '#plugins/gobgp/announcer.ts'
import { parseConfig } from '#plugins/gobgp/config.ts'

import { FakeGoBgpd } from './fake-gobgpd.ts'

const tor1 = '192.0.2.1' as Address
const tor2 = '192.0.2.2' as Address
const never = new AbortController().signal

let clock: FakeClock
let host: FakeHost
let daemon: FakeGoBgpd
let announcer: Announcer
let generation: number

function make(config: Record<string, unknown> = {}): Announcer {
  const localAddresses = async () => ({ IPv4: '192.0.2.11' as Address, IPv6: 'fd00::11' as Address })
  return new GoBgpAnnouncer(parseConfig({ endpoint: 'unix:/api.sock', ...config }), host, {
    connect: daemon.connect,
    localAddresses,
  })
}

beforeEach(async () => {
  clock = new FakeClock()
  host = fakeHost({ clock })
  daemon = new FakeGoBgpd()
  announcer = make()
  generation = 0
})

function peer(name: string, spec: Record<string, Json> = {}): Resource {
  const peerAddress = name === 'tor2' ? tor2 : tor1
  const full = { myASN: 65_001, peerASN: 65_000, peerAddress, ...spec }
  return { name, revision: JSON.stringify(full), spec: full }
}

function target(address: string, change: Partial<Target> = {}, options: Record<string, Json> = {}): Target {
  const offer: Offer = { advertisement: 'BGPAdvertisement metallb-system/a', options }
  return { address: address as Address, services: [], offers: [offer], stage: 'serve', ...change }
}

function reconcile(
  targets: readonly Target[],
  peers: readonly Resource[] = [peer('tor1')],
): Promise<AnnouncerStatus> {
  return announcer.reconcile({ generation: ++generation, targets, resources: { BGPPeer: peers } }, never)
}

/** Until everything that was under way has happened. */
const passed = () => new Promise((resolve) => setImmediate(resolve))

/** Twice, as a wake does: the first makes sessions, the second knows of them. */
async function settle(targets: readonly Target[], peers?: readonly Resource[]): Promise<AnnouncerStatus> {
  await reconcile(targets, peers)
  return await reconcile(targets, peers)
}

const one = target('203.0.113.1')
const six = target('2001:db8::1')
const plain = { communities: [], largeCommunities: [] }

describe('a gobgpd on which BGP was not started', () => {
  it('is started with the AS of the peers and an address of the node', async () => {
    await announcer.open(never)
    await reconcile([one])
    expect(daemon.speaker).toEqual({ asn: 65_001, routerId: '192.0.2.11', listenPort: 179 })
  })

  it('is started with what the options say', async () => {
    announcer = make({ asn: 65_009, routerId: '9.9.9.9', listenPort: 0 })
    await announcer.open(never)
    await reconcile([one])
    expect(daemon.speaker).toEqual({ asn: 65_009, routerId: '9.9.9.9', listenPort: -1 })
  })

  it('is left alone while there are no peers', async () => {
    await announcer.open(never)
    expect((await reconcile([one], [])).targets).toMatchObject([{ phase: 'pending', reason: 'NoPeer' }])
    expect(daemon.calls).toEqual([])
  })
})

describe('a gobgpd that runs', () => {
  beforeEach(async () => {
    daemon.speaker = { asn: 65_001, routerId: '1.1.1.1' }
    await announcer.open(never)
  })

  it('tells each router the routes it should have, with next hops of both families', async () => {
    const { targets } = await settle([one, six])
    expect(daemon.heard(tor1)).toEqual({
      '203.0.113.1/32': plain,
      '2001:db8::1/128': { ...plain, nextHop: 'fd00::11' },
    })
    expect(targets).toEqual([
      { address: '203.0.113.1', phase: 'serving', via: ['tor1'] },
      { address: '2001:db8::1', phase: 'serving', via: ['tor1'] },
    ])
  })

  it('gets nothing when nothing changed', async () => {
    await settle([one, six])
    daemon.calls.length = 0
    await settle([one, six])
    expect(daemon.calls).toEqual([])
  })

  it('gets policies before paths, paths before neighbours, and loses them in the opposite order', async () => {
    await reconcile([one])
    const order = daemon.calls.map((call) => call.split(' ')[0])
    expect(order.lastIndexOf('statements')).toBeLessThan(order.indexOf('put'))
    expect(order.indexOf('put')).toBeLessThan(order.indexOf('add'))
    daemon.calls.length = 0
    await reconcile([], [])
    expect(daemon.calls.map((call) => call.split(' ')[0])).toEqual([
      'withdraw',
      'drop',
      'forget',
      'forget',
      'unset',
      'unset',
    ])
    expect(daemon.names.map((name) => name.replace(/[\da-f]+$/, 'DIGEST'))).toEqual([
      'herald-allowed-ipv4-DIGEST',
      'herald-allowed-ipv6-DIGEST',
      'herald-belt|IPv4|DIGEST',
      'herald-belt|IPv6|DIGEST',
      'herald-mark-any',
      'herald-mark|any',
    ])
  })

  it('tells nobody else our routes, and our neighbours nothing else', async () => {
    daemon.addForeignPolicy('operators')
    daemon.addForeign(tor2, "the operator's")
    await settle([one])
    expect(daemon.heard(tor2)).toEqual({})
    expect(daemon.assigned('export')).toEqual([
      'herald-belt',
      'herald-routes',
      'herald-peers',
      'herald-marks',
      'operators',
    ])
    expect(daemon.assigned('import')).toEqual(['herald-peers'])
    await reconcile([], [])
    expect(daemon.neighbors()).toEqual([tor2])
  })

  it('gives each peer the attributes its advertisements say', async () => {
    const offer = (name: string, options: Record<string, Json>): Offer => ({
      advertisement: `BGPAdvertisement metallb-system/${name}`,
      options,
      resources: { BGPPeer: [name] },
    })
    const offers = [
      offer('tor1', { aggregationLength: 24, communities: ['65001:7'] }),
      offer('tor2', { localPref: 200, communities: ['large:1:2:3'] }),
    ]
    await settle([{ ...one, offers }], [peer('tor1'), peer('tor2', { peerASN: 65_001 })])
    expect(daemon.heard(tor1)).toEqual({
      '203.0.113.0/24': { communities: ['65001:7'], largeCommunities: [] },
    })
    expect(daemon.heard(tor2)).toEqual({
      '203.0.113.1/32': { localPref: 200, communities: [], largeCommunities: ['1:2:3'] },
    })
  })

  it('changes what a router has by a new path alone', async () => {
    await settle([one])
    daemon.calls.length = 0
    await reconcile([target('203.0.113.1', {}, { communities: ['65001:7'] })])
    expect(daemon.heard(tor1)).toEqual({
      '203.0.113.1/32': { communities: ['65001:7'], largeCommunities: [] },
    })
    expect(daemon.calls.filter((call) => /^(add|drop)/.test(call))).toEqual([])
  })

  it('adds a neighbour without touching the paths', async () => {
    await settle([one, six])
    daemon.calls.length = 0
    await settle([one, six], [peer('tor1'), peer('tor2')])
    expect(daemon.calls.filter((call) => /^(put|withdraw)/.test(call))).toEqual([])
    expect(Object.keys(daemon.heard(tor2))).toEqual(['2001:db8::1/128', '203.0.113.1/32'])
  })

  it('makes a new neighbour of a peer whose resource changed', async () => {
    await settle([one])
    daemon.calls.length = 0
    await reconcile([one], [peer('tor1', { holdTime: '30s' })])
    expect(daemon.calls).toEqual([`drop ${tor1}`, `add ${tor1}`])
    expect(daemon.specs.get(tor1)).toMatchObject({ holdTime: seconds(30), keepaliveTime: seconds(10) })
  })

  it('is adopted by a Herald that starts again: nothing is told twice', async () => {
    await settle([one, six])
    await announcer.close()
    daemon.calls.length = 0
    announcer = make()
    await announcer.open(never)
    const { targets } = await settle([one, six])
    expect(daemon.calls).toEqual([])
    expect(targets.map(({ phase }) => phase)).toEqual(['serving', 'serving'])
  })

  it('keeps a target silent until it is to be served, and withdraws one that retires', async () => {
    announcer = make({ drainTime: '0s' })
    await announcer.open(never)
    expect((await settle([{ ...one, stage: 'arm' }])).targets).toEqual([
      { address: '203.0.113.1', phase: 'armed' },
    ])
    expect(daemon.heard(tor1)).toEqual({})
    await reconcile([one])
    expect(Object.keys(daemon.heard(tor1))).toEqual(['203.0.113.1/32'])
    expect((await reconcile([{ ...one, stage: 'retire' }])).targets).toEqual([
      { address: '203.0.113.1', phase: 'silent' },
    ])
    expect(daemon.heard(tor1)).toEqual({})
  })

  it('tells routers the end of a route before it is withdrawn, by a new path alone (RFC 8326)', async () => {
    const peers = [peer('tor1'), peer('tor2', { peerASN: 65_001 })]
    const ending = target('203.0.113.1', {}, { communities: ['65001:7'], localPref: 300 })
    await settle([ending, six], peers)
    daemon.calls.length = 0
    const retiring = [{ ...ending, stage: 'retire' as const }, six]
    const { targets } = await reconcile(retiring, peers)
    expect(targets).toMatchObject([
      { phase: 'pending', reason: 'Draining', via: ['tor1', 'tor2'] },
      { phase: 'serving', via: ['tor1', 'tor2'] },
    ])
    const told = { communities: ['65001:7', '65535:0'], largeCommunities: [] }
    expect(daemon.heard(tor1)['203.0.113.1/32']).toEqual(told)
    expect(daemon.heard(tor2)['203.0.113.1/32']).toEqual({ ...told, localPref: 0 })
    expect(daemon.heard(tor2)['2001:db8::1/128']).not.toHaveProperty('localPref')
    expect(daemon.calls.filter((call) => /^(add|drop|put|withdraw)/.test(call))).toEqual(['put 1'])
    await clock.advance(seconds(1))
    expect(host.observations.at(-1)).toMatchObject({ kind: 'wake' })
    expect((await reconcile(retiring, peers)).targets[0]).toMatchObject({ phase: 'silent' })
    expect(Object.keys(daemon.heard(tor2))).toEqual(['2001:db8::1/128'])
  })

  it('tells the end of a route to nobody whose advertisements keep the prefix', async () => {
    const offers = (name: string): Offer[] => [
      {
        advertisement: 'BGPAdvertisement metallb-system/a',
        options: { aggregationLength: 24 },
        resources: { BGPPeer: [name] },
      },
    ]
    const ends = target('203.0.113.1', { offers: offers('tor1'), stage: 'retire' })
    const stays = target('203.0.113.2', { offers: offers('tor2') })
    await settle([ends, stays], [peer('tor1', { peerASN: 65_001 }), peer('tor2', { peerASN: 65_001 })])
    expect(daemon.heard(tor1)['203.0.113.0/24']).toMatchObject({ localPref: 0, communities: ['65535:0'] })
    expect(daemon.heard(tor2)['203.0.113.0/24']).toMatchObject({ localPref: 100, communities: [] })
  })

  it('holds nothing that the safety belt refuses', async () => {
    announcer = make({ allowedPrefixes: ['203.0.113.0/24'] })
    await announcer.open(never)
    const { targets } = await settle([one, target('198.51.100.1')])
    expect(targets[1]).toMatchObject({ phase: 'failed', reason: 'PrefixNotAllowed' })
    expect(Object.keys(daemon.heard(tor1))).toEqual(['203.0.113.1/32'])
  })

  it('is itself told what may go out, and the new belt takes the place of the old before new paths come', async () => {
    announcer = make({ allowedPrefixes: ['203.0.113.0/24'] })
    await announcer.open(never)
    await settle([one])
    const stray = parsePrefix('198.51.100.0/24') as Prefix
    await (await daemon.connect(never)).sendPaths([{ prefix: stray, key: 'stray', mark: 1 }], 'put', never)
    expect(Object.keys(daemon.heard(tor1))).toEqual(['203.0.113.1/32'])
    await announcer.close()
    announcer = make({ allowedPrefixes: ['203.0.113.0/24', '198.51.100.0/24'] })
    await announcer.open(never)
    await settle([one, target('198.51.100.1')])
    expect(Object.keys(daemon.heard(tor1))).toEqual(['198.51.100.1/32', '203.0.113.1/32'])
    expect(daemon.names.filter((name) => name.startsWith('herald-belt|'))).toHaveLength(2)
  })

  it('gets back a neighbour that somebody took away', async () => {
    await settle([one])
    daemon.removeNeighbor(tor1)
    await clock.advance(seconds(15))
    await passed()
    expect(host.observations).toContainEqual({
      kind: 'wake',
      reason: 'somebody removed a neighbour of ours from gobgpd',
    })
    await reconcile([one])
    expect(Object.keys(daemon.heard(tor1))).toEqual(['203.0.113.1/32'])
  })
})

describe('a peer', () => {
  beforeEach(async () => {
    daemon.speaker = { asn: 65_001, routerId: '1.1.1.1' }
    await announcer.open(never)
  })

  const problem = (name = 'tor1') =>
    host.observations.findLast((seen) => seen.kind === 'peer' && seen.peer === name)

  it('without a session says where it stands', async () => {
    daemon.answering = false
    const { targets } = await settle([one])
    expect(targets).toEqual([
      {
        address: '203.0.113.1',
        phase: 'pending',
        reason: 'NoSessionEstablished',
        message: 'tor1: gobgpd is in state Idle',
      },
    ])
    daemon.setState(tor1, 'OpenSent')
    expect(problem()).toMatchObject({ state: 'OpenSent' })
  })

  it('wakes the host when its session comes up, and when it is lost', async () => {
    await settle([one])
    daemon.setState(tor1, 'Active')
    expect(problem()).toMatchObject({ state: 'Active', reason: 'SessionLost' })
    expect(host.observations).toContainEqual({ kind: 'wake', reason: 'session lost' })
    expect((await reconcile([one])).targets).toMatchObject([
      { phase: 'pending', reason: 'NoSessionEstablished' },
    ])
    daemon.setState(tor1, 'Established')
    expect((await reconcile([one])).targets).toMatchObject([{ phase: 'serving' }])
    const labels = { peer: '192.0.2.1:179' }
    expect(host.metrics.value('herald_gobgp_sessions_lost_total', labels)).toBe(1)
    expect(host.metrics.value('metallb_bgp_session_up', labels)).toBe(1)
  })

  it('that did not agree to a family is not said to have its routes', async () => {
    daemon.families = ['IPv4']
    const { targets } = await settle([one, six])
    expect(targets).toMatchObject([{ phase: 'serving' }, { phase: 'pending', reason: 'FamilyNotNegotiated' }])
    expect(host.metrics.value('metallb_bgp_announced_prefixes_total', { peer: '192.0.2.1:179' })).toBe(1)
    expect(host.metrics.value('metallb_bgp_pending_prefixes_total', { peer: '192.0.2.1:179' })).toBe(2)
  })

  it('with the address of a neighbour of the operator is refused, and the neighbour left alone', async () => {
    daemon.addForeign(tor1, "the operator's")
    const { targets } = await settle([one])
    expect(problem()).toMatchObject({ state: 'Idle', reason: 'ForeignNeighbor' })
    expect(targets).toMatchObject([{ phase: 'pending', reason: 'NoSessionEstablished' }])
    expect(daemon.calls.filter((call) => /^(add|drop) /.test(call))).toEqual([])
  })

  it.each([
    ['a hold time of 0', { holdTime: '0s' }, 'InvalidPeer', /spec\.holdTime: found 0 s/],
    [
      'another router ID',
      { routerID: '2.2.2.2' },
      'InvalidPeer',
      /spec\.routerID: found 2\.2\.2\.2, allowed 1\.1\.1\.1/,
    ],
    ['an AS that is none', { myASN: 0 }, 'InvalidPeer', /spec\.myASN/],
    ['no such Secret', { passwordSecret: { name: 'x' } }, 'SecretUnavailable', /Secret x does not exist/],
  ])('with %s is refused, and disturbs no other', async (_, spec, reason, message) => {
    await settle([one], [peer('tor1', spec), peer('tor2')])
    expect(problem()).toMatchObject({ reason, message: expect.stringMatching(message) })
    expect(Object.keys(daemon.heard(tor2))).toEqual(['203.0.113.1/32'])
  })

  it('that gobgpd refuses is tried again, and disturbs no other', async () => {
    daemon.refused.add(tor1)
    await settle([one], [peer('tor1'), peer('tor2')])
    expect(problem()).toMatchObject({ reason: 'RefusedByDaemon', message: 'AddPeer: no' })
    expect(Object.keys(daemon.heard(tor2))).toEqual(['203.0.113.1/32'])
    daemon.refused.clear()
    await settle([one], [peer('tor1'), peer('tor2')])
    expect(problem()).toMatchObject({ state: 'Established' })
  })

  it('keeps its session when its password cannot be read again, and gets the new one when it can', async () => {
    const secured = peer('tor1', { passwordSecret: { name: 'bgp' } })
    host.secrets.set('bgp', { password: new TextEncoder().encode('first') })
    await settle([one], [secured])
    expect(daemon.specs.get(tor1)?.password).toBe('first')
    host.secrets.delete('bgp')
    daemon.calls.length = 0
    await settle([one], [{ ...secured, revision: 'rotated' }])
    expect(daemon.calls).toEqual([])
    host.secrets.set('bgp', { password: new TextEncoder().encode('second') })
    await settle([one], [{ ...secured, revision: 'rotated' }])
    expect(daemon.specs.get(tor1)?.password).toBe('second')
    expect(JSON.stringify([host.lines, host.observations])).not.toMatch(/first|second/)
  })

  it('expects our AS where it is dynamic and internal, any where it is external', async () => {
    const peers = [
      peer('tor1', { dynamicASN: 'internal' }),
      peer('tor2', {
        dynamicASN: 'external',
        ebgpMultiHop: true,
        peerPort: 1179,
        enableGracefulRestart: true,
      }),
    ]
    await reconcile([one], peers)
    expect(daemon.specs.get(tor1)).toMatchObject({ localAs: 65_001, remoteAs: 65_001, multihop: false })
    expect(daemon.specs.get(tor2)).toMatchObject({
      remoteAs: 0,
      multihop: true,
      port: 1179,
      gracefulRestart: true,
    })
  })

  it('leaves no series behind', async () => {
    await settle([one])
    const before = host.metrics.seriesCount()
    await settle([one], [peer('tor1'), peer('tor2')])
    await settle([one])
    expect(host.metrics.seriesCount()).toBe(before)
  })
})

it('a call that is no longer wanted says nothing of trouble, and the next one goes on', async () => {
  await announcer.open(never)
  const controller = new AbortController()
  const peers = [peer('tor1')]
  const first = announcer.reconcile(
    { generation: 1, targets: [one], resources: { BGPPeer: peers } },
    controller.signal,
  )
  controller.abort()
  await first.catch(() => undefined)
  expect(host.lines.filter(({ level }) => level === 'warn')).toEqual([])
  expect((await settle([one])).targets).toMatchObject([{ phase: 'serving' }])
})

describe('a gobgpd out of reach', () => {
  it('is a status, not an error, and gets everything when it answers', async () => {
    daemon.reachable = false
    await announcer.open(never)
    const { targets } = await reconcile([one])
    expect(targets).toMatchObject([{ phase: 'pending', reason: 'NoSessionEstablished' }])
    expect(targets[0]?.message).toBe('tor1: gobgpd cannot be reached: connect: connection refused')
    daemon.reachable = true
    await clock.advance(seconds(1))
    await passed()
    expect(host.observations).toContainEqual({ kind: 'wake', reason: 'gobgpd answers' })
    expect((await settle([one])).targets).toMatchObject([{ phase: 'serving' }])
    expect(host.metrics.value('herald_gobgp_connected', {})).toBe(1)
  })

  it('that comes back empty gets everything again', async () => {
    await announcer.open(never)
    await settle([one, six])
    daemon.crash()
    await passed()
    expect((await reconcile([one, six])).targets).toMatchObject([{ phase: 'pending' }, { phase: 'pending' }])
    daemon.reachable = true
    await clock.advance(seconds(1))
    await passed()
    expect((await settle([one, six])).targets).toMatchObject([{ phase: 'serving' }, { phase: 'serving' }])
    expect(host.metrics.value('herald_gobgp_connections_lost_total', {})).toBe(1)
  })

  it('is said once, however often it is tried', async () => {
    daemon.reachable = false
    await announcer.open(never)
    for (let tries = 0; tries < 10; tries++) {
      await clock.advance(seconds(4))
      await passed()
    }
    expect(host.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    expect(host.metrics.value('herald_gobgp_connections_lost_total', {})).toBe(0)
  })

  it('is not even looked for while nobody names it and nothing is to be announced', async () => {
    daemon.reachable = false
    const localAddresses = async () => ({})
    announcer = new GoBgpAnnouncer(parseConfig({}), host, { connect: daemon.connect, localAddresses })
    await announcer.open(never)
    await reconcile([], [])
    expect([clock.pending(), host.lines]).toEqual([0, []])
    await reconcile([], [peer('tor1')])
    expect(host.lines).toMatchObject([{ message: 'gobgpd is unreachable; trying again' }, { level: 'warn' }])
    await announcer.close()
  })

  it('is no longer tried after close', async () => {
    daemon.reachable = false
    await announcer.open(never)
    await announcer.close()
    expect(clock.pending()).toBe(0)
  })
})

it('a gobgpd of another AS than the configured one is refused', async () => {
  daemon.speaker = { asn: 65_001, routerId: '1.1.1.1' }
  announcer = make({ asn: 65_009 })
  await announcer.open(never)
  await settle([one])
  expect(host.observations).toContainEqual({
    kind: 'peer',
    peer: 'tor1',
    state: 'Idle',
    reason: 'WrongAS',
    message: "gobgpd runs as AS 65001, and the plugin's option asn says 65009",
  })
  expect(daemon.neighbors()).toEqual([])
})
