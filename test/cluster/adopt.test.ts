/*
 * From MetalLB to Herald and back: real DaemonSets and Deployments by the controller manager, and in the place of
 * scheduler and kubelets a loop that binds Pods, says that they run, and lets them go.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { CONTROL_PLANE, type ApiObject, type CommandResult, type KubeCluster } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { kustomize } from './rendering.ts'

const nodes = ['node1', 'node2', 'node3']
const namespace = 'metallb-system'
const pods = `/api/v1/namespaces/${namespace}/pods`

function workload(kind: string, component: string, more: object = {}): object {
  const labels = { app: 'metallb', component }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: component, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: component, image: `metallb/${component}` }] },
      },
      ...more,
    },
  }
}

const pool = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'lan', namespace },
  spec: { addresses: ['192.168.10.0/24'] },
}
const advertisement = (kind: string): object => ({
  apiVersion: 'metallb.io/v1beta1',
  kind,
  metadata: { name: 'lan', namespace },
})
const web = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
}

/** Whose speakers were seen on each node, whenever the loop looked. */
class Hands {
  readonly seen: { readonly node: string; readonly sides: readonly string[] }[] = []
  /** Sides of the whole cluster, at each look. */
  readonly sides: (readonly string[])[] = []
  readonly #cluster: KubeCluster
  readonly #done: Promise<void>
  #going = true

  constructor(cluster: KubeCluster) {
    this.#cluster = cluster
    this.#done = this.#run()
  }

  async stop(): Promise<void> {
    this.#going = false
    await this.#done
  }

  async #run(): Promise<void> {
    while (this.#going) {
      const found = await this.#cluster.api.list(pods)
      this.#look(found)
      for (const pod of found) await this.#act(pod)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  #look(found: readonly ApiObject[]): void {
    const speakers = found.filter(({ metadata: { labels = {} } }) =>
      [labels['component'], labels['app.kubernetes.io/component']].includes('speaker'),
    )
    const side = ({ metadata }: ApiObject): string =>
      metadata.labels?.['app'] === 'metallb' ? 'MetalLB' : 'Herald'
    for (const node of nodes) {
      const here = speakers.filter(({ spec }) => spec.nodeName === node)
      this.seen.push({ node, sides: [...new Set(here.map(side))] })
    }
    this.sides.push([...new Set(speakers.filter(({ spec }) => spec.nodeName !== undefined).map(side))].sort())
  }

