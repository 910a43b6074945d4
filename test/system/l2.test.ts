import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Address } from '#core/model/address.ts'
import { createLab, until, type Lab, type LabNode } from '#lab/index.ts'
import { arpQuestion } from '../bench/support/arp-question.ts'
import { inNamespace } from '../bench/support/in-namespace.ts'
import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { L2Node } from './l2-node.ts'

const V4 = '192.0.2.10'
const V6 = 'fd00:10::10'
/** Milliseconds: what two seconds may become on a machine that is busy. */
const BUSY = 6000
const FOREIGN4 = '192.0.2.66'
const FOREIGN6 = 'fd00:10::66'

let harness: BundledWorker
let lab: Lab
let client: LabNode
let node: LabNode
let l2: L2Node

beforeAll(async () => {
  harness = await bundleWorker(fileURLToPath(new URL('l2-harness.ts', import.meta.url)))
})
afterAll(() => harness.remove())

beforeEach(async () => {
  lab = await createLab({
    // Snooping, so that a solicitation reaches the node only if it joined the group.
    segments: { lan: { multicastSnooping: true } },
    nodes: {
      node: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.1/24', 'fd00:10::1/64'] }] },
      rival: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.2/24', 'fd00:10::2/64'] }] },
      client: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.100/24', 'fd00:10::100/64'] }] },
    },
  })
  client = lab.node('client')
  node = lab.node('node')
  l2 = new L2Node(node, harness.script)
})

afterEach(async () => {
  await l2.stop()
  await lab.dispose()
})

