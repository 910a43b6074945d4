/* The API server away: what is announced stays announced, and a speaker that starts meanwhile announces the same. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { KubeCluster, LabProcess } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { assign, l2Advertisement, pool, service, Speakers } from './speakers.ts'

const address = '192.168.10.1'

describeCluster('speakers while the API server is away', () => {
  let cluster: KubeCluster
  let program: Program
  let speakers: Speakers
  let probe: LabProcess
  let owner: string

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster()
    speakers = new Speakers(cluster, program)
    for (const node of cluster.nodes)
      await cluster.addPod({ name: `web-${node}`, node, labels: { app: 'web' } })
    await cluster.apply(pool('lan', '192.168.10.0/24'), l2Advertisement('lan'), service('web'))
    await assign(cluster, 'web', address)
    await speakers.startAll()
    owner = await speakers.soleAnswerer(address)
    await speakers.until('every snapshot', () => {
      return cluster.nodes.every((node) => speakers.snapshotOf(node) !== undefined)
    })
    probe = cluster.node('client').spawn(['arping', '-W', '0.1', '-I', 'eth0', address], { name: 'probe' })
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  test('nothing is withdrawn when the server is killed, and when it returns nothing flaps', async () => {
    await cluster.controlPlane.kill9('kube-apiserver')
    await speakers.until('the speakers to notice', () => {
      return speakers.process(owner).lines.some((line) => line.includes('watch broken'))
    })
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await cluster.controlPlane.start()
    await speakers.until('the speakers to read again', async () => {
      return (await speakers.metrics(owner)).includes('metallb_k8s_client_config_stale_bool 0')
    })
    const macs = probe.lines.flatMap(
      (line) => /\(([0-9a-f:]{17})\)|from ([0-9a-f:]{17})/.exec(line)?.slice(1) ?? [],
    )
    const seen = new Set(macs.filter((mac) => mac !== undefined))
    expect([...seen]).toEqual([cluster.node(owner).mac()])
    expect(probe.lines.filter((line) => line.includes('Timeout')).length).toBeLessThan(3)
  })

  test('a speaker that is killed and started meanwhile goes on from its snapshot', async () => {
    await cluster.controlPlane.kill9('kube-apiserver')
    speakers.process(owner).kill('SIGKILL')
    await speakers.process(owner).exited
    expect(await speakers.soleAnswerer(address)).not.toBe(owner)
    const again = speakers.start(owner)
    await speakers.until('it to go on from the snapshot', () => {
      return again.lines.some((line) => line.includes('going on from the snapshot'))
    })
    await speakers.ready(owner)
    expect(await speakers.soleAnswerer(address)).toBe(owner)
    await cluster.controlPlane.start()
    await cluster.apply(service('second'))
    await assign(cluster, 'second', '192.168.10.2')
    await speakers.soleAnswerer('192.168.10.2')
    expect(await speakers.soleAnswerer(address)).toBe(owner)
  })

  test('a silently dead node is replaced while the server is away', async () => {
    await cluster.controlPlane.kill9('kube-apiserver')
    speakers.process(owner).kill('SIGKILL')
    expect(await speakers.soleAnswerer(address)).not.toBe(owner)
    await cluster.controlPlane.start()
  })
})
