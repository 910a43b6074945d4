import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Resource } from '#core/announcer.ts'
import {
  Bird,
  createLab,
  Frr,
  NODE_ASN,
  renderBird,
  ROUTER_ASN,
  routedTopology,
  until,
  type BgpRouter,
  type Lab,
} from '#lab/index.ts'

import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { BgpNode } from './bgp-node.ts'
import { peerResource, target } from './bgp-speaker.ts'

const ours = ['172.16.1.11', 'fd00:172:16:1::11'] as const
const theirs = ['172.16.1.1', 'fd00:172:16:1::1'] as const
const prefixes = ['10.254.254.1', '2001:db8:254::1'] as const

/** Half a second without a packet: a busy machine does not get there, a dead one soon does. */
const spec = { transmitInterval: 100, receiveInterval: 100, detectMultiplier: 5 }
const bfd = { interval: 100, multiplier: 5 }
/** So long that only BFD can have noticed. */
const holdTime = 180

let harness: BundledWorker
let lab: Lab
let node: BgpNode

beforeAll(async () => {
  harness = await bundleWorker(fileURLToPath(new URL('bgp-harness.ts', import.meta.url)))
})
afterAll(() => harness.remove())

beforeEach(async () => {
  lab = await createLab(routedTopology({ pods: false }))
})
afterEach(async () => {
  await node.stop()
  await lab.dispose()
})

function router(withBfd = true): BgpRouter {
  const neighbors = ours.map((address) => ({
    address,
    asn: NODE_ASN,
    holdTime,
    ...(withBfd ? { bfd } : {}),
  }))
  return { asn: ROUTER_ASN, routerId: '172.16.1.1', neighbors }
}

function profile(change: Resource['spec'] = {}): Resource {
  const changed = { ...spec, ...change }
  return { name: 'fast', revision: JSON.stringify(changed), spec: changed }
}

/** One peer for each of the router's addresses, with BFD by the profile `fast`. */
function peers(change: Resource['spec'] = {}): Resource[] {
  return theirs.map((peerAddress, i) =>
    peerResource(`tor${i}`, {
      myASN: NODE_ASN,
      peerASN: ROUTER_ASN,
      peerAddress,
      bfdProfile: 'fast',
      ...change,
    }),
  )
}

async function start(bfdSpec: Resource['spec'] = {}, peerSpec: Resource['spec'] = {}): Promise<void> {
  node = new BgpNode(lab.node('node1'), harness.script)
  await node.desire({
    profiles: [profile(bfdSpec)],
    peers: peers(peerSpec),
    targets: prefixes.map((prefix) => target(prefix)),
  })
  await node.established('tor0', 'tor1')
}

async function upHere(): Promise<void> {
  for (const peer of theirs) {
    await until(`BFD with ${peer}`, async () => (await node.value('metallb_bfd_session_up', peer)) === 1)
  }
}

async function routed(): Promise<boolean> {
  const router = lab.node('router')
  const routes = [...(await router.routes('IPv4')), ...(await router.routes('IPv6'))]
  return prefixes.every((prefix) => routes.some(({ dst }) => dst === prefix))
}

async function anyRouted(): Promise<boolean> {
  const router = lab.node('router')
  const routes = [...(await router.routes('IPv4')), ...(await router.routes('IPv6'))]
  return prefixes.some((prefix) => routes.some(({ dst }) => dst === prefix))
}

/** Times a session of ours went down. */
async function downs(): Promise<number[]> {
  return Promise.all(theirs.map((peer) => node.value('metallb_bfd_session_down_events', peer)))
}

