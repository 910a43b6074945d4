import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { AnnouncerStatus, Observation, Resource, Target, TargetStatus } from '#core/announcer.ts'
import { settle, type FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import { seconds } from '#core/model/duration.ts'
import type { Json } from '#core/model/json.ts'
import { BgpAnnouncer } from '#plugins/native-bgp/announcer.ts'
import { parseConfig } from '#plugins/native-bgp/config.ts'

import { FakeBfd } from './fake-bfd.ts'
import { FakeDiscovery } from './fake-discovery.ts'
import { FakeNetwork, ip, type FakeRouter } from './fake-network.ts'

const signal = new AbortController().signal
const guide = { myASN: 7776, peerASN: 7675, peerAddress: '172.16.1.1', peerPort: 179 }

let network: FakeNetwork
let host: FakeHost
let clock: FakeClock
let announcer: BgpAnnouncer
let generation = 0
let peers: Resource[]
let targets: Target[]
let profiles: Resource[]
let bfd: FakeBfd
let discovery: FakeDiscovery
let pools: Resource[] | undefined

beforeEach(() => {
  network = new FakeNetwork()
  host = fakeHost({ node: 'node-1' })
  clock = host.clock as FakeClock
  bfd = new FakeBfd()
  discovery = new FakeDiscovery()
  profiles = []
  pools = undefined
  peers = [peer('tor', guide)]
  targets = [target('10.254.254.1')]
})

afterEach(async () => {
  await announcer.close()
  expect(clock.pending()).toBe(0)
})

function peer(name: string, spec: Record<string, Json>): Resource {
  return { name, revision: JSON.stringify(spec), spec }
}

function target(address: string, options: Record<string, Json> = {}, change: Partial<Target> = {}): Target {
  return {
    address: ip(address),
    services: [{ name: 'default/web', labels: {}, localEndpoints: 1, totalEndpoints: 1 }],
    offers: [{ advertisement: 'BGPAdvertisement metallb-system/local', options }],
    stage: 'serve',
    ...change,
  }
}

async function open(config?: unknown): Promise<void> {
  announcer = new BgpAnnouncer(parseConfig(config), host, { transport: network, bfd, discovery })
  await announcer.open()
}

async function reconcile(): Promise<AnnouncerStatus> {
  const resources = { BGPPeer: peers, BFDProfile: profiles, ...(pools && { IPAddressPool: pools }) }
  const desired = { generation: ++generation, targets, resources }
  const status = await announcer.reconcile(desired, signal)
  await settle()
  return status
}

/** Opens, reconciles, and again once the sessions had time to come up. */
async function run(config?: unknown): Promise<AnnouncerStatus> {
  await open(config)
  await reconcile()
  return await reconcile()
}

function observed(name = 'tor'): Extract<Observation, { kind: 'peer' }> | undefined {
  return host.observations.findLast((one) => one.kind === 'peer' && one.peer === name) as never
}

function only(status: AnnouncerStatus): TargetStatus | undefined {
  expect(status.targets).toHaveLength(1)
  return status.targets[0]
}

function attributesOf(router: FakeRouter, prefix: string): Record<string, unknown> {
  return Object.fromEntries((router.rib.get(prefix) ?? []).map(({ name, value }) => [name, value]))
}

describe('an announcement', () => {
  it('reaches the peer with our AS, origin and next hop, and says so', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    const status = await run()
    expect(only(status)).toEqual({ address: '10.254.254.1', phase: 'serving', via: ['tor'] })
    expect(attributesOf(router, '10.254.254.1/32')).toEqual({
      origin: 0,
      asPath: [{ type: 2, numbers: [7776] }],
      nextHop: '172.16.1.11',
    })
    expect(observed()).toEqual({ kind: 'peer', peer: 'tor', state: 'Established' })
    expect(host.observations.some(({ kind }) => kind === 'wake')).toBe(true)
  })

  it('carries an IPv6 route on the IPv4 session, by the IPv6 address of the same interface', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    targets = [target('2001:db8::1')]
    expect(only(await run())).toMatchObject({ phase: 'serving', via: ['tor'] })
    expect(attributesOf(router, '2001:db8::1/128').mpReach).toMatchObject({
      nextHops: ['fd00:172:16:1::11'],
    })
  })

  it('says which address is missing when there is no next hop for a family', async () => {
    network.add({ address: '172.16.1.1', as: 7675 })
    network.ends = { local: ip('172.16.1.11'), interfaceAddresses: [ip('172.16.1.11')] }
    targets = [target('10.254.254.1'), target('2001:db8::1')]
    const status = await run()
    expect(status.targets).toEqual([
      { address: '10.254.254.1', phase: 'serving', via: ['tor'] },
      {
        address: '2001:db8::1',
        phase: 'pending',
        reason: 'NoNextHop',
        message: 'the interface of the session has no IPv6 address to be the next hop',
      },
    ])
  })

  it('carries an IPv4 route by an IPv6 next hop where there is no other (RFC 8950)', async () => {
    const router = network.add({ address: 'fd00:172:16:1::1', as: 7675 })
    network.ends = { local: ip('fd00:172:16:1::11'), interfaceAddresses: [ip('fd00:172:16:1::11')] }
    peers = [peer('tor', { ...guide, peerAddress: 'fd00:172:16:1::1' })]
    expect(only(await run())).toMatchObject({ phase: 'serving' })
    expect(attributesOf(router, '10.254.254.1/32').mpReach).toMatchObject({
      nextHops: ['fd00:172:16:1::11'],
    })
  })

  it('carries LOCAL_PREF and an empty path within one AS, 100 where nothing is said', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7776 })
    peers = [peer('tor', { ...guide, peerASN: 7776 })]
    targets = [target('10.254.254.1', { localPref: 300 }), target('10.254.254.2', { localPref: 0 })]
    await run()
    expect(attributesOf(router, '10.254.254.1/32')).toMatchObject({ asPath: [], localPref: 300 })
    expect(attributesOf(router, '10.254.254.2/32')).toMatchObject({ asPath: [], localPref: 100 })
  })

  it('carries communities of both kinds', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    targets = [target('10.254.254.1', { communities: ['65000:1', 'large:65000:1:2', '65535:65281'] })]
    await run()
    expect(attributesOf(router, '10.254.254.1/32')).toMatchObject({
      communities: [65_000 * 65_536 + 1, 0xffffff01],
      largeCommunities: [[65_000, 1, 2]],
    })
  })

  it('carries our large AS number past a peer that knows small ones only (RFC 6793)', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675, plain: true })
    peers = [peer('tor', { ...guide, myASN: 4_200_000_001 })]
    await run()
    expect(attributesOf(router, '10.254.254.1/32')).toMatchObject({
      asPath: [{ type: 2, numbers: [23_456] }],
      as4Path: [{ type: 2, numbers: [4_200_000_001] }],
    })
  })

  it('goes to the peers its advertisement names only', async () => {
    const [one, two] = [
      network.add({ address: '172.16.1.1', as: 7675 }),
      network.add({ address: '172.16.1.2', as: 7675 }),
    ]
    peers = [peer('tor-1', guide), peer('tor-2', { ...guide, peerAddress: '172.16.1.2' })]
    const offers = [{ advertisement: 'BGPAdvertisement a/b', options: {}, resources: { BGPPeer: ['tor-2'] } }]
    targets = [target('10.254.254.1', {}, { offers })]
    expect(only(await run())).toMatchObject({ via: ['tor-2'] })
    expect([one.rib.size, two.rib.size]).toEqual([0, 1])
  })

  it('of 10,000 addresses takes at most 20 messages, and their withdrawal too', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    const many = Array.from({ length: 10_000 }, (_, i) => target(`10.9.${i >> 8}.${i & 255}`))
    targets = []
    await run()
    const before = router.updates
    targets = many
    await reconcile()
    expect(router.rib.size).toBe(10_000)
    expect(router.updates - before).toBeLessThanOrEqual(20)
    targets = []
    await reconcile()
    expect(router.rib.size).toBe(0)
    expect(router.updates - before).toBeLessThanOrEqual(40)
  })

  it('is repeated when the peer asks for it (RFC 2918), and only that family', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    targets = [target('10.254.254.1'), target('2001:db8::1')]
    await run()
    router.rib.clear()
    router.send({ type: 'routeRefresh', routeRefresh: { afi: 2, subtype: 0, safi: 1 } })
    await settle()
    expect([...router.rib.keys()]).toEqual(['2001:db8::1/128'])
    // RFC 7313 §4: between a beginning and an end.
    const markers = router.received.flatMap((one) => (one.type === 'routeRefresh' ? [one.routeRefresh] : []))
    expect(markers).toEqual([
      { afi: 2, subtype: 1, safi: 1 },
      { afi: 2, subtype: 2, safi: 1 },
    ])
    expect(router.received.at(-2)?.type).toBe('update')
  })

  it('is repeated without marks for a peer that does not know them', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675, plain: true })
    await run()
    router.rib.clear()
    router.send({ type: 'routeRefresh', routeRefresh: { afi: 1, subtype: 0, safi: 1 } })
    await settle()
    expect(router.rib.size).toBe(1)
    expect(router.received.some(({ type }) => type === 'routeRefresh')).toBe(false)
  })

  it('carries MED and prepended ASes, those of the advertisement before those of the peer', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [peer('tor', { ...guide, herald: { med: 50, asPathPrepend: 2 } })]
    targets = [target('10.254.254.1'), target('10.254.254.2', { med: 0, asPathPrepend: 0 })]
    await run()
    expect(attributesOf(router, '10.254.254.1/32')).toMatchObject({
      med: 50,
      asPath: [{ numbers: [7776, 7776, 7776] }],
    })
    expect(attributesOf(router, '10.254.254.2/32')).toMatchObject({ med: 0, asPath: [{ numbers: [7776] }] })
  })

  it('says how many endpoints stand behind this node where it is to (link bandwidth)', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    const services = [
      { name: 'default/a', labels: {}, localEndpoints: 2, totalEndpoints: 5 },
      { name: 'default/b', labels: {}, localEndpoints: 1, totalEndpoints: 1 },
    ]
    targets = [target('10.254.254.1', { linkBandwidth: true }, { services }), target('10.254.254.2')]
    await run()
    expect(attributesOf(router, '10.254.254.1/32')['extendedCommunities']).toEqual(
      Uint8Array.of(0, 4, 0x1e, 0x60, 0x48, 0xb7, 0x1b, 0),
    )
    expect(attributesOf(router, '10.254.254.2/32')).not.toHaveProperty('extendedCommunities')
  })

  it('stays below us where our role says so (RFC 9234)', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [peer('tor', { ...guide, herald: { role: 'provider' } })]
    await run()
    expect(attributesOf(router, '10.254.254.1/32')).toMatchObject({ onlyToCustomer: 7776 })
  })

  it('lies within the pools, unless the configuration allows other prefixes', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    pools = [{ name: 'a', revision: '1', spec: { addresses: ['10.254.254.1-10.254.254.6'] } }]
    targets = [target('10.254.254.6'), target('10.254.254.7')]
    const { targets: found } = await run()
    expect(found).toMatchObject([{ phase: 'serving' }, { phase: 'failed', reason: 'PrefixNotAllowed' }])
    expect([...router.rib.keys()]).toEqual(['10.254.254.6/32'])
  })

  it('stays silent while its target is armed, and is withdrawn when it retires', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    targets = [target('10.254.254.1', {}, { stage: 'arm' })]
    expect(only(await run())).toMatchObject({ phase: 'armed' })
    expect(router.rib.size).toBe(0)
    targets = [target('10.254.254.1')]
    await reconcile()
    expect(router.rib.size).toBe(1)
    targets = [target('10.254.254.1', {}, { stage: 'retire' })]
    expect(only(await reconcile())).toMatchObject({ phase: 'pending', reason: 'Draining', via: ['tor'] })
    await clock.advance(seconds(1))
    expect(host.observations.at(-1)).toMatchObject({ kind: 'wake' })
    expect(only(await reconcile())).toMatchObject({ phase: 'silent' })
    expect(router.rib.size).toBe(0)
  })

  it('that is to retire is the last choice first: GRACEFUL_SHUTDOWN, and LOCAL_PREF 0 within the AS (RFC 8326)', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7776 })
    peers = [peer('tor', { ...guide, peerASN: 7776 })]
    targets = [target('10.254.254.1', { communities: ['65000:1'], localPref: 300 })]
    await run({ drainTime: '5s' })
    targets = [{ ...targets[0]!, stage: 'retire' }]
    await reconcile()
    expect(attributesOf(router, '10.254.254.1/32')).toMatchObject({
      communities: [0xfde80001, 0xffff0000],
      localPref: 0,
    })
    await clock.advance(seconds(4))
    await reconcile()
    expect(router.rib.size).toBe(1)
    await clock.advance(seconds(1))
    await reconcile()
    expect(router.rib.size).toBe(0)
  })

  it('that is to retire is withdrawn at once when draining is switched off', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run({ drainTime: '0s' })
    targets = [target('10.254.254.1', {}, { stage: 'retire' })]
    expect(only(await reconcile())).toMatchObject({ phase: 'silent' })
    expect(router.rib.size).toBe(0)
  })

  it('changes nothing on the wire when nothing changed', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    const before = router.received.length
    await reconcile()
    expect(router.received).toHaveLength(before)
  })

  it('is held back by the safety belt with the reason, and disturbs no other', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    targets = [target('10.254.254.1'), target('192.0.2.1')]
    const status = await run({ allowedPrefixes: ['10.0.0.0/8'] })
    expect(status.targets).toEqual([
      { address: '10.254.254.1', phase: 'serving', via: ['tor'] },
      {
        address: '192.0.2.1',
        phase: 'failed',
        reason: 'PrefixNotAllowed',
        message: 'the safety belt holds 192.0.2.1/32 back',
      },
    ])
    expect([...router.rib.keys()]).toEqual(['10.254.254.1/32'])
  })
})

