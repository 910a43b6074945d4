/* Peers that misbehave, each beside a good one that must not notice. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  createLab,
  Frr,
  NODE_ASN,
  ROUTER_ASN,
  routedTopology,
  until,
  type Lab,
  type LabProcess,
} from '#lab/index.ts'

import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { BgpNode } from './bgp-node.ts'
import { peerResource, target } from './bgp-speaker.ts'

const session = { myASN: NODE_ASN, peerASN: ROUTER_ASN, holdTime: '9s', connectTime: '1s' }
const good = peerResource('good', { ...session, peerAddress: 'fd00:172:16:1::1' })
const bad = (port: number) => peerResource('bad', { ...session, peerAddress: '172.16.1.1', peerPort: port })

let speaker: BundledWorker
let script: BundledWorker
let lab: Lab
let node: BgpNode
let peer: LabProcess
let port = 1800

beforeAll(async () => {
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  speaker = await bundleWorker(file('bgp-harness.ts'))
  script = await bundleWorker(file('scripted-peer-harness.ts'))
  lab = await createLab(routedTopology({ pods: false }))
  const neighbors = [{ asn: NODE_ASN, holdTime: 9, address: 'fd00:172:16:1::11' }]
  await new Frr(lab.node('router'), {
    config: { asn: ROUTER_ASN, routerId: '172.16.1.1', neighbors },
  }).start()
})
afterAll(async () => {
  await lab.dispose()
  speaker.remove()
  script.remove()
})

beforeEach(async () => {
  node = new BgpNode(lab.node('node1'), speaker.script)
  await node.desire({ peers: [good], targets: [target('10.254.254.1')] })
  await node.established('good')
  node.observations.length = 0
})
afterEach(async () => {
  const others = node.observations.filter((one) => one.kind === 'peer' && one.peer === 'good')
  await node.stop()
  await peer.stop()
  expect(others).toEqual([])
})

async function meet(mode: string): Promise<void> {
  await start(mode, ++port)
  await node.desire({ peers: [bad(port), good] })
}

async function start(mode: string, at: number): Promise<void> {
  peer = lab.node('router').spawn([process.execPath, script.script, mode, String(at)])
  await peer.waitForLine(/ready/)
}

const memory = (): number => {
  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

describe('a peer that', () => {
  it('sends one octet at a time is understood', async () => {
    await meet('octets')
    await peer.waitForLine(/learnt 1/)
    expect(node.peer('bad')?.state).toBe('Established')
  })

  it('announces capabilities of wrong shapes, unknown ones and some twice, is taken by the rest', async () => {
    await meet('strange')
    await peer.waitForLine(/learnt 1/)
  })

  it('flaps is tried again, ever more slowly', async () => {
    const since = Date.now()
    await meet('flapping')
    await peer.waitForLine(/closed 3/, 30_000)
    const lost = (): Promise<number> => node.value('herald_bgp_sessions_lost_total', `172.16.1.1:${port}`)
    await until('three losses to be counted', async () => (await lost()) >= 3)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    // Waits of 0.75 … 1 s and more, not a storm.
    const most = 2 + (Date.now() - since) / 750
    expect(peer.lines.filter((line) => line.startsWith('established')).length).toBeLessThanOrEqual(most)
  })

  it('sends 100,000 routes is read and forgotten, at constant memory', async () => {
    await meet('flood')
    await peer.waitForLine(/flooded/)
    const updates = (): Promise<number> =>
      node.value('herald_bgp_updates_received_total', `172.16.1.1:${port}`)
    await until('all UPDATEs to be read', async () => (await updates()) === 500, { timeout: 20_000 })
    const once = memory()
    await peer.stop()
    await start('flood', port)
    await until('the routes again', async () => (await updates()) === 1000, { timeout: 30_000 })
    expect(node.peer('bad')?.state).toBe('Established')
    // A hundred thousand routes more would be 40 MB and more if they were kept.
    expect(memory() - once).toBeLessThan(25)
  })

  it('sends UPDATEs of a fuzzer keeps its session (RFC 7606)', async () => {
    await meet('fuzzer')
    await peer.waitForLine(/fuzzed/)
    const updates = (): Promise<number> =>
      node.value('herald_bgp_updates_received_total', `172.16.1.1:${port}`)
    await until('all to be read', async () => (await updates()) === 3000, { timeout: 20_000 })
    expect(node.peer('bad')?.state).toBe('Established')
    expect(peer.lines.filter((line) => line.startsWith('notified'))).toEqual([])
  })

  it('talks and does not read is given up by the send hold timer (RFC 9687)', async () => {
    // The kernels hold little, so that not all fits into their buffers.
    await lab.node('router').run(['sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 4096 4096'])
    await lab.node('node1').run(['sysctl', '-qw', 'net.ipv4.tcp_wmem=4096 4096 4096'])
    await start('deaf', ++port)
    // Eight minutes, of which eighty seconds pass in one.
    const hurried = new BgpNode(lab.node('node1'), speaker.script, '80')
    const deaf = peerResource('bad', { ...bad(port).spec, holdTime: '240s' })
    const targets = Array.from({ length: 2000 }, (_, i) =>
      target(`10.253.${i >> 8}.${i & 255}`, { options: { communities: [`65000:${i}`] } }),
    )
    const since = Date.now()
    await hurried.desire({ peers: [deaf], targets })
    await hurried.established('bad')
    // Said for some milliseconds only: a hurried node calls again at once.
    const given = () =>
      hurried.observations.find((one) => 'reason' in one && one.reason === 'SendHoldTimerExpired')
    const told = await until('the session to be given up', given, { timeout: 20_000 })
    expect(Date.now() - since).toBeGreaterThan(5500)
    expect(told).toMatchObject({
      message: `172.16.1.1:${port} has not taken what we send for minutes, though it goes on talking`,
    })
    await hurried.stop()
  })

  it('lost its power and is back is heard at once, though the old connection seems to live (RFC 4724 §5)', async () => {
    await meet('plain')
    await peer.waitForLine(/learnt 1/)
    // Until the session has lasted for a KEEPALIVE interval.
    await new Promise((resolve) => setTimeout(resolve, 3500))
    await lab
      .node('router')
      .run(['nft', 'add table ip power; add chain ip power out { type filter hook output priority 0; }'])
    await lab
      .node('router')
      .run(['nft', 'add rule ip power out ip daddr 172.16.1.11 tcp flags & (fin|rst) != 0 drop'])
    peer.kill('SIGKILL')
    await peer.exited
    await start('plain', port)
    const dialler = lab.node('router').spawn([process.execPath, script.script, 'caller', '179'])
    await dialler.waitForLine(/learnt 1/)
    // Else the old connection would have kept the new one out until the hold time was over.
    expect(node.observations.flatMap((one) => ('reason' in one ? [one.reason] : []))).not.toContain(
      'HoldTimerExpired',
    )
    expect(node.peer('bad')?.state).toBe('Established')
    await dialler.stop()
    await lab.node('router').run(['nft', 'delete table ip power'])
  })
})
