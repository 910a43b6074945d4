import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { AnnouncerStatus, Observation, Resource, Target } from '#core/announcer.ts'
import { settle, type FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import { parseAddress } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Json } from '#core/model/json.ts'
import { FrrAnnouncer } from '#plugins/frr/announcer.ts'
import { parseConfig } from '#plugins/frr/config.ts'

import { FakeFrr } from './fake-frr.ts'

const signal = new AbortController().signal
const guide = { myASN: 7776, peerASN: 7675, peerAddress: '172.16.1.1', peerPort: 179 }

let fake: FakeFrr
let host: FakeHost
let clock: FakeClock
let announcer: FrrAnnouncer
let portTaken: boolean
let generation = 0
let peers: Resource[]
let targets: Target[]

beforeEach(async () => {
  fake = new FakeFrr()
  portTaken = false
  host = fakeHost({ node: 'node-1' })
  clock = host.clock as FakeClock
  peers = [peer('tor', guide)]
  targets = [target('10.254.254.1')]
  announcer = make()
  await announcer.open()
})

function make(config: object = {}): FrrAnnouncer {
  return new FrrAnnouncer(parseConfig(config), host, { vty: fake, portTaken: async () => portTaken })
}

afterEach(async () => {
  await announcer.close()
  await settle()
  expect(clock.pending()).toBe(0)
})

function peer(name: string, spec: Record<string, Json>): Resource {
  return { name, revision: JSON.stringify(spec), spec }
}

function target(text: string, options: Record<string, Json> = {}, names?: string[]): Target {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  const resources = names === undefined ? {} : { resources: { BGPPeer: names } }
  return {
    address,
    services: [{ name: 'default/web', labels: {}, localEndpoints: 1, totalEndpoints: 1 }],
    offers: [{ advertisement: 'BGPAdvertisement metallb-system/local', options, ...resources }],
    stage: 'serve',
  }
}

async function reconcile(): Promise<AnnouncerStatus> {
  const desired = { generation: ++generation, targets, resources: { BGPPeer: peers, BFDProfile: [] } }
  return await announcer.reconcile(desired, signal)
}

function observed(name = 'tor'): Extract<Observation, { kind: 'peer' }> | undefined {
  return host.observations.findLast((one) => one.kind === 'peer' && one.peer === name) as never
}

