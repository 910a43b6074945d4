import { closeSync, openSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLab, type Lab, type LabNode } from '#lab/index.ts'
import { CLONE_NEWNET, POLLIN } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'
import type { Link } from '#platform/linux/netlink/link-table.ts'
import { openLinkMonitor, type LinkMonitor } from '#platform/linux/netlink/monitor.ts'

let lab: Lab
let node: LabNode
let monitor: LinkMonitor
let links: readonly Link[]

beforeEach(async () => {
  lab = await createLab({
    segments: { lan: {} },
    nodes: { node: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.1/24', 'fd00:10::1/64'] }] } },
  })
  node = lab.node('node')
  links = []
  // A socket stays in the namespace it was made in.
  monitor = inNamespace(node.netnsPath, () => openLinkMonitor((seen) => (links = seen)))
})

afterEach(async () => {
  monitor.close()
  await lab.dispose()
})

function inNamespace<T>(path: string, body: () => T): T {
  const [home, there] = [openSync('/proc/self/ns/net', 'r'), openSync(path, 'r')]
  try {
    libc.setns(there, CLONE_NEWNET)
    return body()
  } finally {
    libc.setns(home, CLONE_NEWNET)
    closeSync(there)
    closeSync(home)
  }
}

/** Reads what the kernel has to say until the condition holds, or it says nothing for five seconds. */
function readUntil(condition: () => boolean): void {
  const set = new Uint8Array(8)
  new Int32Array(set.buffer)[0] = monitor.fd
  new Int16Array(set.buffer)[2] = POLLIN
  while (!condition() && libc.poll(set, 5000) > 0) monitor.read()
  expect(condition()).toBe(true)
}

const named = (name: string): Link | undefined => links.find((link) => link.name === name)
const addressesOf = (name: string): readonly string[] =>
  (named(name)?.addresses ?? []).map(({ address, prefixLength }) => `${address}/${prefixLength}`)

describe('the link monitor', () => {
  it('knows every link and address as the kernel does', async () => {
    readUntil(() => named('eth0') !== undefined)
    const [eth0] = (await node.links()).filter(({ ifname }) => ifname === 'eth0')
    expect(named('eth0')).toMatchObject({
      index: eth0?.ifindex,
      up: true,
      running: true,
      ethernet: true,
      broadcast: true,
      noArp: false,
      enslaved: false,
    })
    expect(Buffer.from(named('eth0')!.hardwareAddress).toString('hex')).toBe(
      eth0?.address.replaceAll(':', ''),
    )
    const known = eth0?.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`)
    expect([...addressesOf('eth0')].toSorted()).toEqual(known?.toSorted())
    expect(named('lo')).toMatchObject({ ethernet: false })
  })

  it('follows what changes', async () => {
    readUntil(() => named('eth0') !== undefined)
    await node.ip('link add br0 type bridge', 'link set eth0 master br0', 'addr add 192.0.2.7/32 dev br0')
    readUntil(() => named('eth0')?.enslaved === true && addressesOf('br0').includes('192.0.2.7/32'))
    await node.ip('link set eth0 nomaster', 'link set eth0 arp off', 'link set br0 name lan9')
    readUntil(
      () => named('eth0')?.enslaved === false && named('eth0')?.noArp === true && named('lan9') !== undefined,
    )
    await node.ip('link del lan9')
    readUntil(() => named('lan9') === undefined)
    await node.unplug()
    readUntil(() => named('eth0')?.running === false && named('eth0')?.up === true)
  })

  it('reads everything anew when the kernel had to drop events', async () => {
    readUntil(() => named('eth0') !== undefined)
    const many = Array.from({ length: 8000 }, (_, i) => `10.0.${i >> 8}.${i & 255}/32`)
    await node.ip(...many.map((address) => `addr add ${address} dev eth0`))
    readUntil(() => addressesOf('eth0').filter((text) => text.startsWith('10.')).length === many.length)
  })
})
