import { closeSync, openSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLab, type Lab, type LabNode } from '#lab/index.ts'
import type { Address } from '#core/model/address.ts'
import { CLONE_NEWNET, POLLIN } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'
import type { LinkFacts } from '#plugins/l2/interfaces.ts'
import { PacketWire } from '#plugins/l2/io/packet-wire.ts'

const vip = '192.0.2.100' as Address

let lab: Lab
let node: LabNode
let asker: LabNode
let wire: PacketWire
let link: LinkFacts
const handlers = new Map<number, () => void>()
let frames = 0

beforeEach(async () => {
  const at = (address: string) => ({ interfaces: [{ segment: 'lan', addresses: [address] }] })
  lab = await createLab({
    segments: { lan: {} },
    nodes: { node: at('192.0.2.1/24'), asker: at('192.0.2.2/24') },
  })
  ;[node, asker] = [lab.node('node'), lab.node('asker')]
  const [eth0] = (await node.links()).filter(({ ifname }) => ifname === 'eth0')
  link = { index: eth0?.ifindex, name: 'eth0' } as LinkFacts
  frames = 0
  wire = new PacketWire({
    watch: (fd, handler) => {
      handlers.set(fd, handler)
      return () => handlers.delete(fd)
    },
    frame: () => (frames += 1),
    broken: () => undefined,
  })
})

afterEach(async () => {
  wire.close()
  await lab.dispose()
})

/** Sockets stay in the namespace they were made in. */
function listen(addresses: readonly Address[]): void {
  const [home, there] = [openSync('/proc/self/ns/net', 'r'), openSync(node.netnsPath, 'r')]
  try {
    libc.setns(there, CLONE_NEWNET)
    wire.listen(link, addresses, [])
  } finally {
    libc.setns(home, CLONE_NEWNET)
    closeSync(there)
    closeSync(home)
  }
}

/** How many frames came of one question for the address. */
async function heard(): Promise<number> {
  const before = frames
  // Nobody answers.
  await asker.run(['arping', '-q', '-c', '1', '-w', '1', '-I', 'eth0', vip]).catch(() => undefined)
  const set = new Uint8Array(8)
  for (const [fd, handler] of handlers) {
    new Int32Array(set.buffer)[0] = fd
    new Int16Array(set.buffer)[2] = POLLIN
    if (libc.poll(set, 0) > 0) handler()
  }
  return frames - before
}

describe('the wire', () => {
  it('keeps the socket of a link with nothing to hear, deaf, because to close it holds up the thread', async () => {
    listen([vip])
    const [fd] = handlers.keys()
    expect(await heard()).toBe(1)
    listen([])
    expect([...handlers.keys()]).toEqual([fd])
    expect(await heard()).toBe(0)
    listen([vip])
    expect([...handlers.keys()]).toEqual([fd])
    expect(await heard()).toBe(1)
  })

  it('lets go of such a socket when the link goes away', async () => {
    listen([vip])
    listen([])
    await node.ip('link del eth0')
    const [[, handler] = [undefined, () => undefined]] = handlers
    handler()
    expect(handlers.size).toBe(0)
  })
})
