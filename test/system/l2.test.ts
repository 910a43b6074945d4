import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { createLab, until, type Lab } from '#lab/index.ts'
import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'
import { L2Node } from './l2-node.ts'

let harness: BundledWorker
let lab: Lab
let node: L2Node

beforeAll(async () => {
  harness = await bundleWorker(fileURLToPath(new URL('l2-harness.ts', import.meta.url)))
})
afterAll(() => harness.remove())

afterEach(async () => {
  await node.stop()
  await lab.dispose()
})

const V4 = '192.0.2.10'
const V6 = 'fd00:10::10'

async function start(config: object = {}): Promise<void> {
  lab = await createLab({
    segments: { lan: {} },
    nodes: {
      node: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.1/24', 'fd00:10::1/64'] }] },
      client: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.100/24', 'fd00:10::100/64'] }] },
    },
  })
  node = new L2Node(lab.node('node'), harness.script, config)
}

describe('the l2 plugin on a real segment', () => {
  it('makes a client resolve an IPv4 address', async () => {
    await start()
    const status = await node.reconcile(V4)
    expect(status.targets).toEqual([{ address: V4, phase: 'serving', via: ['eth0'] }])
    const out = await lab.node('client').run(['arping', '-c', '1', '-w', '2', '-I', 'eth0', V4])
    expect(out.toLowerCase()).toContain(lab.node('node').mac())
  })
})
void until
void V6
