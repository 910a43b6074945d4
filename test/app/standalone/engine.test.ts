import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { eventually } from '../eventually.ts'

import type { LogLine } from '#core/fakes/fake-host.ts'
import { instantAt } from '#core/model/duration.ts'
import { blockFolder } from '../block-folder.ts'
import { advertisement, node, pool, service, settings, World, type Process } from './world.ts'

let world: World
beforeEach(async () => {
  world = await World.make()
  await world.put('pools.json', pool('lan', '192.0.2.0/29'), advertisement())
  await world.put('web.json', service('web'))
})
afterEach(() => world.dispose())

const heard = (process: Process) => [...process.network.heard()]
const hears = (process: Process, ...addresses: string[]) =>
  eventually(() => expect(heard(process)).toEqual(addresses))
const assigned = (process: Process, name: string) =>
  process.view().services.find((one) => one.service === `default/${name}`)
const says = (process: Process, line: Partial<LogLine>) =>
  eventually(() => expect(process.lines).toContainEqual(expect.objectContaining(line)))
const nodes = (...names: string[]) =>
  world.put('nodes.json', ...names.map((name, index) => node(name, `198.51.100.${index + 1}`)))

describe('a node that comes back again and again', () => {
  it('is given nothing new until it has been calm', async () => {
    await nodes('node-a', 'node-b')
    const a = await world.start('node-a', { settings: { ...settings, election: 'stable' } })
    const owner = (): string | undefined => a.view().owners[0]?.winner
    const first = owner()
    const second = first === 'node-a' ? 'node-b' : 'node-a'
    // After the third in a row a node is damped for some two minutes, which are all but over here.
    const since = performance.now() - 119_500
    const returns = [0, 10, 20].map((later) => instantAt(since + later))
    a.liveness.change((of) => (of.known = new Map([[first ?? '', returns]])))
    await eventually(() => expect(owner()).toBe(second))
    await eventually(() => expect(owner()).toBe(first))
  })
})