/** Whether anybody answers a broadcast question for the address within `seconds`. */
async function resolves(from: LabNode, address: string, seconds = 2): Promise<string | undefined> {
  const argv = address.includes(':')
    ? ['ndisc6', '-q', '-1', '-r', '1', '-w', `${seconds * 1000}`, address, 'eth0']
    : ['arping', '-c', '1', '-w', `${seconds}`, '-I', 'eth0', address]
  const { stdout } = await from.exec(argv)
  return /([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/i.exec(stdout)?.[0].toLowerCase()
}

/** What the kernel of `from` has in its neighbour table for the address. */
async function neighbour(from: LabNode, address: string): Promise<{ mac?: string; state?: string }> {
  const entry = (await from.neighbours('eth0')).find(({ dst }) => dst === address)
  return {
    ...(entry?.lladdr ? { mac: entry.lladdr } : {}),
    ...(entry?.state[0] ? { state: entry.state[0] } : {}),
  }
}

describe('a client on the segment', () => {
  it('resolves an announced address by ARP and by NDP, and no other', async () => {
    const { targets } = await l2.reconcile(V4, V6)
    expect(targets).toEqual([
      { address: V4, phase: 'serving', via: ['eth0'] },
      { address: V6, phase: 'serving', via: ['eth0'] },
    ])
    expect(await resolves(client, V4)).toBe(node.mac())
    expect(await resolves(client, V6)).toBe(node.mac())
    expect(await resolves(client, FOREIGN4, 1)).toBeUndefined()
    expect(await resolves(client, FOREIGN6, 1)).toBeUndefined()
  })

  it.each([V4, V6])('has its kernel resolve %s, confirm it by unicast, and reach it', async (address) => {
    await l2.reconcile(V4, V6)
    // The data path is not Herald's. Here the address is a loopback one, which the kernel does not answer for.
    await node.run(['sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=1'])
    await node.ip(`addr add ${address} dev lo`)
    await client.run(['ping', '-c', '1', '-w', '5', address])
    expect((await neighbour(client, address)).mac).toBe(node.mac())
    // An entry put to the test is asked about by unicast, and stays only if that is answered.
    await client.ip(`neigh change ${address} dev eth0 nud probe`)
    await until('the kernel to confirm the neighbour', async () => {
      const { mac, state } = await neighbour(client, address)
      return mac === node.mac() && state === 'REACHABLE'
    })
  })

  it('that takes the address itself finds it taken: its duplicate address detection fails', async () => {
    await l2.reconcile(V6)
    await client.run(['sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=1', 'net.ipv6.conf.eth0.accept_dad=1'])
    await client.ip(`addr add ${V6}/64 dev eth0`)
    await until('the duplicate to be noticed', async () =>
      (await client.run(['ip', '-6', 'addr', 'show', 'dev', 'eth0'])).includes('dadfailed'),
    )
  })

  it('gets an answer to an ARP probe', async () => {
    await l2.reconcile(V4)
    const out = await client.run(['arping', '-0', '-c', '1', '-w', '2', '-i', 'eth0', V4])
    expect(out).toContain(node.mac())
  })

  it('gets no answer any more once the address is withdrawn, or its fence is closed', async () => {
    await l2.reconcile(V4, V6)
    await l2.revoke(V4)
    expect(await resolves(client, V4, 1)).toBeUndefined()
    await until(
      'the refusal to be counted',
      async () => (await l2.value('herald_l2_fenced_requests_total', V4)) > 0,
    )
    expect(await resolves(client, V6)).toBe(node.mac())
    await l2.reconcile()
    expect(await resolves(client, V6, 1)).toBeUndefined()
    await until(
      'the refusals to be counted',
      async () => (await l2.value('herald_l2_fenced_requests_total', V4)) === 0,
    )
  })

  it('has its neighbour cache corrected when another node takes over', async () => {
    const rival = lab.node('rival')
    const other = new L2Node(rival, harness.script)
    try {
      await other.reconcile(V4, V6)
      for (const address of [V4, V6]) {
        await client.exec(['ping', '-c', '1', '-W', '1', address])
        expect((await neighbour(client, address)).mac).toBe(rival.mac())
      }
      await other.reconcile()
      await l2.reconcile(V4, V6)
      for (const address of [V4, V6])
        await until(
          `the client to learn where ${address} is`,
          async () => (await neighbour(client, address)).mac === node.mac(),
        )
    } finally {
      await other.stop()
    }
  })
})

describe('what goes over the wire on a takeover', () => {
  it('is the address in both ARP forms, later in turn, and as unsolicited advertisements, round after round', async () => {
    const capture = await client.capture('eth0', `ether src ${node.mac()} and (arp or icmp6)`)
    await l2.reconcile(V4, V6)
    const heard = (pattern: RegExp) => capture.packets.filter(({ text }) => pattern.test(text))
    const request = /Request who-has 192\.0\.2\.10 .*tell 192\.0\.2\.10/
    const reply = /Reply 192\.0\.2\.10 is-at/
    const advertisement = /fd00:10::10 > ff02::1: ICMP6, neighbor advertisement, tgt is fd00:10::10/
    const counts = () => [request, reply, advertisement].map((form) => heard(form).length)
    // In eight rounds it is 4, 5 and 8.
    const slow = (): boolean => counts().every((count, at) => count >= [3, 4, 6][at]!)
    await until('the slow rounds', slow, { timeout: 15_000 })
    await capture.stop()
  })
})

describe('a new address that nobody can have answered for', () => {
  it('is answered before it is announced, while the node still asks', async () => {
    const capture = await client.capture('eth0', `ether src ${node.mac()} and arp`)
    const early = (address: string) => {
      const texts = capture.packets.map(({ text }) => text)
      const answer = texts.findIndex((text) => text.includes(`Reply ${address} is-at`))
      const announcement = texts.findIndex(
        (text) => text.includes(`who-has ${address} `) && text.includes(`tell ${address}`),
      )
      return { answered: answer >= 0 && answer < announcement, announced: announcement >= 0 }
    }
    const seen: boolean[] = []
    // A machine that is busy may ask too late, again and again; without the feature no question is ever early enough.
    for (let last = 20; last < 60 && !seen.includes(true); last++) {
      const address = `192.0.2.${last}`
      const asking = inNamespace(client.netnsPath, () => arpQuestion(client, address as Address))
      const timer = setInterval(() => asking.socket.send(asking.request), 1)
      try {
        await l2.reconcile({ address, fresh: true })
        await until('the announcement', () => early(address).announced)
      } finally {
        clearInterval(timer)
        asking.socket.close()
      }
      seen.push(early(address).answered)
    }
    await capture.stop()
    expect(seen).toContain(true)
  })
})

describe('links that change under a running node', () => {
  it('a link without carrier makes its targets pending; with carrier back they are announced and answered', async () => {
    await l2.reconcile(V4)
    await node.unplug()
    await until('the loss to be reported', () => l2.seen('target').some(({ phase }) => phase === 'pending'))
    expect(l2.seen('target').at(-1)).toMatchObject({ reason: 'NoInterface' })
    const gratuitous = await l2.value('metallb_layer2_gratuitous_sent', V4)
    await node.plug()
    await until('the target to be served again', () => l2.seen('target').at(-1)?.phase === 'serving')
    expect(await resolves(client, V4)).toBe(node.mac())
    await until(
      'the announcements to be counted',
      async () => (await l2.value('metallb_layer2_gratuitous_sent', V4)) > gratuitous,
    )
  })

  it('an interface that appears is served, groups and all; one that is missing is named', async () => {
    const wanted = { interfaces: ['eth9'] }
    const { targets } = await l2.reconcile({ address: V4, ...wanted }, { address: V6, ...wanted })
    expect(targets[0]).toMatchObject({
      phase: 'pending',
      reason: 'InterfaceMissing',
      message: 'the node has no interface named eth9; it has eth0',
    })
    await node.ip('link add eth9 link eth0 type macvlan mode bridge', 'link set eth9 up')
    await until('both families to be served on it', () => {
      const served = l2.seen('target').filter(({ phase }) => phase === 'serving')
      return new Set(served.map(({ address }) => address)).size === 2
    })
    const [{ address: mac = '' } = {}] = JSON.parse(await node.run(['ip', '-j', 'link', 'show', 'eth9'])) as {
      address?: string
    }[]
    expect(await resolves(client, V4)).toBe(mac)
    await until('the solicitation to be answered', async () => (await resolves(client, V6)) === mac)
    await node.ip('link del eth9')
    await until('the loss to be reported', () => l2.seen('target').at(-1)?.reason === 'InterfaceMissing')
  })

  it('a new hardware address is announced and answered with', async () => {
    await l2.reconcile(V4)
    expect(await resolves(client, V4)).toBe(node.mac())
    await client.exec(['ping', '-c', '1', '-W', '1', V4])
    const mac = '02:aa:bb:cc:dd:01'
    await node.ip(`link set eth0 address ${mac}`)
    await until('the client to hear of it', async () => (await neighbour(client, V4)).mac === mac)
    expect(await resolves(client, V4)).toBe(mac)
  })

  it('a member of a bridge does not answer', async () => {
    await node.ip('link add br0 type bridge', 'link set eth0 master br0')
    const { targets } = await l2.reconcile({ address: V4, interfaces: ['eth0'] })
    expect(targets[0]).toMatchObject({
      reason: 'InterfaceUnusable',
      message: 'eth0 belongs to a bridge, bond or VRF',
    })
    await node.ip('link set br0 up')
    await l2.reconcile(V4)
    await until('the bridge itself to serve', () => l2.seen('target').some(({ via }) => via?.[0] === 'br0'))
  })
})

describe('a stranger', () => {
  it.each([
    ['ARP', V4, 'net.ipv4.conf.eth0.arp_notify=1'],
    ['NDP', V6, 'net.ipv6.conf.eth0.ndisc_notify=1'],
  ])('that claims an address by %s is reported with its hardware address', async (_, address, notify) => {
    await l2.reconcile(V4, V6)
    const rival = lab.node('rival')
    const mac = '02:bb:bb:bb:bb:01'
    await rival.run(['sysctl', '-qw', notify])
    await rival.ip(`addr add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`)
    // A host that is set to do so announces its addresses when its hardware address changes.
    await rival.ip(`link set eth0 address ${mac}`)
    await until('the conflict to be reported', () => l2.seen('conflict').length > 0)
    expect(l2.seen('conflict')[0]).toMatchObject({ address, hardwareAddress: mac, via: 'eth0' })
  })
})

describe('somebody who only answers, and never says anything unasked', () => {
  it.each([V4, V6])('for %s is found, and counted', async (address) => {
    await l2.reconcile(V4, V6)
    const rival = lab.node('rival')
    await rival.ip(`addr add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`)
    const began = performance.now()
    await until('the conflict to be reported', () => l2.seen('conflict').length > 0)
    expect(performance.now() - began).toBeLessThan(BUSY)
    expect(l2.seen('conflict')[0]).toMatchObject({ address, hardwareAddress: rival.mac(), via: 'eth0' })
    await until('it to be counted', async () => (await l2.value('herald_l2_conflicts_total', address)) > 0)
  })

  it.each([
    ['asks first', false],
    ['answers meanwhile', true],
  ])(
    'keeps the node from beginning: it %s, leaves the address alone and takes it when it is free',
    async (_, fresh) => {
      const rival = lab.node('rival')
      await rival.ip(`addr add ${V4} dev eth0`, `addr add ${V6} dev eth0 nodad`)
      const { targets } = await l2.reconcile({ address: V4, fresh }, { address: V6, fresh })
      for (const target of targets) expect(target).toMatchObject({ phase: 'pending', reason: 'AddressInUse' })
      expect(await resolves(client, V4)).toBe(rival.mac())
      expect(await resolves(client, V6)).toBe(rival.mac())
      expect(l2.seen('conflict').map(({ hardwareAddress }) => hardwareAddress)).toContain(rival.mac())
      await rival.ip(`addr del ${V4}/32 dev eth0`, `addr del ${V6}/128 dev eth0`)
      await until('the node to serve both', () => {
        const served = l2.seen('target').filter(({ phase }) => phase === 'serving')
        return new Set(served.map(({ address }) => address)).size === 2
      })
      expect(await resolves(client, V4)).toBe(node.mac())
    },
  )
})

describe('a node that watches over more than a thousand addresses of another', () => {
  const many = Array.from({ length: 1500 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)

  it.each([
    ['ARP', V4, 'net.ipv4.conf.eth0.arp_notify=1'],
    ['NDP', V6, 'net.ipv6.conf.eth0.ndisc_notify=1'],
  ])('sees that a stranger claims one, by %s', async (_, address, notify) => {
    const other = new L2Node(lab.node('rival'), harness.script, JSON.stringify({ witnessPerSecond: 0 }))
    try {
      await l2.watch(V4, V6, ...many)
      await other.reconcile(V4, V6)
      // Until it knows who the owner is.
      await sleep(2000)
      expect(l2.seen('conflict')).toEqual([])
      const mac = '02:bb:bb:bb:bb:02'
      await client.run(['sysctl', '-qw', notify])
      await client.ip(`addr add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`)
      await client.ip(`link set eth0 address ${mac}`)
      const began = performance.now()
      await until('the conflict to be reported', () => l2.seen('conflict').length > 0)
      expect(performance.now() - began).toBeLessThan(BUSY)
      expect(l2.seen('conflict')[0]).toMatchObject({ address, hardwareAddress: mac, via: 'eth0' })
      await until('it to be counted', async () => (await l2.value('herald_l2_conflicts_total', address)) > 0)
    } finally {
      await other.stop()
    }
  })

  it('finds nothing wrong with a move to a third one, and does not answer itself', async () => {
    const others = [lab.node('rival'), client].map((node) => new L2Node(node, harness.script))
    const [first, second] = others as [L2Node, L2Node]
    try {
      await l2.watch(V4, V6, ...many)
      await first.reconcile(V4, V6)
      await first.reconcile()
      await second.reconcile(V4, V6)
      await sleep(2200)
      expect(l2.seen('conflict')).toEqual([])
      await second.reconcile()
      expect(await resolves(lab.node('rival'), V4, 1)).toBeUndefined()
    } finally {
      for (const other of others) await other.stop()
    }
  })
})

describe('the node', () => {
  it('reports the subnets it can reach', async () => {
    await l2.reconcile()
    await until('the subnets', () => l2.seen('reach').at(-1)?.subnets.length === 2)
    expect(l2.seen('reach').at(-1)?.subnets).toEqual(['192.0.2.0/24', 'fd00:10::/64'])
  })

  it('answers while its main thread is busy', async () => {
    await l2.reconcile(V4)
    const release = join(node.directory, 'release')
    const busy = l2.ask({ op: 'busy', until: release })
    await until('the main thread to be busy', () => existsSync(`${release}.busy`))
    expect(await resolves(client, V4)).toBe(node.mac())
    writeFileSync(release, '')
    await busy
  })

  it.each([
    ['ARP', (i: number) => `10.0.${i >> 8}.${i & 255}`, '10.1.0.1'],
    ['NDP', (i: number) => `fd00:10::1:${i.toString(16)}`, 'fd00:10::2:1'],
  ])(
    'holds three thousand addresses by %s: more than a kernel filter, or one socket’s groups',
    async (_, nth, foreign) => {
      const many = Array.from({ length: 3000 }, (_, i) => nth(i))
      const { targets } = await l2.reconcile(...many)
      expect(targets.filter(({ phase }) => phase === 'serving')).toHaveLength(3000)
      for (const address of [nth(0), nth(2999)]) expect(await resolves(client, address)).toBe(node.mac())
      expect(await resolves(client, foreign, 1)).toBeUndefined()
    },
  )
})