describe('a slow peer', () => {
  it('is told no more than it reads, and the rest when it reads again', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    targets = []
    await run()
    const pipe = router.pipe
    if (pipe === undefined) throw new Error('no connection')
    pipe.slow = true
    targets = Array.from({ length: 20_000 }, (_, i) => target(`10.9.${i >> 8}.${i & 255}`))
    const status = await reconcile()
    expect(pipe.held).toBeLessThan(70_000)
    expect(status.targets.at(-1)).toMatchObject({ phase: 'pending', reason: 'Sending' })
    pipe.drain()
    await settle()
    expect(router.rib.size).toBe(20_000)
    expect((await reconcile()).targets.at(-1)).toMatchObject({ phase: 'serving' })
  })

  it('delays the end of a withdrawal, which is said', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    targets = [target('10.254.254.1'), target('10.254.254.2')]
    await run()
    const pipe = router.pipe
    if (pipe === undefined) throw new Error('no connection')
    pipe.slow = true
    targets = [target('10.254.254.2', { communities: ['65000:1'] })]
    await reconcile()
    targets = []
    expect((await reconcile()).targets).toEqual([
      expect.objectContaining({
        address: '10.254.254.2',
        phase: 'pending',
        reason: 'Withdrawing',
        via: ['tor'],
      }),
    ])
    pipe.drain()
    await settle()
    expect(router.rib.size).toBe(0)
    expect((await reconcile()).targets).toEqual([])
  })
})