describe('the frr announcer', () => {
  it('gives each peer what is offered to it', async () => {
    peers.push(peer('tor-2', { ...guide, peerAddress: '172.16.1.2' }))
    targets = [
      target('10.254.254.1', {}, ['tor']),
      target('10.254.254.2'),
      target('2001:db8::1', {}, ['tor-2']),
    ]
    await reconcile()
    expect(fake.heard('172.16.1.1')).toEqual(['10.254.254.2/32', '10.254.254.1/32'].sort())
    expect(fake.heard('172.16.1.2').toSorted()).toEqual(['10.254.254.2/32', '2001:db8::1/128'])
  })

  it('says one command for one more address', async () => {
    await reconcile()
    fake.log.length = 0
    targets.push(target('10.254.254.2'))
    await reconcile()
    expect(fake.log.filter((command) => command.startsWith('network'))).toHaveLength(1)
    expect(fake.log).toHaveLength(5)
  })

  it('leaves an FRR alone that nobody asked for, even if it is not there', async () => {
    peers = []
    targets = []
    fake.kill()
    await reconcile()
    expect(clock.pending()).toBe(0)
    expect(host.lines).toEqual([])
    fake.start()
    fake.load('route-map herald-in deny 10')
    await reconcile()
    expect(fake.log).toEqual([])
  })

  it('says what stops it while FRR is away, and wakes its host to try again', async () => {
    fake.kill()
    const status = await reconcile()
    expect(status.targets[0]).toMatchObject({ phase: 'pending', reason: 'NoSessionEstablished' })
    expect(observed()).toMatchObject({ state: 'Idle', reason: 'FrrUnreachable' })
    expect(observed()?.message).toContain('ENOENT')
    await clock.advance(seconds(1))
    expect(host.observations.at(-1)).toMatchObject({ kind: 'wake' })
  })

  it('gives up on a daemon that takes commands and answers nothing', async () => {
    fake.frozen = true
    const status = reconcile()
    await clock.advance(seconds(10))
    expect((await status).targets[0]).toMatchObject({ phase: 'pending' })
    expect(observed()).toMatchObject({ reason: 'FrrUnreachable', message: 'bgpd: does not answer' })
  })

  it('names the command that FRR refuses, without the password in it', async () => {
    host.secrets.set('bgp', { password: new TextEncoder().encode('sup3rs3cret') })
    peers = [peer('tor', { ...guide, passwordSecret: { name: 'bgp' } })]
    fake.refuse = /password/
    await reconcile()
    expect(observed()).toMatchObject({
      reason: 'CommandRefused',
      message: 'FRR refuses "neighbor 172.16.1.1 password ***" in "router bgp 7776" with status 13',
    })
    expect(JSON.stringify([host.lines, host.observations])).not.toContain('sup3rs3cret')
    fake.refuse = undefined
    await reconcile()
    expect(observed()).toEqual({ kind: 'peer', peer: 'tor', state: 'Established' })
  })

  it.each([
    ['with spaces in it', 'bgp'],
    ['', 'bgp'],
    ['unused', 'absent'],
  ])('does without a peer whose password is no password (%j in %s)', async (password, name) => {
    host.secrets.set('bgp', { password: new TextEncoder().encode(password) })
    peers = [
      peer('tor', { ...guide, passwordSecret: { name } }),
      peer('tor-2', { ...guide, peerAddress: '172.16.1.2' }),
    ]
    await reconcile()
    expect(observed('tor')).toMatchObject({ reason: 'SecretUnavailable' })
    expect(fake.configuration()).not.toContain('172.16.1.1 ')
    expect(fake.heard('172.16.1.2')).toEqual(['10.254.254.1/32'])
  })

  it.each([
    ['interface', 'eth0\nno router bgp'],
    ['vrf', 'red blue'],
    ['peerAddress', 'nonsense'],
  ])('refuses a %s that is none', async (field, value) => {
    peers = [peer('tor', { ...guide, [field]: value })]
    await reconcile()
    expect(observed()).toMatchObject({ reason: 'InvalidPeer' })
    expect(observed()?.message).toContain(`spec.${field}: found ${JSON.stringify(value)}`)
    expect(fake.log).toEqual([])
  })

  it('tells a peer that leaves to forget the routes before it goes', async () => {
    await reconcile()
    peers = []
    targets = []
    await reconcile()
    expect(fake.heard('172.16.1.1')).toEqual([])
    expect(fake.configuration()).toContain('neighbor 172.16.1.1 remote-as')
    await clock.advance(seconds(1))
    expect(host.observations.at(-1)).toMatchObject({ kind: 'wake' })
    await reconcile()
    expect(fake.configuration()).not.toContain('herald')
  })

  it('tells routers the end of a route before it withdraws it, within the session (RFC 8326)', async () => {
    peers = [peer('tor', { ...guide, peerASN: guide.myASN })]
    const ending = target('10.254.254.1', { communities: ['65000:1'], localPref: 300 })
    targets = [ending, target('10.254.254.2')]
    await reconcile()
    fake.log.length = 0
    targets = [{ ...ending, stage: 'retire' }, targets[1]!]
    const [draining, other] = (await reconcile()).targets
    expect(draining).toMatchObject({ phase: 'pending', reason: 'Draining', via: ['tor'] })
    expect(other).toMatchObject({ phase: 'serving', via: ['tor'] })
    expect(fake.attributes('172.16.1.1', '10.254.254.1/32')).toEqual([
      'set local-preference 0',
      'set community 65000:1 graceful-shutdown',
    ])
    expect(fake.attributes('172.16.1.1', '10.254.254.2/32')).toEqual([])
    expect(fake.log.filter((command) => command.includes('neighbor'))).toEqual([])
    await clock.advance(seconds(1))
    expect(host.observations.at(-1)).toMatchObject({ kind: 'wake' })
    expect((await reconcile()).targets[0]).toMatchObject({ phase: 'silent' })
    expect(fake.heard('172.16.1.1')).toEqual(['10.254.254.2/32'])
  })

  it('withdraws a route that is to retire at once when draining is switched off', async () => {
    announcer = make({ drainTime: '0s' })
    await reconcile()
    targets = [{ ...targets[0]!, stage: 'retire' }]
    expect((await reconcile()).targets[0]).toMatchObject({ phase: 'silent' })
    expect(fake.heard('172.16.1.1')).toEqual([])
  })

  it('notices a session that ends while nothing is asked', async () => {
    await reconcile()
    await clock.advance(seconds(5))
    host.observations.length = 0
    fake.silent.add('172.16.1.1')
    await clock.advance(seconds(2))
    expect(observed()).toMatchObject({ state: 'Active', reason: 'NotEstablished' })
    expect(host.observations).toContainEqual({ kind: 'wake', reason: 'a session changed' })
    expect((await reconcile()).targets[0]).toMatchObject({ phase: 'pending', reason: 'NoSessionEstablished' })
    expect(host.metrics.value('metallb_bgp_session_up', { peer: '172.16.1.1:179', vrf: 'default' })).toBe(0)
  })

  it('says what to do when bgpd knows no way to a peer', async () => {
    fake.silent.add('172.16.1.1')
    await reconcile()
    await clock.advance(seconds(2))
    expect(observed()).toMatchObject({ message: 'FRR is in state Active; last: Hold Timer Expired' })
    fake.lastReset = 'No path to specified Neighbor'
    await clock.advance(seconds(2))
    expect(observed()).toMatchObject({
      reason: 'NotEstablished',
      message: expect.stringContaining(
        'last: No path to specified Neighbor: FRR knows no route to the peer (vtysh: show ip nht); if the kernel',
      ) as string,
    })
  })

  it('tells a bgpd nothing that would end for want of its port, says why, and looks again', async () => {
    portTaken = true
    const { targets: statuses } = await reconcile()
    expect(fake.announced('172.16.1.1').size).toBe(0)
    expect(statuses[0]).toMatchObject({ phase: 'pending' })
    expect(statuses[0]?.message).toMatch(/somebody else listens on TCP port 179.*native-bgp.*listenPort: 0/)
    expect(host.observations).toContainEqual(expect.objectContaining({ peer: 'tor', reason: 'PortTaken' }))
    portTaken = false
    await clock.advance(seconds(10))
    expect(host.observations.at(-1)).toMatchObject({ kind: 'wake' })
    await reconcile()
    expect(fake.announced('172.16.1.1').size).toBe(1)
  })
})