  async #act({ metadata: { name, ...metadata }, spec, status }: ApiObject): Promise<void> {
    const { api } = this.#cluster
    const path = `${pods}/${name}`
    if ('deletionTimestamp' in metadata) await api.raw('DELETE', `${path}?gracePeriodSeconds=0`)
    else if (spec.nodeName === undefined) {
      const fields = JSON.stringify(spec.affinity ?? {}).match(/"metadata.name".*?"values":\["([^"]+)"/)
      const target = { apiVersion: 'v1', kind: 'Node', name: fields?.[1] ?? nodes[0] }
      await api.raw('POST', `${path}/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name },
        target,
      })
    } else if (status?.phase !== 'Running') {
      const conditions = [{ type: 'Ready', status: 'True' }]
      const patch = { status: { phase: 'Running', conditions } }
      await api.raw('PATCH', `${path}/status`, patch, 'application/merge-patch+json')
    }
  }
}

describeCluster('herald adopt', () => {
  let cluster: KubeCluster
  let program: Program
  let hands: Hands

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster({ nodes, kubeProxy: false })
    for (const node of nodes) await cluster.kubectl('label', 'node', node, 'kubernetes.io/os=linux')
    hands = new Hands(cluster)
    await cluster.apply(
      workload('DaemonSet', 'speaker'),
      workload('Deployment', 'controller', { replicas: 1 }),
    )
    await cluster.apply(pool, web)
    const ingress = [{ ip: '192.168.10.7' }]
    const path = '/api/v1/namespaces/default/services/web'
    await cluster.api.patch(`${path}/status`, { status: { loadBalancer: { ingress } } })
    await cluster.kubectl('rollout', 'status', '-n', namespace, 'daemonset/speaker', '--timeout=60s')
  })

  afterAll(async () => {
    await hands?.stop()
    await cluster?.dispose()
    program?.remove()
  })

  beforeEach(() => {
    hands.seen.length = 0
    hands.sides.length = 0
  })

  afterEach(async () => {
    for (const { node, sides } of hands.seen) expect(sides.length, `${node}: ${sides.join()}`).toBeLessThan(2)
    const { status } = await cluster.service('web')
    expect(status.loadBalancer.ingress).toMatchObject([{ ip: '192.168.10.7' }])
  })

  function herald(...argv: readonly string[]): Promise<CommandResult> {
    const env = { KUBECONFIG: cluster.controlPlane.kubeconfig(), NO_COLOR: '1' }
    const command = [process.execPath, program.script, 'adopt', ...argv]
    return cluster.node(CONTROL_PLANE).exec(command, { env, timeout: 110_000 })
  }

  test('says what would differ, and does nothing', async () => {
    const { stdout, code } = await herald('--dry-run')
    expect([stdout, code]).toEqual([
      'Nothing would differ: every Service keeps its addresses, and the nodes that answer.\n',
      0,
    ])
    await cluster.apply({ ...pool, spec: { addresses: ['192.168.11.0/24'] } })
    const other = await herald('--dry-run')
    expect(other.stdout).toContain('default/web has 192.168.10.7, would have 192.168.11.0')
    expect(other.code).toBe(1)
    expect((await herald()).stderr).toContain('an address would change; nothing was done')
    await cluster.apply(pool)
  })

  test('wants Herald there, and held back', async () => {
    const { stderr, code } = await herald()
    expect(stderr).toContain(`found no Herald in ${namespace}; apply an overlay with the component`)
    expect(code).toBe(2)
  })

  test('hands over node by node where routes are announced: the others always carry on', async () => {
    await cluster.apply(advertisement('BGPAdvertisement'))
    await cluster.controlPlane.kubectl(
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      await kustomize('../../test/cluster/fixtures/adopt'),
    )
    const { stdout, stderr, code } = await herald()
    expect([stderr, code]).toEqual(['', 0])
    const order = stdout.split('\n').filter((line) => line.startsWith('node'))
    expect(order).toEqual(
      nodes.flatMap((node) => [`${node}: MetalLB's speaker leaves`, `${node}: Herald's speaker is ready`]),
    )
    // At every moment some node had a speaker.
    expect(hands.sides.every((sides) => sides.length > 0)).toBe(true)
    expect(hands.sides.some((sides) => sides.length === 2)).toBe(true)
    expect(hands.sides.at(-1)).toEqual(['Herald'])
    expect((await herald('--dry-run')).code).toBe(0)
  }, 120_000)

  test('hands back, and leaves MetalLB as it was', async () => {
    const { stderr, code } = await herald('--back')
    expect([stderr, code]).toEqual(['', 0])
    await expect.poll(() => hands.sides.at(-1), { timeout: 20_000 }).toEqual(['MetalLB'])
    const speaker = await cluster.api.get(`/apis/apps/v1/namespaces/${namespace}/daemonsets/speaker`)
    expect(speaker.spec.updateStrategy.type).toBe('RollingUpdate')
    expect(speaker.spec.template.spec.affinity).toBeUndefined()
    expect(speaker.metadata.annotations).not.toHaveProperty('heraldlb.io/before-adoption')
    const controller = await cluster.api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/controller`)
    expect(controller.spec.replicas).toBe(1)
    for (const node of await cluster.api.list('/api/v1/nodes'))
      expect(node.metadata.labels).not.toHaveProperty('heraldlb.io/adopted')
  }, 120_000)

  test('lets all of one side go before the other comes where one node answers: never two sides on the segment', async () => {
    await cluster.apply(advertisement('L2Advertisement'))
    await cluster.kubectl('rollout', 'status', '-n', namespace, 'daemonset/speaker', '--timeout=60s')
    hands.sides.length = 0
    const { stderr, code } = await herald()
    expect([stderr, code]).toEqual(['', 0])
    expect(hands.sides.filter((sides) => sides.length > 1)).toEqual([])
    expect(hands.sides.at(-1)).toEqual(['Herald'])
  }, 120_000)
})