describe('a session', () => {
  it('is kept when other things change, and replaced when its own parameters do', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    network.add({ address: '172.16.1.2', as: 7675 })
    await run()
    const pipe = router.pipe
    peers = [
      { ...peer('tor', guide), revision: 'other' },
      peer('two', { ...guide, peerAddress: '172.16.1.2' }),
    ]
    await reconcile()
    expect(router.pipe).toBe(pipe)
    peers = [peer('tor', { ...guide, holdTime: '30s' })]
    await reconcile()
    expect(router.pipe).not.toBe(pipe)
    expect(router.notifications).toEqual([{ code: 6, subcode: 6, data: [] }])
  })

  it('of a removed peer ends with a withdrawal and Peer De-configured', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    peers = []
    expect(only(await reconcile())).toMatchObject({ phase: 'pending', reason: 'NoPeer' })
    expect(router.received.slice(-2)).toMatchObject([
      { type: 'update', verdict: { update: { withdrawn: [{ address: '10.254.254.1' }] } } },
      { type: 'notification', notification: { code: 6, subcode: 3 } },
    ])
    expect(host.metrics.has('metallb_bgp_session_up', { peer: '172.16.1.1:179' })).toBe(false)
  })

  it('ends at shutdown with the withdrawal first, then Administrative Shutdown', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    targets = []
    await reconcile()
    expect(router.rib.size).toBe(0)
    await announcer.close()
    expect(router.notifications).toMatchObject([{ code: 6, subcode: 2 }])
    expect(network.listening).toBe(false)
  })

  it('ends when the peer is silent for the hold time, and comes back when it is not', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675, holdTime: 9 })
    await run()
    router.alive = false
    await clock.advance(seconds(10))
    expect(router.notifications).toMatchObject([{ code: 4 }])
    expect(host.observations).toContainEqual({
      kind: 'peer',
      peer: 'tor',
      state: 'Idle',
      reason: 'HoldTimerExpired',
      message: 'nothing heard from 172.16.1.1:179 for 9 s, the hold time',
    })
    router.alive = true
    await clock.advance(seconds(3))
    expect(observed()).toEqual({ kind: 'peer', peer: 'tor', state: 'Established' })
    expect(router.rib.size).toBe(1)
  })

  it('is kept by keepalives at a third of the hold time', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675, holdTime: 9 })
    await run()
    router.received.length = 0
    await clock.advance(seconds(60))
    const sent = router.received.filter(({ type }) => type === 'keepalive').length
    expect(sent).toBeGreaterThanOrEqual(20)
    expect(sent).toBeLessThanOrEqual(27)
    expect(observed()?.state).toBe('Established')
  })

  it('accepts the peer’s own connection while ours is refused', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    router.mode = 'refuse'
    await run()
    expect(observed()).toMatchObject({ state: 'Active', reason: 'ConnectFailed' })
    network.call(router)
    await settle()
    expect(observed()).toEqual({ kind: 'peer', peer: 'tor', state: 'Established' })
    expect(router.rib.size).toBe(1)
  })

  it('survives the peer’s second connection, which is refused', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    const pipe = router.pipe
    const second = network.call(router)
    await settle()
    expect(second?.open).toBe(false)
    expect(pipe?.open).toBe(true)
    expect(observed()?.state).toBe('Established')
  })

  it('is not offered to strangers', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    const stranger = network.add({ address: '172.16.1.66', as: 666 })
    const pipe = network.call(stranger)
    await settle()
    expect(pipe?.open).toBe(false)
    expect(stranger.received).toEqual([])
    expect(router.rib.size).toBe(1)
  })

  it('are accepted while there are peers; without any the port is left to others', async () => {
    network.add({ address: '172.16.1.1', as: 7675 })
    expect(network.listening).toBe(false)
    const wanted = peers
    await run()
    expect(network.listening).toBe(true)
    peers = []
    await reconcile()
    expect(network.listening).toBe(false)
    peers = wanted
    await run()
    expect(network.listening).toBe(true)
    expect(host.metrics.value('herald_bgp_listening', {})).toBe(1)
  })

  it('comes up without the port to listen on, and the log says why it does not listen', async () => {
    network.portTaken = true
    network.add({ address: '172.16.1.1', as: 7675 })
    expect(only(await run())).toMatchObject({ phase: 'serving' })
    expect(host.lines).toContainEqual(
      expect.objectContaining({
        message: 'not accepting BGP connections, only opening them',
        fields: { port: 179, problem: 'bind (IPv4 port 179): address already in use (EADDRINUSE)' },
      }),
    )
    expect(host.metrics.value('herald_bgp_listening', {})).toBe(0)
  })
})

