import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { AnnouncerStatus, Observation, Resource, Target } from '#core/announcer.ts'
import { settle, type FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import type { Json } from '#core/model/json.ts'
import { BgpAnnouncer } from '#plugins/native-bgp/announcer.ts'
import { parseConfig } from '#plugins/native-bgp/config.ts'

import { FakeBfd } from './fake-bfd.ts'
import { FakeDiscovery } from './fake-discovery.ts'
import { FakeNetwork, ip } from './fake-network.ts'

const signal = new AbortController().signal
const onLink = { myASN: 65_001, dynamicASN: 'external', interface: 'eth2', bfdProfile: 'fast' }
const profile: Resource = { name: 'fast', revision: '1', spec: {} }

let network: FakeNetwork
let discovery: FakeDiscovery
let bfd: FakeBfd
let host: FakeHost
let announcer: BgpAnnouncer
let peers: Resource[]

beforeEach(async () => {
  network = new FakeNetwork()
  discovery = new FakeDiscovery()
  bfd = new FakeBfd()
  host = fakeHost({ node: 'node-1' })
  network.ends = { local: ip('fe80::11'), interfaceAddresses: [ip('192.0.2.11'), ip('2001:db8:2::11')] }
  peers = [peer('bare', onLink)]
  announcer = new BgpAnnouncer(parseConfig(undefined), host, { transport: network, bfd, discovery })
  await announcer.open()
})

afterEach(async () => {
  await announcer.close()
  expect((host.clock as FakeClock).pending()).toBe(0)
  expect([...discovery.watched.keys()]).toEqual([])
})

function peer(name: string, spec: Record<string, Json>): Resource {
  return { name, revision: JSON.stringify(spec), spec }
}

async function reconcile(): Promise<AnnouncerStatus> {
  const targets: Target[] = ['203.0.113.1', '2001:db8:113::1'].map((address) => ({
    address: ip(address),
    services: [{ name: 'default/web', labels: {}, localEndpoints: 1, totalEndpoints: 1 }],
    offers: [{ advertisement: 'BGPAdvertisement metallb-system/local', options: {} }],
    stage: 'serve',
  }))
  const resources = { BGPPeer: peers, BFDProfile: [profile] }
  const status = await announcer.reconcile({ generation: 1, targets, resources }, signal)
  await settle()
  return status
}

function observed(): Extract<Observation, { kind: 'peer' }> | undefined {
  return host.observations.findLast((one) => one.kind === 'peer')
}

describe('a peer that is the router of a link', () => {
  it('is waited for, and the user is told for what', async () => {
    const status = await reconcile()
    expect(network.attempts).toEqual([])
    expect(observed()).toMatchObject({
      state: 'Idle',
      reason: 'NoRouterOnLink',
      message: 'no peer on eth2: no router has advertised itself there yet (RFC 4861)',
    })
    expect(status.targets[0]).toMatchObject({ phase: 'pending' })
    discovery.watched.get('eth2')?.unavailable('there is no interface eth2 that is up')
    await reconcile()
    expect(observed()?.message).toBe('no peer on eth2: there is no interface eth2 that is up')
  })

  it('is called by its link-local address, with that link, and told link-local next hops for both families', async () => {
    const router = network.add({ address: 'fe80::1', as: 65_200 })
    await reconcile()
    discovery.find('eth2', 'fe80::1')
    expect(host.observations.at(-1)).toMatchObject({ kind: 'wake' })
    await reconcile()
    expect(network.attempts).toMatchObject([{ address: 'fe80::1', interface: 'eth2', port: 179 }])
    expect((await reconcile()).targets).toMatchObject([
      { phase: 'serving', via: ['bare'] },
      { phase: 'serving', via: ['bare'] },
    ])
    for (const prefix of ['203.0.113.1/32', '2001:db8:113::1/128']) {
      const reach = router.rib.get(prefix)?.find(({ name }) => name === 'mpReach')
      expect(reach?.value).toMatchObject({ nextHops: ['fe80::11'] })
    }
    expect(bfd.sessions[0]?.ends).toEqual({
      local: 'fe80::11',
      remote: 'fe80::1',
      interface: 'eth2',
      multihop: false,
    })
    expect(host.metrics.value('metallb_bgp_session_up', { peer: 'eth2:179' })).toBe(1)
  })

  it('may call us, on its own link only', async () => {
    const router = network.add({ address: 'fe80::1', as: 65_200 })
    router.mode = 'refuse'
    await reconcile()
    discovery.find('eth2', 'fe80::1')
    await reconcile()
    router.mode = 'answer'
    const stranger = network.call(router, 'eth3')
    await settle()
    expect(stranger?.open).toBe(false)
    network.call(router, 'eth2')
    await settle()
    expect(observed()?.state).toBe('Established')
  })

  it('that is replaced by another router gets a session with that one', async () => {
    network.add({ address: 'fe80::1', as: 65_200 })
    const next = network.add({ address: 'fe80::2', as: 65_200 })
    await reconcile()
    discovery.find('eth2', 'fe80::1')
    await reconcile()
    discovery.find('eth2', 'fe80::2')
    await reconcile()
    expect(next.rib.size).toBe(2)
    expect(network.attempts.map(({ address }) => address)).toEqual(['fe80::1', 'fe80::2'])
  })

  it('is looked for no more when the BGPPeer goes', async () => {
    await reconcile()
    expect([...discovery.watched.keys()]).toEqual(['eth2'])
    peers = []
    await reconcile()
    expect([...discovery.watched.keys()]).toEqual([])
  })
})