describe('BFD with a real FRR router', () => {
  let frr: Frr

  interface BfdReport {
    readonly peer: string
    readonly status: string
    readonly 'remote-transmit-interval': number
    readonly 'remote-receive-interval': number
    readonly multihop: boolean
    readonly 'remote-diagnostic': string
  }

  async function startRouter(withBfd = true): Promise<void> {
    frr = new Frr(lab.node('router'), { config: router(withBfd) })
    await frr.start()
  }

  async function report(peer: string): Promise<BfdReport | undefined> {
    return (await frr.showJson<BfdReport[]>('show bfd peers')).find((one) => one.peer === peer)
  }

  async function up(): Promise<void> {
    await upHere()
    for (const peer of ours)
      await until(`FRR's BFD with ${peer}`, async () => (await report(peer))?.status === 'up')
    await until('both routes', routed)
  }

  /** Times a session of the router's went down. */
  async function routerDowns(): Promise<(number | undefined)[]> {
    const counters = await frr.showJson<{ peer: string; 'session-down': number }[]>('show bfd peers counters')
    return ours.map((peer) => counters.find((one) => one.peer === peer)?.['session-down'])
  }

  it('is up in both families, with the intervals of both sides', async () => {
    await startRouter()
    await start()
    await up()
    for (const peer of ours) {
      await until('the intervals agreed on', async () => {
        const told = await report(peer)
        return told?.['remote-transmit-interval'] === 100 && told['remote-receive-interval'] === 100
      })
      expect(await report(peer)).toMatchObject({ multihop: false })
    }
  })

  it('finds a cut link: the router drops the routes, our sessions end, and all comes back', async () => {
    await startRouter()
    await start()
    await up()
    await lab.node('node1').cutLink()
    await until('the routes to go', async () => !(await anyRouted()))
    for (const name of ['tor0', 'tor1'])
      await until(`${name} to be down`, () =>
        node.observations.some((one) => one.kind === 'peer' && one.peer === name && one.reason === 'BfdDown'),
      )
    const said = node.observations.find((one) => one.kind === 'peer' && one.reason === 'BfdDown')
    expect(said).toMatchObject({
      state: 'Idle',
      message: expect.stringMatching(/^BFD lost \S+:179: nothing heard for the detection time$/) as unknown,
    })
    const { targets } = await node.desire({})
    expect(targets[0]).toMatchObject({ phase: 'pending', reason: 'NoSessionEstablished' })
    await lab.node('node1').healLink()
    await up()
  })

  it('lets the router find out that this process is frozen', async () => {
    await startRouter()
    await start()
    await up()
    node.signal('SIGSTOP')
    await until('the routes to go', async () => !(await anyRouted()))
    node.signal('SIGCONT')
    await up()
  })

  it('is up again with a router that was restarted', async () => {
    await startRouter()
    await start()
    await up()
    await frr.kill9()
    await until('the loss to be noticed', async () => (await downs()).every((count) => count > 0))
    await frr.start()
    await up()
  })

  it('does not care how long the main thread is busy', async () => {
    await startRouter()
    await start()
    await up()
    for (let i = 0; i < 20; i++) await node.ask({ op: 'block', milliseconds: 100 })
    // Three times the detection time.
    for (let i = 0; i < 3; i++) await node.ask({ op: 'block', milliseconds: 1500 })
    expect(await downs()).toEqual([0, 0])
    expect(await routerDowns()).toEqual([0, 0])
  })

  it('changes its parameters without going down', async () => {
    await startRouter()
    await start()
    await up()
    await node.desire({
      profiles: [profile({ transmitInterval: 250, receiveInterval: 200, detectMultiplier: 4 })],
    })
    await until('the slower intervals', async () => {
      const told = await report(ours[0])
      return told?.['remote-transmit-interval'] === 250 && told['remote-receive-interval'] === 200
    })
    await node.desire({ profiles: [profile({ transmitInterval: 80, receiveInterval: 150 })] })
    await until('the faster intervals', async () => {
      const told = await report(ours[0])
      return told?.['remote-transmit-interval'] === 80 && told['remote-receive-interval'] === 150
    })
    expect(await downs()).toEqual([0, 0])
    expect(await routerDowns()).toEqual([0, 0])
  })

  it('holds nothing back where the router has none', async () => {
    await startRouter(false)
    await start()
    await until('both routes', routed)
    expect(await node.value('metallb_bfd_session_up', theirs[0])).toBe(0)
  })

  it('may be switched off at the router without the routes going', async () => {
    await startRouter()
    await start()
    await up()
    const profiles = ours.map((peer) => `to-${peer.replaceAll(/[.:]/g, '-')}`)
    await frr.vtysh(
      'configure terminal',
      'bfd',
      ...profiles.flatMap((name) => [`profile ${name}`, 'shutdown', 'exit']),
    )
    await until('BFD to be down', async () => (await downs()).every((count) => count > 0))
    expect([node.peer('tor0')?.state, node.peer('tor1')?.state]).toEqual(['Established', 'Established'])
    expect(await routed()).toBe(true)
  })

  it('tells the router when it is taken from the peer', async () => {
    await startRouter()
    await start()
    await up()
    await node.desire({ peers: peers({ bfdProfile: 'none' }) })
    for (const peer of ours) {
      await until(
        'the router to be told',
        async () => (await report(peer))?.['remote-diagnostic'] === 'administratively down',
      )
    }
  })

  it('waits for the router where it is passive', async () => {
    await startRouter()
    await start({ passiveMode: true })
    await up()
  })

  it('sends echo packets through the router, and loses it when they do not come back', async () => {
    await startRouter()
    await frr.vtysh(
      'configure terminal',
      'bfd',
      'profile to-172-16-1-11',
      'echo-mode',
      'echo receive-interval 100',
    )
    await start({ echoMode: true, echoInterval: 100 })
    await up()
    const counted = (what: string): Promise<number> =>
      node.value(`metallb_bfd_echo_packet_${what}`, theirs[0])
    await until('echo packets', async () => (await counted('input')) > 10)
    expect(await node.value('metallb_bfd_echo_packet_output', theirs[1])).toBe(0)
    expect(await downs()).toEqual([0, 0])
    await lab.node('router').run(['sysctl', '-qw', 'net.ipv4.conf.eth1.forwarding=0'])
    await until('the loss', () => node.peer('tor0')?.reason === 'BfdDown')
    expect(node.observations).toContainEqual({
      kind: 'peer',
      peer: 'tor0',
      state: 'Idle',
      reason: 'BfdDown',
      message: 'BFD lost 172.16.1.1:179: no echo packet came back',
    })
  })

  it('crosses routers where the peer is not on a subnet of ours (RFC 5883)', async () => {
    const far = ['10.0.0.1', 'fd00:10::1']
    await lab.node('router').ip('addr add 10.0.0.1/32 dev lo', 'addr add fd00:10::1/128 dev lo')
    await startRouter()
    await frr.vtysh(
      'configure terminal',
      `router bgp ${ROUTER_ASN}`,
      ...ours.flatMap((peer, i) => [
        `neighbor ${peer} ebgp-multihop 3`,
        `neighbor ${peer} update-source ${far[i]}`,
      ]),
    )
    node = new BgpNode(lab.node('node1'), harness.script)
    await node.desire({
      profiles: [profile()],
      peers: far.map((peerAddress, i) =>
        peerResource(`tor${i}`, {
          myASN: NODE_ASN,
          peerASN: ROUTER_ASN,
          peerAddress,
          ebgpMultiHop: true,
          bfdProfile: 'fast',
        }),
      ),
      targets: prefixes.map((prefix) => target(prefix)),
    })
    await node.established('tor0', 'tor1')
    for (const peer of far)
      await until(`BFD with ${peer}`, async () => (await node.value('metallb_bfd_session_up', peer)) === 1)
    for (const peer of ours) expect(await report(peer)).toMatchObject({ status: 'up', multihop: true })
    await lab.node('node1').cutLink()
    await until('the loss', () =>
      node.observations.some((one) => one.kind === 'peer' && one.reason === 'BfdDown'),
    )
  })

  it('takes no packet that has crossed a router (GTSM)', async () => {
    await startRouter()
    await start()
    await up()
    const far = 'udp dport 3784 ip ttl set 254; udp dport 3784 ip6 hoplimit set 254;'
    await lab.node('router').run(['nft', '-f', '-'], {
      stdin: `table inet far { chain out { type filter hook output priority 0; ${far} }; }`,
    })
    await until('both sessions to be lost', async () => (await downs()).every((count) => count > 0))
    await lab.node('router').run(['nft', 'delete', 'table', 'inet', 'far'])
    await up()
  })
})

describe('BFD with a real BIRD router', () => {
  let bird: Bird

  beforeEach(async () => {
    bird = new Bird(lab.node('router'), { config: renderBird(router()) })
    await bird.start()
    await start()
    await up()
  })

  async function up(): Promise<void> {
    await upHere()
    await until('both routes', routed, { timeout: 30_000 })
  }

  async function sessions(state: string): Promise<boolean> {
    const shown = await bird.birdc('show bfd sessions')
    return ours.every((peer) => new RegExp(`${peer}\\s+eth1\\s+${state}`).test(shown))
  }

  it('is up in both families, and finds a cut link', async () => {
    await until('BIRD to say so too', () => sessions('Up'))
    await lab.node('node1').cutLink()
    await until('the routes to go', async () => !(await anyRouted()))
    await until('our sessions to end', async () => (await downs()).every((count) => count > 0))
    await lab.node('node1').healLink()
    await up()
  })
})