describe('trouble with a peer is precise', () => {
  it('unknown address: no answer, with what it may be', async () => {
    await run()
    await clock.advance(seconds(11))
    expect(observed()).toEqual({
      kind: 'peer',
      peer: 'tor',
      state: 'Connect',
      reason: 'ConnectTimeout',
      message:
        'no answer from 172.16.1.1:179; the peer may require a password, or the address is unreachable or filtered',
    })
    const status = await reconcile()
    expect(only(status)).toMatchObject({ phase: 'pending', reason: 'NoSessionEstablished' })
    expect(only(status)?.message).toContain('tor: Connect, no answer from 172.16.1.1:179')
  })

  it('wrong AS: which was found and which was expected', async () => {
    const router = network.add({ address: '172.16.1.1', as: 65_000 })
    await run()
    expect(observed()).toMatchObject({
      reason: 'WrongPeerAS',
      message: '172.16.1.1:179 is AS 65000, expected AS 7675',
    })
    expect(router.notifications).toEqual([{ code: 2, subcode: 2, data: [] }])
  })

  it('garbage: the exact NOTIFICATION that answered it', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    router.mode = 'mute'
    await run()
    router.sendBytes(new TextEncoder().encode('SSH-2.0-OpenSSH_9.2\r\n'))
    await settle()
    expect(observed()).toMatchObject({
      reason: 'NotificationSent',
      message: 'told 172.16.1.1:179: Message Header Error/Connection Not Synchronized (1/1)',
    })
    expect(router.received.at(-1)).toEqual({
      type: 'notification',
      notification: { code: 1, subcode: 1, data: [] },
    })
  })

  it('a peer that accepts and says nothing', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    router.mode = 'mute'
    await run()
    await clock.advance(seconds(31))
    expect(host.observations).toContainEqual(
      expect.objectContaining({ reason: 'OpenTimeout', state: 'Idle' }),
    )
  })

  it('a peer that was shut down, in its own words', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    const words = [...new TextEncoder().encode('maintenance')]
    router.send({
      type: 'notification',
      notification: { code: 6, subcode: 2, data: [words.length, ...words] },
    })
    await settle()
    expect(observed()?.message).toBe(
      '172.16.1.1:179 says: Cease/Administrative Shutdown (6/2): "maintenance"; our AS is 7776',
    )
  })

  it('a faulty UPDATE costs its routes, not the session (RFC 7606)', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    const header = [...Array<number>(16).fill(0xff), 0, 31, 2]
    router.sendBytes(Uint8Array.of(...header, 0, 0, 0, 4, 0x40, 1, 1, 9, 8, 10, 0, 0).subarray(0, 31))
    await settle()
    expect(observed()?.state).toBe('Established')
    expect(host.metrics.value('herald_bgp_updates_faulty_total', { peer: '172.16.1.1:179' })).toBe(1)
  })

  it('that ends every session at once is met ever more slowly too', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    for (let i = 0; i < 6; i++) {
      router.send({ type: 'notification', notification: { code: 6, subcode: 1, data: [] } })
      await clock.advance(seconds(1))
    }
    expect(network.attempts.length).toBeLessThanOrEqual(4)
  })

  it('is retried ever more slowly, up to the connect time', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    router.mode = 'refuse'
    peers = [peer('tor', { ...guide, connectTime: '8s' })]
    await run()
    await clock.advance(seconds(120))
    expect(network.attempts.length).toBeGreaterThan(120 / 8)
    expect(network.attempts.length).toBeLessThan(120 / 6 + 5)
  })

  it('does not disturb other peers', async () => {
    const router = network.add({ address: '172.16.1.2', as: 7675 })
    peers = [
      peer('bad-id', { ...guide, routerID: 'fd00::1' }),
      peer('gone', guide),
      peer('good', { ...guide, peerAddress: '172.16.1.2' }),
    ]
    const status = only(await run())
    expect(status).toMatchObject({ phase: 'serving', via: ['good'] })
    expect(status?.message).toContain('bad-id: spec.routerID: found "fd00::1"')
    expect(router.rib.size).toBe(1)
  })
})

