/* The gate of the local data path, with the real kube-proxy: before it has programmed a node, and when its rules are gone. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { until, type BackendAnswer, type KubeCluster } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { assign, l2Advertisement, pool, service, Speakers } from './speakers.ts'

const address = '192.168.10.1'

describeCluster('the gate of the local data path', () => {
  let cluster: KubeCluster
  let program: Program
  let speakers: Speakers
  const proxies = new Map<string, ReturnType<KubeCluster['kubeProxy']>>()
  /** The election by hash names node1, so that nothing moves when the gate of the other one opens. */
  const [first, second] = ['node1', 'node2'] as const

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster({ nodes: [first, second], kubeProxy: false })
    speakers = new Speakers(cluster, program)
    await Promise.all([
      cluster.apply(pool('lan', '192.168.10.0/24'), gated(l2Advertisement('lan')), service('web')),
      ...cluster.nodes.map((node) => cluster.addPod({ name: `web-${node}`, node, labels: { app: 'web' } })),
    ])
    await assign(cluster, 'web', address)
    await speakers.startAll()
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  test('nothing is announced before a proxy has programmed a node', async () => {
    await speakers.until('both nodes to have tried in vain', async () => {
      const tried = await Promise.all(cluster.nodes.map((node) => count(node, 'gates{state="shut"}')))
      return tried.every((shut) => shut === 1)
    })
    expect(await speakers.answerers(address)).toEqual([])
  })

  test('the node whose proxy is there announces, and the other one is not deceived by its answers', async () => {
    await startProxy(first)
    expect(await speakers.soleAnswerer(address)).toBe(first)
    expect((await ask()).pod_name).toMatch(/^web-node[12]$/)
    await speakers.until('a connection that leaves the second node to be answered by the first', async () => {
      const { code } = await cluster.node(second).exec(['curl', '-sf', '-m', '2', `http://${address}/`])
      return code === 0
    })
    const before = await count(second, 'attempts_total{result="failure"}')
    await speakers.until('more attempts of the second node', async () => {
      return (await count(second, 'attempts_total{result="failure"}')) >= before + 3
    })
    expect(await count(second, 'attempts_total{result="success"}')).toBe(0)
    expect(await count(second, 'gates{state="shut"}')).toBe(1)
  })

  test('a node whose rules are gone hands over within the bound, and the client is answered again', async () => {
    await startProxy(second)
    await speakers.until('the gate of the second node to open', async () => {
      return (await count(second, 'gates{state="shut"}')) === 0
    })
    expect(await speakers.soleAnswerer(address), 'no move is under way').toBe(first)
    await loseRules(first)
    expect(await speakers.soleAnswerer(address, [second])).toBe(second)
    expect((await ask()).pod_name).toMatch(/^web-node[12]$/)
  })

  test('where all gates are shut one node goes on answering', async () => {
    await loseRules(second)
    await speakers.until('both gates to be shut', async () => {
      const shut = await Promise.all(cluster.nodes.map((node) => count(node, 'gates{state="shut"}')))
      return shut.every((one) => one === 1)
    })
    await speakers.soleAnswerer(address)
  })

  async function startProxy(node: string): Promise<void> {
    const proxy = cluster.kubeProxy(node)
    proxies.set(node, proxy)
    await proxy.start()
  }

  async function loseRules(node: string): Promise<void> {
    await proxies.get(node)?.stop()
    await cluster.node(node).run(['nft', 'delete', 'table', 'ip', 'kube-proxy'])
  }

  async function ask(): Promise<BackendAnswer> {
    const reply = await until('an answer', async () => {
      const { code, stdout } = await cluster
        .node('client')
        .exec(['curl', '-sf', '-m', '1', `http://${address}/`])
      return code === 0 && stdout
    })
    return JSON.parse(reply) as BackendAnswer
  }

  async function count(node: string, name: string): Promise<number> {
    const lines = (await speakers.metrics(node)).split('\n')
    const line = lines.find((one) => one.startsWith(`herald_data_path_${name}`))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
})

function gated(advertisement: object): object {
  const { metadata, ...rest } = advertisement as { metadata: object }
  return {
    ...rest,
    metadata: {
      ...metadata,
      annotations: { 'heraldlb.io/data-path-gate': 'true' },
    },
  }
}
