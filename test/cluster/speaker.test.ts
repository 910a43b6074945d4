/* Speakers in a cluster: Services whose addresses stand in their status already. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { CONTROL_PLANE, Frr, until, type BackendAnswer, type KubeCluster } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { assign, l2Advertisement, own, pool, service, Speakers } from './speakers.ts'

describeCluster('speakers in a cluster', () => {
  let cluster: KubeCluster
  let program: Program
  let speakers: Speakers
  let router: Frr

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster()
    speakers = new Speakers(cluster, program)
    router = new Frr(cluster.node('router'), {
      config: {
        asn: 64_512,
        routerId: '192.168.8.1',
        neighbors: [11, 12, 13].map((host) => ({ address: `192.168.8.${host}`, asn: 64_513 })),
      },
    })
    await router.start()
    for (const node of cluster.nodes)
      await cluster.addPod({ name: `web-${node}`, node, labels: { app: 'web' } })
    await cluster.apply(
      pool('lan', '192.168.10.0/24'),
      pool('fabric', '10.99.0.0/24'),
      l2Advertisement('lan', { ipAddressPools: ['lan'] }),
      own('BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'] }),
      own(
        'BGPPeer',
        'tor',
        { myASN: 64_513, peerASN: 64_512, peerAddress: '192.168.8.1' },
        'metallb.io/v1beta2',
      ),
    )
    await speakers.startAll('--drain-on-cordon')
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  test('one node answers for an address, its traffic reaches a pod, and the status names the node', async () => {
    await cluster.apply(service('web'))
    await assign(cluster, 'web', '192.168.10.1')
    const owner = await speakers.soleAnswerer('192.168.10.1')
    const { pod_name } = await ask('client', '192.168.10.1')
    expect(pod_name).toMatch(/^web-node[123]$/)
    await speakers.until('a status that names the owner', async () => {
      const [status, ...more] = await speakers.l2Statuses()
      return more.length === 0 && status?.['status']?.node === owner
    })
    const [status] = await speakers.l2Statuses()
    expect(status?.['status']).toEqual({
      node: owner,
      serviceName: 'web',
      serviceNamespace: 'default',
      interfaces: [],
    })
    expect(status?.metadata.labels).toEqual({
      'metallb.io/node': owner,
      'metallb.io/service-name': 'web',
      'metallb.io/service-namespace': 'default',
    })
  })

  test('an event says once which node announces', async () => {
    const events = await speakers.until('an event', async () => {
      const found = await cluster.api.list('/api/v1/namespaces/default/events')
      const told = found.filter(({ reason }) => reason === 'nodeAssigned')
      return told.length > 0 && told
    })
    expect(events).toHaveLength(1)
    expect(events[0]?.['message']).toMatch(/^announcing from node "node[123]" with protocol "layer2"$/)
  })

  test('every node announces a BGP address, and a client behind the router reaches it', async () => {
    await cluster.apply(service('routed'))
    await assign(cluster, 'routed', '10.99.0.1')
    await nextHops('10.99.0.1', ['192.168.8.11', '192.168.8.12', '192.168.8.13'])
    expect((await ask('remote', '10.99.0.1')).pod_name).toMatch(/^web-node[123]$/)
    const statuses = await speakers.until('three statuses', async () => {
      const found = (await speakers.bgpStatuses()).filter((object) => object['status'] !== undefined)
      return found.length === 3 && found
    })
    expect(statuses.map(({ status }) => status.peers)).toEqual([['tor'], ['tor'], ['tor']])
  })

  test('herald drain empties a node without a gap in who answers, and undrain brings back what was its own', async () => {
    const owner = await speakers.soleAnswerer('192.168.10.1')
    const others = cluster.nodes.filter((name) => name !== owner)
    const drained = await herald('drain', owner, '--reason', 'a new disk')
    expect(drained).toMatchObject({ code: 0, stderr: '' })
    expect(drained.stdout).toMatch(`192.168.10.1  default/web  ${owner} -> `)
    expect(drained.stdout).toContain(`10.99.0.1  default/routed  native-bgp on ${others.join(', ')}`)
    expect(drained.stdout).toContain(`10.99.0.1: withdrawn by ${owner} (native-bgp)`)
    expect(drained.stdout).toContain(`${owner} is empty`)
    const { metadata } = await cluster.api.get(`/api/v1/nodes/${owner}`)
    expect(metadata.annotations).toMatchObject({
      'heraldlb.io/drain': 'a new disk',
    })
    expect(others).toContain(await speakers.soleAnswerer('192.168.10.1', others))
    await nextHops('10.99.0.1', hopsOf(others))
    expect(await herald('undrain', owner)).toMatchObject({ code: 0 })
    expect(await speakers.soleAnswerer('192.168.10.1', [owner])).toBe(owner)
    await nextHops('10.99.0.1', hopsOf(cluster.nodes))
  })

  test('with --drain-on-cordon a cordoned node is drained, until it is uncordoned', async () => {
    const owner = await speakers.soleAnswerer('192.168.10.1')
    const others = cluster.nodes.filter((name) => name !== owner)
    await cluster.kubectl('cordon', owner)
    expect(others).toContain(await speakers.soleAnswerer('192.168.10.1', others))
    await nextHops('10.99.0.1', hopsOf(others))
    await cluster.kubectl('uncordon', owner)
    expect(await speakers.soleAnswerer('192.168.10.1', [owner])).toBe(owner)
    await nextHops('10.99.0.1', hopsOf(cluster.nodes))
  })

  test('herald move brings the addresses of a Service to a node, and back', async () => {
    const owner = await speakers.soleAnswerer('192.168.10.1')
    const [to = ''] = cluster.nodes.filter((name) => name !== owner)
    const moved = await herald('move', 'svc/web', '--to', to)
    expect(moved).toMatchObject({ code: 0, stderr: '' })
    expect(moved.stdout).toContain(`192.168.10.1: ${to} serves, ${owner} is silent`)
    expect(await speakers.soleAnswerer('192.168.10.1', [to])).toBe(to)
    expect((await herald('status')).stdout).toMatch(new RegExp(`^default/web .*${to} was asked for$`, 'm'))
    expect(await herald('move', 'svc/web', '--back')).toMatchObject({ code: 0 })
    expect(await speakers.soleAnswerer('192.168.10.1', [owner])).toBe(owner)
  })

  test('with externalTrafficPolicy Local only nodes with an endpoint announce, and the client is seen', async () => {
    await cluster.addPod({ name: 'local', node: 'node2', labels: { app: 'local' } })
    const local = { selector: { app: 'local' }, externalTrafficPolicy: 'Local' }
    await cluster.apply(service('local-l2', local), service('local-bgp', local))
    await assign(cluster, 'local-l2', '192.168.10.2')
    await assign(cluster, 'local-bgp', '10.99.0.2')
    expect(await speakers.soleAnswerer('192.168.10.2')).toBe('node2')
    await nextHops('10.99.0.2', ['192.168.8.12'])
    expect(await ask('client', '192.168.10.2')).toMatchObject({
      pod_name: 'web-node2',
      client_ip: '192.168.11.100',
    })
    expect(await ask('remote', '10.99.0.2')).toMatchObject({
      pod_name: 'web-node2',
      client_ip: '172.16.3.100',
    })
  })

  test('the announcement follows the endpoints to another node', async () => {
    await cluster.addPod({ name: 'local-3', node: 'node3', labels: { app: 'local' } })
    await cluster.setPodReady('local', false)
    expect(await speakers.soleAnswerer('192.168.10.2', ['node3'])).toBe('node3')
    await nextHops('10.99.0.2', ['192.168.8.13'])
  })

  test('a label of a node decides whether it announces', async () => {
    const label = 'node.kubernetes.io/exclude-from-external-load-balancers'
    await cluster.api.patch('/api/v1/nodes/node1', { metadata: { labels: { [label]: '' } } })
    await nextHops('10.99.0.1', ['192.168.8.12', '192.168.8.13'])
    await cluster.api.patch('/api/v1/nodes/node1', { metadata: { labels: { [label]: null } } })
    await nextHops('10.99.0.1', ['192.168.8.11', '192.168.8.12', '192.168.8.13'])
  })

  test('a deleted node announces nothing, and what it said of itself goes with it', async () => {
    await cluster.api.delete('/api/v1/nodes/node1')
    await nextHops('10.99.0.1', ['192.168.8.12', '192.168.8.13'])
    await speakers.until('its status to go', async () => (await speakers.bgpStatuses()).every(notOf('node1')))
    await cluster.addNode('node1')
    await nextHops('10.99.0.1', ['192.168.8.11', '192.168.8.12', '192.168.8.13'])
  })

  test('a faulty object is told in the ConfigurationState', async () => {
    const path = '/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates/speaker-node1'
    await speakers.until(
      'a valid state',
      async () => (await cluster.api.find(path))?.['status']?.result === 'Valid',
    )
    await cluster.apply(
      own('BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'], communities: ['nowhere'] }),
    )
    const state = await speakers.until('an invalid state', async () => {
      const found = await cluster.api.get(path)
      return found['status'].result === 'Invalid' && found
    })
    expect(state['status'].errorSummary).toContain(
      'BGPAdvertisement metallb-system/fabric spec.communities[0]',
    )
    expect(state['status'].conditions[0]).toMatchObject({
      type: 'configReconcilerValid',
      reason: 'ConfigurationError',
    })
    await cluster.apply(own('BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'], communities: [] }))
    await speakers.until(
      'a valid state',
      async () => (await cluster.api.get(path))['status'].result === 'Valid',
    )
  })

  test('a Service that is no LoadBalancer any more is withdrawn, and its status objects go', async () => {
    await cluster.api.patch('/api/v1/namespaces/default/services/routed', { spec: { type: 'ClusterIP' } })
    await nextHops('10.99.0.1', [])
    await speakers.until('its statuses to go', async () => {
      return (await speakers.bgpStatuses()).every(({ status }) => status?.serviceName !== 'routed')
    })
  })

  test('at rest nothing is written', async () => {
    // The tests before are still written of, on a busy machine for a while.
    const rests = async (): Promise<boolean> => {
      const before = await version()
      await new Promise((resolve) => setTimeout(resolve, 3000))
      return before === (await version())
    }
    await until('three seconds without a write', rests, { timeout: 45_000 })
  })

  // Before a speaker starts again: on an overloaded machine it may take peers for dead that answer, which is told.
  test('none of all these moves was taken for a second answerer', async () => {
    const events = await cluster.api.list('/api/v1/namespaces/default/events')
    expect(events.filter(({ reason }) => reason === 'addressConflict')).toEqual([])
    for (const node of cluster.nodes)
      expect(await speakers.metrics(node)).not.toMatch(/^herald_l2_conflicts_total{[^}]*} [1-9]/m)
  })

  test('a speaker that is told to stop hands over first', async () => {
    const owner = await speakers.soleAnswerer('192.168.10.1')
    await speakers.process(owner).stop()
    const heir = await speakers.soleAnswerer('192.168.10.1')
    expect(heir).not.toBe(owner)
    speakers.start(owner)
    await speakers.ready(owner)
  })

  function herald(...argv: readonly string[]) {
    const env = {
      KUBECONFIG: cluster.controlPlane.kubeconfig(),
      NO_COLOR: '1',
    }
    return cluster.node(CONTROL_PLANE).exec([process.execPath, program.script, ...argv], { env })
  }

  const hopsOf = (nodes: readonly string[]): string[] =>
    nodes.map((name) => `192.168.8.1${name.slice('node'.length)}`)

  async function ask(from: string, address: string): Promise<BackendAnswer> {
    return speakers.until(`an answer from ${address}`, async () => {
      const text = await cluster.node(from).run(['curl', '-sS', '-m', '1', `http://${address}/`])
      return JSON.parse(text) as BackendAnswer
    })
  }

  async function nextHops(address: string, expected: readonly string[]): Promise<void> {
    await speakers.until(`${address} by way of ${expected.join(', ') || 'nobody'}`, async () => {
      const routes = await cluster.node('router').routes()
      const route = routes.find(({ dst }) => dst === address)
      const hops = route?.nexthops?.map(({ gateway }) => gateway) ?? (route ? [route.gateway] : [])
      return hops.map(String).sort().join() === expected.join()
    })
  }

  /** Of the newest status object there is: grows with every write to one. */
  async function version(): Promise<string> {
    const states = await cluster.api.list(
      '/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates',
    )
    const all = [...(await speakers.l2Statuses()), ...(await speakers.bgpStatuses()), ...states]
    const versions = all.map(({ metadata, status }) => {
      return `${metadata.name}@${metadata.resourceVersion} ${JSON.stringify(status)}`
    })
    const events = await cluster.api.list('/api/v1/namespaces/default/events')
    return [...versions.sort(), `${events.length} events`].join('\n')
  }
})

const notOf = (node: string) => (object: { readonly [field: string]: { node?: string } }) =>
  object['status']?.node !== node