describe('a password', () => {
  const protectedPeer = peer('tor', { ...guide, passwordSecret: { name: 'bgp' } })
  const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

  it('is demanded at a port that could be listened on only later', async () => {
    network.portTaken = true
    network.add({ address: '172.16.1.1', as: 7675 })
    host.secrets.set('bgp', { password: new TextEncoder().encode('sup3rs3cret') })
    peers = [protectedPeer]
    await run()
    expect(network.demands.size).toBe(0)
    network.portTaken = false
    await reconcile()
    expect(network.listening).toBe(true)
    expect(text(network.demands.get(ip('172.16.1.1'))?.key)).toBe('sup3rs3cret')
  })

  it('signs our connections and is demanded of the peer’s, and appears nowhere else', async () => {
    host.secrets.set('bgp', { password: new TextEncoder().encode('sup3rs3cret') })
    network.add({ address: '172.16.1.1', as: 7675 })
    peers = [protectedPeer]
    await run()
    expect(text(network.attempts[0]?.signature?.key)).toBe('sup3rs3cret')
    expect(text(network.demands.get(ip('172.16.1.1'))?.key)).toBe('sup3rs3cret')
    expect(JSON.stringify([host.lines, host.observations])).not.toContain('sup3rs3cret')
  })

  it('whose Secret is missing holds the session back until it is there', async () => {
    network.add({ address: '172.16.1.1', as: 7675 })
    peers = [protectedPeer]
    await run()
    expect(observed()).toMatchObject({
      state: 'Idle',
      reason: 'SecretUnavailable',
      message: 'no password to use: Secret bgp does not exist',
    })
    expect(network.attempts).toEqual([])
    host.secrets.set('bgp', { password: new TextEncoder().encode('x') })
    host.observations.length = 0
    await clock.advance(seconds(11))
    expect(host.observations).toContainEqual(expect.objectContaining({ kind: 'wake' }))
    await reconcile()
    expect(observed()?.state).toBe('Established')
  })

  it('that no kernel would take is refused', async () => {
    host.secrets.set('bgp', { password: new Uint8Array(81) })
    peers = [protectedPeer]
    await run()
    expect(observed()?.message).toBe(
      'no password to use: Secret bgp has a password of 81 bytes, allowed 1 to 80 bytes',
    )
  })

  it('that cannot be demanded of the peer keeps its connections out, but not ours', async () => {
    host.secrets.set('bgp', { password: new TextEncoder().encode('one') })
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    router.mode = 'refuse'
    network.unprotectable = true
    peers = [protectedPeer]
    await run()
    expect(network.call(router)).toBeDefined()
    await settle()
    expect(observed()?.state).not.toBe('Established')
    router.mode = 'answer'
    await clock.advance(seconds(2))
    expect(observed()?.state).toBe('Established')
  })

  it('that changes is the key of the running session from then on', async () => {
    host.secrets.set('bgp', { password: new TextEncoder().encode('one') })
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [protectedPeer]
    await run()
    const pipe = router.pipe
    host.secrets.set('bgp', { password: new TextEncoder().encode('two') })
    peers = [{ ...protectedPeer, revision: 'rotated' }]
    await reconcile()
    expect(router.pipe).toBe(pipe)
    expect(pipe?.rekeyed).toBe('two')
    expect(new TextDecoder().decode(network.demands.get(router.address)?.key)).toBe('two')
    router.pipe?.cut()
    await settle()
    await clock.advance(seconds(2))
    expect(new TextDecoder().decode(network.attempts.at(-1)?.signature?.key)).toBe('two')
  })

  it('that is taken away begins a new session', async () => {
    host.secrets.set('bgp', { password: new TextEncoder().encode('one') })
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [protectedPeer]
    await run()
    const pipe = router.pipe
    peers = [peer('tor', guide)]
    await reconcile()
    expect(router.pipe).not.toBe(pipe)
    expect(router.rib.size).toBe(1)
  })

  it('is a master key of TCP-AO where that is asked for, and another one begins a new session (RFC 5925)', async () => {
    host.secrets.set('bgp', { password: new TextEncoder().encode('one') })
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    const own = { tcpAo: 'aes-128-cmac-96', tcpAoSendId: 7, tcpAoReceiveId: 8 }
    const signed = peer('tor', { ...guide, passwordSecret: { name: 'bgp' }, herald: own })
    const tcpAo = { algorithm: 'aes-128-cmac-96', sendId: 7, receiveId: 8 }
    peers = [signed]
    await run()
    const pipe = router.pipe
    expect(network.attempts[0]?.signature).toEqual({ key: new TextEncoder().encode('one'), tcpAo })
    expect(network.demands.get(router.address)).toEqual(network.attempts[0]?.signature)
    host.secrets.set('bgp', { password: new TextEncoder().encode('two') })
    peers = [{ ...signed, revision: 'rotated' }]
    await reconcile()
    expect(router.pipe).not.toBe(pipe)
    expect(pipe?.rekeyed).toBeUndefined()
    expect(network.demands.get(router.address)).toEqual({ key: new TextEncoder().encode('two'), tcpAo })
  })

  it('is no session without a password where TCP-AO is asked for', async () => {
    network.add({ address: '172.16.1.1', as: 7675 })
    peers = [peer('tor', { ...guide, herald: { tcpAo: 'hmac-sha-1-96' } })]
    await run()
    expect(network.attempts).toEqual([])
    expect(observed()?.message).toBe(
      'spec.herald.tcpAo: found "hmac-sha-1-96" and no passwordSecret, allowed: both, for the password is the master key',
    )
  })

  it('that cannot be read again does not end a session', async () => {
    host.secrets.set('bgp', { password: new TextEncoder().encode('one') })
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [protectedPeer]
    await run()
    const pipe = router.pipe
    host.secrets.clear()
    peers = [{ ...protectedPeer, revision: 'rotated' }]
    await reconcile()
    expect(router.pipe).toBe(pipe)
  })
})

