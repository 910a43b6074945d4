/*
 * Sessions signed by TCP-AO (RFC 5925), between two Heralds, for neither FRR nor BIRD of today's Debian speaks it. Most
 * kernels are built without: then each test holds them to saying so. No test is skipped on either.
 */
import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createLab, NODE_ASN, ROUTER_ASN, routedTopology, until, type Lab } from '#lab/index.ts'
import type { Address } from '#core/model/address.ts'
import { close } from '#platform/linux/libc.ts'
import { addTcpAoKey } from '#platform/linux/tcp-ao.ts'
import { openTcpSocket } from '#platform/linux/tcp-socket.ts'

import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { BgpNode } from './bgp-node.ts'
import { peerResource, target } from './bgp-speaker.ts'

const lacking =
  'this kernel has no TCP-AO: Linux 6.7 and newer have it when built with CONFIG_TCP_AO (ENOPROTOOPT)'
const able = kernelHasTcpAo()

const ends = {
  node: {
    v4: '172.16.1.11',
    v6: 'fd00:172:16:1::11',
    myASN: NODE_ASN,
    peerASN: ROUTER_ASN,
  },
  router: {
    v4: '172.16.1.1',
    v6: 'fd00:172:16:1::1',
    myASN: ROUTER_ASN,
    peerASN: NODE_ASN,
  },
} as const
type Side = keyof typeof ends
type Family = 'v4' | 'v6'
type Own = Record<string, string | number | boolean>

let script: BundledWorker
let lab: Lab
let node: BgpNode
let router: BgpNode

beforeAll(async () => {
  script = await bundleWorker(fileURLToPath(new URL('bgp-harness.ts', import.meta.url)))
  lab = await createLab(routedTopology({ pods: false }))
})
afterAll(async () => {
  await lab.dispose()
  script.remove()
})
beforeEach(async () => {
  node = new BgpNode(lab.node('node1'), script.script)
  router = new BgpNode(lab.node('router'), script.script)
  for (const one of [node, router]) {
    await one.ask({
      op: 'secret',
      name: 'key',
      password: 'a-master-key-of-some-length',
    })
    await one.ask({
      op: 'secret',
      name: 'other',
      password: 'another-master-key',
    })
  }
})
afterEach(() => Promise.all([node.stop(), router.stop()]))

function kernelHasTcpAo(): boolean {
  const fd = openTcpSocket({ family: 'IPv4' })
  const key = {
    key: Uint8Array.of(1),
    algorithm: 'hmac(sha1)',
    sendId: 1,
    receiveId: 1,
  } as const
  try {
    addTcpAoKey(fd, '192.0.2.1' as Address, key)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOPROTOOPT') return false
    throw error
  } finally {
    close(fd)
  }
}

/** The side's end of the session over the family; `herald`: the values of its annotations. */
function end(side: Side, family: Family, herald: Own = {}, secret?: string) {
  const { myASN, peerASN } = ends[side]
  const peerAddress = ends[side === 'node' ? 'router' : 'node'][family]
  const passwordSecret = secret === undefined ? {} : { passwordSecret: { name: secret } }
  return peerResource(family, {
    myASN,
    peerASN,
    peerAddress,
    connectTime: '1s',
    herald,
    ...passwordSecret,
  })
}

/** What becomes of the node's IPv4 session: that it runs, or what is said of it. */
async function outcome(ofNode: Own, ofRouter: Own, secret = 'key'): Promise<string> {
  const targets = [target('10.254.254.1')]
  await router.desire({
    peers: [end('router', 'v4', ofRouter, secret), end('router', 'v6')],
  })
  await node.desire({
    peers: [end('node', 'v4', ofNode, 'key'), end('node', 'v6')],
    targets,
  })
  // The session beside it is not signed and does not notice.
  await node.established('v6')
  const settled = (): boolean => {
    const { state, reason } = node.peer('v4') ?? {}
    return state === 'Established' || (reason !== undefined && reason !== 'ConnectionLost')
  }
  await until('the session, or why there is none', settled, {
    timeout: 30_000,
  })
  const { state = '', message } = node.peer('v4') ?? {}
  return state === 'Established' ? state : (message ?? state)
}

/** On a kernel without TCP-AO nothing but that is ever said. */
const expected = (withTcpAo: string): string =>
  able ? withTcpAo : `cannot connect to ${ends.router.v4}:179: ${lacking}`
const silence = `no answer from ${ends.router.v4}:179; the master key, its ids or its algorithm may differ, or the address is unreachable or filtered`

async function segments(of: Side): Promise<number> {
  const text = await lab.node(of === 'node' ? 'node1' : 'router').run(['cat', '/proc/net/netstat'])
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '))
  return Number(values[names.indexOf('TCPAOGood')] ?? 0)
}

describe('a session signed by TCP-AO', () => {
  const passive = { passive: true }

  it.each(['hmac-sha-1-96', 'aes-128-cmac-96'])(
    'runs by %s, or says what the kernel lacks',
    async (tcpAo) => {
      const ids = { tcpAoSendId: 7, tcpAoReceiveId: 200 }
      const facing = { tcpAoSendId: 200, tcpAoReceiveId: 7 }
      const before = await segments('node')
      expect(await outcome({ tcpAo, ...ids }, { tcpAo, ...facing, ...passive })).toBe(expected('Established'))
      expect((await segments('node')) > before).toBe(able)
    },
  )

  const sha = { tcpAo: 'hmac-sha-1-96' }
  const mismatches: [string, Own, Own, string][] = [
    ['another master key', sha, { ...sha, ...passive }, 'other'],
    ['another algorithm', sha, { tcpAo: 'aes-128-cmac-96', ...passive }, 'key'],
    ['ids that do not face ours', { ...sha, tcpAoSendId: 2 }, { ...sha, ...passive }, 'key'],
    ['MD5', sha, passive, 'key'],
  ]
  // Without TCP-AO in the kernel they would all be the same test.
  it.each(able ? mismatches : mismatches.slice(0, 1))(
    'gets no answer from a router with %s',
    async (_, ofNode, ofRouter, secret) => {
      expect(await outcome(ofNode, ofRouter, secret)).toBe(expected(silence))
    },
  )

  it('is demanded of a router that calls without a signature, whatever the kernel has', async () => {
    await router.desire({ peers: [end('router', 'v4'), end('router', 'v6')] })
    const signed = { tcpAo: 'hmac-sha-1-96', ...passive }
    await node.desire({
      peers: [end('node', 'v4', signed, 'key'), end('node', 'v6')],
    })
    await node.established('v6')
    const refused = (): boolean => router.peer('v4')?.reason === (able ? 'ConnectTimeout' : 'ConnectionLost')
    await until('the router to be refused', refused, { timeout: 30_000 })
    expect(node.peer('v4')?.state ?? 'Idle').not.toBe('Established')
  })

  it('begins anew with another key, where the kernel can', async () => {
    const signed = { tcpAo: 'hmac-sha-1-96' }
    expect(await outcome(signed, signed)).toBe(expected('Established'))
    await router.desire({
      peers: [end('router', 'v4', signed, 'other'), end('router', 'v6')],
    })
    await node.desire({
      peers: [end('node', 'v4', signed, 'other'), end('node', 'v6')],
    })
    if (able) await node.established('v4')
    else expect(node.peer('v4')?.message).toBe(expected(''))
    await node.desire({ peers: [end('node', 'v6')] })
    expect(node.peer('v6')?.state).toBe('Established')
  })
})
