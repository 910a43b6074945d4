import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLab, until, type Lab } from '#lab/index.ts'
import { loadRawSocket } from '#plugins/l2/io/raw-socket.ts'
import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { L2Node } from './l2-node.ts'

const V4 = '192.0.2.10'
const V6 = 'fd00:10::10'

/** Folder of node_modules with raw-socket: a development dependency, since users install it only if they want it. */
const installed = dirname(dirname(createRequire(import.meta.url).resolve('raw-socket')))

describe('without the package raw-socket', () => {
  it('asking for it is answered with what to do', () => {
    expect(() => loadRawSocket('file:///nowhere/near.js')).toThrow(
      /cannot be loaded \(Cannot find module 'raw-socket'\).*npm install raw-socket/,
    )
  })

  it('a binary of another Node is named as such, and which Node this is', () => {
    const said =
      'The module raw_socket.node\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 115.'
    const folder = mkdtempSync(join(tmpdir(), 'herald-raw-socket-'))
    try {
      mkdirSync(join(folder, 'node_modules/raw-socket'), { recursive: true })
      const index = join(folder, 'node_modules/raw-socket/index.js')
      writeFileSync(index, `throw new Error(${JSON.stringify(said)})`)
      const load = (): unknown => loadRawSocket(pathToFileURL(join(folder, 'main.js')).href)
      expect(load).toThrow(`cannot be loaded (${said.replaceAll('\n', ' ')})`)
      expect(load).toThrow(`this is Node ${process.versions.node}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** Node 22's: the newest for which the package has a binary, or can be compiled (docs/adr/0002-raw-sockets.md). */
const newestAbi = 127
const usable = Number(process.versions.modules) <= newestAbi
const missing = usable ? '' : ` (missing: a binary for Node ${process.versions.node}; remedy: Node 20 or 22)`

describe.skipIf(!usable)(`Neighbour Discovery over raw-socket${missing}`, () => {
  let harness: BundledWorker
  let lab: Lab
  let l2: L2Node

  beforeEach(async () => {
    harness = await bundleWorker(fileURLToPath(new URL('l2-harness.ts', import.meta.url)))
    lab = await createLab({
      segments: { lan: { multicastSnooping: true } },
      nodes: {
        node: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.1/24', 'fd00:10::1/64'] }] },
        client: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.100/24', 'fd00:10::100/64'] }] },
      },
    })
    process.env['NODE_PATH'] = installed
    l2 = new L2Node(lab.node('node'), harness.script, JSON.stringify({ ndp: 'raw-socket' }))
  })

  afterEach(async () => {
    await l2.stop()
    await lab.dispose()
    harness.remove()
  })

  it('is answered beside ARP, defended, announced and withdrawn', async () => {
    const [client, mac] = [lab.node('client'), lab.node('node').mac()]
    const capture = await client.capture('eth0', `ether src ${mac} and icmp6`)
    const { targets } = await l2.reconcile(V4, V6)
    expect(targets.map(({ phase }) => phase)).toEqual(['serving', 'serving'])
    await capture.waitForPacket(/fd00:10::10 > ff02::1: ICMP6, neighbor advertisement/)

    const solicit = ['ndisc6', '-q', '-1', '-r', '1', '-w', '1000', V6, 'eth0']
    expect((await client.run(solicit)).trim().toLowerCase()).toBe(mac)
    expect(await client.run(['arping', '-c', '1', '-w', '2', '-i', 'eth0', V4])).toContain(mac)

    await client.run(['sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=1', 'net.ipv6.conf.eth0.accept_dad=1'])
    await client.ip(`addr add ${V6}/64 dev eth0`)
    await until('the duplicate to be noticed', async () =>
      (await client.run(['ip', '-6', 'addr', 'show', 'dev', 'eth0'])).includes('dadfailed'),
    )
    await client.ip(`addr del ${V6}/64 dev eth0`)

    await l2.reconcile(V4)
    expect((await client.exec(solicit)).code).not.toBe(0)
  })
})