describe('metrics', () => {
  it('follow the session and its routes', async () => {
    const labels = { peer: '172.16.1.1:179' }
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    const values = (): number[] =>
      ['session_up', 'announced_prefixes_total', 'pending_prefixes_total'].map((name) =>
        host.metrics.value(`metallb_bgp_${name}`, labels),
      )
    expect(values()).toEqual([1, 1, 1])
    expect(host.metrics.value('metallb_bgp_updates_total', labels)).toBe(3)
    router.mode = 'refuse'
    router.pipe?.cut('ECONNRESET')
    await settle()
    expect(values()).toEqual([0, 0, 1])
    expect(host.metrics.value('herald_bgp_sessions_lost_total', labels)).toBe(1)
  })
})

describe('a peer with BFD', () => {
  const withBfd = { ...guide, bfdProfile: 'fast' }
  const fast = { name: 'fast', revision: '1', spec: { transmitInterval: 50 } }

  beforeEach(() => {
    peers = [peer('tor', withBfd)]
    profiles = [fast]
  })

  it('is watched from the address of the session, once that is established', async () => {
    network.add({ address: '172.16.1.1', as: 7675 }).mode = 'refuse'
    await run()
    expect(bfd.sessions).toEqual([])
    network.add({ address: '172.16.1.1', as: 7675 })
    await clock.advance(seconds(5))
    expect(bfd.sessions).toHaveLength(1)
    expect(bfd.sessions[0]?.ends).toEqual({ local: '172.16.1.11', remote: '172.16.1.1', multihop: false })
    expect(bfd.sessions[0]?.profiles[0]?.parameters.transmitInterval).toBe(50_000)
  })

  it('loses its session at once when BFD goes down, with the reason for the router and for people', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    bfd.sessions[0]?.up()
    expect(host.metrics.value('metallb_bfd_session_up', { peer: '172.16.1.1' })).toBe(1)
    bfd.sessions[0]?.down()
    await settle()
    expect(router.notifications).toEqual([{ code: 6, subcode: 10, data: [] }])
    expect(observed()).toEqual({
      kind: 'peer',
      peer: 'tor',
      state: 'Idle',
      reason: 'BfdDown',
      message: 'BFD lost 172.16.1.1:179: nothing heard for the detection time',
    })
    expect(only(await reconcile())).toMatchObject({ phase: 'pending', reason: 'NoSessionEstablished' })
    expect(host.metrics.value('metallb_bfd_session_up', { peer: '172.16.1.1' })).toBe(0)
    expect(host.metrics.value('metallb_bfd_session_down_events', { peer: '172.16.1.1' })).toBe(1)
    await clock.advance(seconds(5))
    expect(only(await reconcile())).toMatchObject({ phase: 'serving' })
    expect(bfd.sessions).toHaveLength(1)
  })

  it('keeps its session when the router switches BFD off (RFC 5882 §3.2), and while BFD never comes up', async () => {
    network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    bfd.sessions[0]?.events.changed({ from: 'Init', to: 'Down', diagnostic: 1, remoteDisabled: false })
    expect(observed()?.state).toBe('Established')
    bfd.sessions[0]?.up()
    bfd.sessions[0]?.down({ remoteDisabled: true, diagnostic: 3 })
    await settle()
    expect(observed()).toEqual({ kind: 'peer', peer: 'tor', state: 'Established' })
  })

  it('takes another profile, and none, without a new session', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    profiles = [{ ...fast, revision: '2', spec: { transmitInterval: 90 } }]
    await reconcile()
    expect(bfd.sessions[0]?.profiles.at(-1)?.parameters.transmitInterval).toBe(90_000)
    peers = [peer('tor', guide)]
    await reconcile()
    expect(bfd.sessions[0]?.closed).toBe(true)
    expect(host.metrics.has('metallb_bfd_session_up', { peer: '172.16.1.1' })).toBe(false)
    expect(router.notifications).toEqual([])
    expect(bfd.sessions).toHaveLength(1)
  })

  it('goes on without BFD where that cannot run, and says so once', async () => {
    network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    bfd.sessions[0]?.events.unavailable('UDP port 3784: address already in use')
    bfd.sessions[0]?.events.unavailable('UDP port 3784: address already in use')
    expect(observed()).toEqual({
      kind: 'peer',
      peer: 'tor',
      state: 'Established',
      reason: 'BfdUnavailable',
      message: 'no BFD with 172.16.1.1: UDP port 3784: address already in use',
    })
    expect(host.lines.filter(({ message }) => message === 'BFD session cannot run')).toHaveLength(1)
    bfd.sessions[0]?.events.counted({ sent: 3, received: 2, echoSent: 1, echoReceived: 0 })
    const count = (name: string): number => host.metrics.value(`metallb_bfd_${name}`, { peer: '172.16.1.1' })
    expect([
      count('control_packet_output'),
      count('control_packet_input'),
      count('echo_packet_output'),
    ]).toEqual([3, 2, 1])
  })

  it('is left alone by BFD when it is removed', async () => {
    network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    peers = []
    await reconcile()
    expect(bfd.sessions[0]?.closed).toBe(true)
  })
})