describe('one process', () => {
  it('allocates, writes down, announces, and says so', async () => {
    const a = await world.start('node-a')
    expect(a.view().services).toMatchObject([{ addresses: ['192.0.2.0'], reason: 'Assigned' }])
    await hears(a, '192.0.2.0')
    await eventually(() =>
      expect(a.view()).toMatchObject({
        role: 'allocating',
        term: 1,
        readiness: { ready: true, reasons: [] },
        announcements: [{ address: '192.0.2.0', phase: 'serving', services: ['default/web'] }],
        owners: [{ service: 'default/web', winner: 'node-a' }],
        problems: [],
      }),
    )
    await eventually(async () => expect(await world.views()).toEqual([a.view()]))
    const labels = { service: 'default/web', protocol: 'memory', node: 'node-a', ip: '192.0.2.0' }
    expect(a.metrics.value('metallb_speaker_announced', labels)).toBe(1)
    expect(a.metrics.value('metallb_allocator_addresses_in_use_total', { pool: 'lan' })).toBe(1)
    expect(a.metrics.has('herald_announce_seconds', { announcer: 'memory', cause: 'start' })).toBe(true)
    expect(a.metrics.value('herald_owned_addresses', { node: 'node-a' })).toBe(1)
    expect(a.metrics.value('herald_address_epoch', { ip: '192.0.2.0' })).toBeGreaterThan(0)
    expect(a.metrics.value('herald_services', { reason: 'Assigned' })).toBe(1)
  })

  it('announces nothing that is not written down', async () => {
    const a = await world.start('node-a')
    await hears(a, '192.0.2.0')
    await blockFolder(join(world.folder, '.herald'))
    await world.put('db.json', service('db'))
    await eventually(() => expect(assigned(a, 'db')?.reason).toBe('AwaitingAllocator'))
    await eventually(() =>
      expect(a.view().problems.map(({ reason }) => reason)).toEqual(['StateUnavailable']),
    )
    expect(heard(a)).toEqual(['192.0.2.0'])
  })

  it('follows changes of the folder: new, changed, faulty and removed Services', async () => {
    const a = await world.start('node-a')
    await world.put('db.json', service('db'))
    await hears(a, '192.0.2.0', '192.0.2.1')
    await world.put('db.json', { ...service('db'), spec: { type: 7 } })
    await eventually(() => expect(a.view().problems.map(({ reason }) => reason)).toContain('LastGoodUsed'))
    expect(heard(a)).toEqual(['192.0.2.0', '192.0.2.1'])
    expect(a.metrics.value('metallb_k8s_client_config_stale_bool', {})).toBe(1)
    await world.put('db.json')
    await hears(a, '192.0.2.0')
    await eventually(() =>
      expect(a.metrics.has('herald_silence_seconds', { announcer: 'memory' })).toBe(true),
    )
    expect(a.metrics.has('herald_address_epoch', { ip: '192.0.2.1' })).toBe(false)
    await says(a, { message: 'service removed', fields: { service: 'default/db', released: ['192.0.2.1'] } })
  })

  it('counts a refusal once, by its reason, however often it decides', async () => {
    const a = await world.start('node-a')
    const annotations = { 'metallb.io/loadBalancerIPs': '198.51.100.1' }
    await world.put(
      'far.json',
      service('far', { metadata: { name: 'far', namespace: 'default', annotations } }),
    )
    await eventually(() => expect(assigned(a, 'far')?.addresses).toEqual([]))
    const { reason = '' } = assigned(a, 'far') ?? {}
    await eventually(() => expect(a.metrics.value('herald_refusals_total', { reason })).toBe(1))
    await world.put('db.json', service('db'))
    await hears(a, '192.0.2.0', '192.0.2.1')
    expect(a.metrics.value('herald_refusals_total', { reason })).toBe(1)
    expect(a.metrics.value('herald_services', { reason })).toBe(1)
  })

  it('gives a Service the address it had before a restart, and not the one its manifest remembers', async () => {
    await world.put('a.json', service('a', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.5' }] } } }))
    const first = await world.start('node-a')
    await hears(first, '192.0.2.0', '192.0.2.5')
    await first.app.stop()
    expect(heard(first)).toEqual([])
    await world.put('0.json', service('0'))
    await world.put('a.json', service('a', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.6' }] } } }))
    const second = await world.start('node-a')
    await eventually(() => expect(assigned(second, '0')?.addresses).toEqual(['192.0.2.1']))
    expect(assigned(second, 'web')?.addresses).toEqual(['192.0.2.0'])
    expect(assigned(second, 'a')?.addresses).toEqual(['192.0.2.5'])
  })

  it('says in its last view that it stopped', async () => {
    const a = await world.start('node-a')
    await hears(a, '192.0.2.0')
    await a.app.stop()
    expect(await world.views()).toMatchObject([{ role: 'stopped', announcements: [] }])
    expect(a.liveness.calls).toEqual(['start', 'leave', 'stop'])
  })
})

describe('two processes', () => {
  it('without Nodes: only the one that allocates announces', async () => {
    const a = await world.start('node-a')
    const b = await world.start('node-b')
    await hears(a, '192.0.2.0')
    await eventually(() => expect(assigned(b, 'web')?.addresses).toEqual(['192.0.2.0']))
    expect(b.view()).toMatchObject({ role: 'following', owners: [{ winner: 'node-a' }] })
    expect(heard(b)).toEqual([])
  })

  it('with Nodes: the elected one announces, and the other when the first is lost', async () => {
    await nodes('node-a', 'node-b')
    const [a, b] = [await world.start('node-a'), await world.start('node-b')]
    await eventually(() => expect([...heard(a), ...heard(b)]).toEqual(['192.0.2.0']))
    const [owner, heir] = heard(a).length === 1 ? [a, b] : [b, a]
    const lost = owner.view().node
    heir.liveness.heardAt = instantAt(0)
    heir.liveness.change(({ dead }) => dead.add(lost))
    await hears(heir, '192.0.2.0')
    await eventually(() => expect(heir.metrics.has('herald_failover_seconds', {})).toBe(true))
    expect(heir.metrics.has('herald_announce_seconds', { announcer: 'memory', cause: 'takeover' })).toBe(true)
    await says(heir, { level: 'warn', message: 'member lost', fields: { member: lost, detail: 'dead' } })
  })

  it('expect heartbeats from the Nodes that have addresses, and name those that have none', async () => {
    await world.put(
      'nodes.json',
      node('node-a', '198.51.100.1', 'fd00::1'),
      node('node-b', '198.51.100.2'),
      node('node-c'),
    )
    const a = await world.start('node-a')
    expect(a.liveness.expected).toEqual([
      { node: 'node-a', addresses: ['198.51.100.1', 'fd00::1'] },
      { node: 'node-b', addresses: ['198.51.100.2'] },
    ])
    expect(a.view().problems).toMatchObject([{ object: 'Node node-c', reason: 'NodeWithoutAddress' }])
    await nodes('node-a', 'node-b', 'node-d')
    await eventually(() => expect(a.liveness.expected.map((peer) => peer.node)).toContain('node-d'))
  })

  it('name the Node that is missing for a process of its own', async () => {
    await nodes('node-a')
    const z = await world.start('node-z')
    expect(z.view().problems).toMatchObject([{ object: 'Node node-z', reason: 'NodeUnknown' }])
    expect(z.liveness.expected).toEqual([])
  })
})

describe('a process that may not take part', () => {
  it('is silent at once, gets ready, and speaks again when it may', async () => {
    const a = await world.start('node-a')
    await hears(a, '192.0.2.0')
    a.liveness.change((liveness) => {
      liveness.taking = false
    })
    expect(heard(a)).toEqual([])
    expect(a.app.publisher.readiness()).toEqual({ ready: false, reasons: ['listening for the other nodes'] })
    await eventually(() => expect(a.view().announcements).toMatchObject([{ phase: 'armed' }]))
    a.liveness.change((liveness) => {
      liveness.taking = true
    })
    await hears(a, '192.0.2.0')
  })

  it('says why when heartbeats fail', async () => {
    const a = await world.start('node-a')
    a.liveness.change((liveness) => {
      liveness.fault = 'UDP port 7473 for heartbeats: taken'
    })
    await eventually(() =>
      expect(a.view().problems).toContainEqual(
        expect.objectContaining({
          reason: 'HeartbeatsFailed',
          message: 'UDP port 7473 for heartbeats: taken',
        }),
      ),
    )
    expect(heard(a)).toEqual([])
  })
})

it('no file of the state holds a password', async () => {
  await world.put(
    'secret.json',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'metallb-system' },
      stringData: { password: 'hunter2' },
    },
    {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { name: 'p', namespace: 'metallb-system' },
      spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.9', password: 'hunter2' },
    },
  )
  const a = await world.start('node-a')
  await hears(a, '192.0.2.0')
  await eventually(async () => expect(await world.views()).toHaveLength(1))
  const texts = await Promise.all(
    ['nodes/node-a.json', 'allocations-0000000001.json'].map((file) =>
      readFile(join(world.folder, '.herald', file), 'utf8'),
    ),
  )
  for (const text of [...texts, JSON.stringify(a.lines)]) expect(text).not.toContain('hunter2')
})
