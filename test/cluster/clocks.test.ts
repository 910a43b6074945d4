/* Clocks that differ by days from node to node: nothing that Herald decides goes by the time of day. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { until, type KubeCluster, type LabProcess } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { ControllerWorld } from './controller-world.ts'
import { l2Advertisement, pool, Speakers } from './speakers.ts'

/** Debian's libfaketime, below the folder of the machine's architecture. */
const library = readdirSync('/usr/lib')
  .map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path))
const name =
  library === undefined
    ? 'clocks that differ (libfaketime is missing: apt-get install libfaketime)'
    : 'clocks that differ'

/** The certificate of the API server is valid from an hour before it was made. */
const behind = '-50m'
const ahead = '+2d'

/** The monotonic clock runs as it does: it is the machine's own, and no two compare theirs. */
function withClock(offset: string, argv: readonly string[]): string[] {
  const fake = [`LD_PRELOAD=${library ?? ''}`, `FAKETIME=${offset}`, 'FAKETIME_DONT_FAKE_MONOTONIC=1']
  return ['env', ...fake, ...argv]
}

describeCluster(name, () => {
  if (library === undefined) return test.skip('libfaketime')
  let cluster: KubeCluster
  let program: Program
  let world: ControllerWorld
  let speakers: Speakers

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster({ nodes: ['node1', 'node2'], kubeProxy: false })
    world = new ControllerWorld(cluster)
    await cluster.apply(pool('lan', '192.168.10.0/24'), l2Advertisement('lan'))
    for (const node of cluster.nodes)
      await cluster.addPod({ name: `web-${node}`, node, labels: { app: 'web' } })
    speakers = new Speakers(cluster, program, {
      node1: (argv) => withClock(behind, argv),
      node2: (argv) => withClock(ahead, argv),
    })
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  function controller(replica: string, offset: string): LabProcess {
    const flags = ['--pod-name', replica, '--metrics-address', 'off']
    const argv = withClock(offset, [process.execPath, program.script, 'controller', ...flags])
    return cluster.spawn('control-plane', argv, replica)
  }

  /** Hours between the clock of a process, as its log has it, and ours. */
  function hoursOff({ lines }: LabProcess): number {
    const { ts } = JSON.parse(lines.find((line) => line.includes('"ts"')) ?? '{}') as { ts: string }
    return Math.round(((Date.parse(ts) - Date.now()) / 3_600_000) * 10) / 10
  }

  const leads = ({ output }: LabProcess): boolean => output.includes('"msg":"leading"')

  test('a Lease is kept, and taken over, by replicas whose clocks are two days apart', async () => {
    const early = controller('early', behind)
    await until('it to lead', () => leads(early))
    const late = controller('late', ahead)
    await world.create('first', { selector: { app: 'web' } })
    await cluster.addressesOf('first')
    // Longer than a Lease lasts: who went by its times would have taken it at once.
    await new Promise((resolve) => void setTimeout(resolve, 6000))
    expect(leads(late)).toBe(false)
    expect([hoursOff(early), hoursOff(late)]).toEqual([expect.closeTo(-0.8, 0), expect.closeTo(48, 0)])
    const before = await world.addresses('')
    early.kill('SIGKILL')
    await until('the one that is ahead to lead', () => leads(late), { timeout: 15_000 })
    const again = controller('again', behind)
    await until('the one that is behind to watch', () => again.output.includes('"msg":"started"'))
    late.kill('SIGKILL')
    await until('the one that is behind to lead', () => leads(again), { timeout: 15_000 })
    await world.create('second', { selector: { app: 'web' } })
    await cluster.addressesOf('second')
    for (const [service, ips] of before) expect((await world.addresses('')).get(service)).toEqual(ips)
    await world.isSound('')
  })

  test('speakers hear each other, one answers for an address, and the other when it dies', async () => {
    await speakers.startAll()
    const [address = ''] = await cluster.addressesOf('first')
    const owner = await speakers.soleAnswerer(address)
    expect(cluster.nodes.map((node) => hoursOff(speakers.process(node)))).toEqual([
      expect.closeTo(-0.8, 0),
      expect.closeTo(48, 0),
    ])
    // Heartbeats that went by the time of day would be too old, or from the future.
    await new Promise((resolve) => void setTimeout(resolve, 2000))
    expect(await speakers.soleAnswerer(address)).toBe(owner)
    speakers.process(owner).kill('SIGKILL')
    const heir = cluster.nodes.find((node) => node !== owner) ?? ''
    expect(await speakers.soleAnswerer(address, [heir])).toBe(heir)
    speakers.start(owner)
    await speakers.ready(owner)
    await speakers.soleAnswerer(address)
  })
})