describe('a restart', () => {
  const kept = { ...guide, enableGracefulRestart: true }

  it('is told once, and the end of the routes only when all have been told', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [peer('tor', kept)]
    await run({ restartTime: '90s' })
    const opens = (): unknown[] =>
      router.received.flatMap((one) =>
        one.type === 'open'
          ? one.open.parameters.flat().filter(({ kind }) => kind === 'gracefulRestart')
          : [],
      )
    const families = [
      { afi: 1, safi: 1, flags: 0x80 },
      { afi: 2, safi: 1, flags: 0x80 },
    ]
    expect(opens()).toEqual([{ kind: 'gracefulRestart', flagsAndTime: 0xc05a, families }])
    const kinds = router.received.flatMap((one) =>
      one.type === 'update' && one.verdict.action === 'accept' ? [one.verdict.update.nlri.length] : [],
    )
    expect(kinds).toEqual([1, 0, 0])
    router.pipe?.cut()
    await settle()
    await clock.advance(seconds(2))
    expect(opens().at(-1)).toMatchObject({ flagsAndTime: 0x405a })
  })

  it('of ours is not kept by a peer that was not asked to', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    await run()
    const [open] = router.received.filter((one) => one.type === 'open')
    expect(open?.open.parameters.flat()).toContainEqual({
      kind: 'gracefulRestart',
      flagsAndTime: 0x4000,
      families: [],
    })
  })

  it('at the end of ours no route is kept: withdrawn first, then a Hard Reset (RFC 8538)', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [peer('tor', kept)]
    await run()
    const closing = announcer.close()
    await settle()
    await closing
    expect(router.notifications).toMatchObject([{ code: 6, subcode: 9 }])
    expect(router.notifications[0]?.data.slice(0, 2)).toEqual([6, 2])
  })
})

describe('a passive peer', () => {
  const passive = { ...guide, herald: { passive: true, ttlSecurity: 1 } }

  it('is waited for, never called, and demanded to be near', async () => {
    const router = network.add({ address: '172.16.1.1', as: 7675 })
    peers = [peer('tor', passive)]
    await run()
    await clock.advance(seconds(120))
    expect(network.attempts).toEqual([])
    expect(observed()?.state).toBe('Active')
    const pipe = network.call(router)
    await settle()
    await reconcile()
    expect(pipe?.minTtl).toBe(255)
    expect(router.rib.size).toBe(1)
    pipe?.cut()
    await settle()
    await clock.advance(seconds(120))
    expect(network.attempts).toEqual([])
    network.call(router)
    await settle()
    expect(router.rib.size).toBe(1)
  })
})
