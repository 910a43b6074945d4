/* The life of Services under one controller: what it writes, and that it writes nothing else. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { until, type KubeCluster } from '#lab/index.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { ControllerProcess } from './controller-process.ts'
import { claimsPath, ControllerWorld, pool } from './controller-world.ts'
import { FaultProxy } from './fault-proxy.ts'

const admin = 'the-administrator-of-the-lab'

describeCluster('a controller', () => {
  let cluster: KubeCluster
  let world: ControllerWorld
  let proxy: FaultProxy
  let controller: ControllerProcess
  let kubeconfig: string

  beforeAll(async () => {
    cluster = await startCluster({ nodes: ['node1'], kubeProxy: false })
    world = new ControllerWorld(cluster)
    proxy = new FaultProxy(cluster.controlPlane)
    kubeconfig = await proxy.open('life', admin)
    await cluster.apply(pool('first', ['192.0.2.0/28', '2001:db8::/124']))
    controller = new ControllerProcess(kubeconfig, 'controller-a')
  })

  afterAll(async () => {
    await controller?.kill()
    await proxy?.close()
    await cluster?.dispose()
  })

  test('gives an address, says from which pool, and why', async () => {
    await world.create('web')
    expect(await cluster.addressesOf('web')).toEqual(['192.0.2.0'])
    const { metadata, status } = await cluster.service('web')
    expect(metadata.annotations).toEqual({ 'metallb.io/ip-allocated-from-pool': 'first' })
    expect(status.loadBalancer.ingress).toEqual([{ ip: '192.0.2.0', ipMode: 'VIP' }])
    const claim = await cluster.api.get(`${claimsPath}/192.0.2.0`)
    expect(claim['spec'].services).toMatchObject([{ namespace: 'default', name: 'web' }])
    await until('the event', async () => {
      const events = await cluster.api.list('/api/v1/namespaces/default/events')
      return events.some(
        ({ reason, source }) => reason === 'IPAllocated' && source.component === 'metallb-controller',
      )
    })
  })

  test('three requests are all that an address costs', async () => {
    await until('rest', () => atRest(proxy))
    const from = proxy.passed.length
    await world.create('cheap')
    await cluster.addressesOf('cheap')
    await until('the event', () => proxy.writesSince(from).some(({ path }) => path.endsWith('/events')))
    const ofServices = proxy.writesSince(from).filter(({ path }) => !path.includes('metallb-system'))
    expect(ofServices.map(({ path }) => path.replace(/.*\//, ''))).toEqual([
      'addressclaims',
      'status',
      'events',
    ])
  })

  test('an explicit request, a second family and a shared address are carried out', async () => {
    await world.create('asked', {}, { 'metallb.io/loadBalancerIPs': '192.0.2.9' })
    expect(await cluster.addressesOf('asked')).toEqual(['192.0.2.9'])
    await world.create('both', { ipFamilyPolicy: 'RequireDualStack' })
    expect(await cluster.addressesOf('both')).toHaveLength(2)
    const key = { 'metallb.io/allow-shared-ip': 'k', 'metallb.io/loadBalancerIPs': '192.0.2.10' }
    await world.create('share-a', {}, key)
    await cluster.addressesOf('share-a')
    await world.create('share-b', { ports: [{ port: 81 }] }, key)
    expect(await cluster.addressesOf('share-b')).toEqual(['192.0.2.10'])
    const claim = await cluster.api.get(`${claimsPath}/192.0.2.10`)
    expect(claim['spec'].services.map(({ name }: { name: string }) => name)).toEqual(['share-a', 'share-b'])
  })

  test('a switch between one family and two keeps the first address', async () => {
    await world.patch('web', { spec: { ipFamilyPolicy: 'PreferDualStack' } })
    await until('two addresses', async () => (await world.ips('web')).length === 2)
    expect(await world.ips('web')).toContain('192.0.2.0')
    const { spec } = await cluster.service('web')
    const [first] = spec.clusterIPs as string[]
    await world.patch('web', {
      spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], clusterIPs: [first] },
    })
    await until('one address', async () => (await world.ips('web')).join() === '192.0.2.0')
  })

  test('a request that cannot be met is told with its reason, and met as soon as it can be', async () => {
    await world.create('picky', {}, { 'metallb.io/address-pool': 'second' })
    await until('the reason', async () => (await world.reason('picky')) === 'UnknownPool')
    await cluster.apply(pool('second', ['198.51.100.0/30']))
    expect(await cluster.addressesOf('picky')).toEqual(['198.51.100.0'])
    expect(await world.reason('picky')).not.toBe('UnknownPool')
  })

  test('a second family that its pool has not is told, and the first one serves', async () => {
    const wish = { 'metallb.io/address-pool': 'second' }
    await world.create('prefers', { ipFamilyPolicy: 'PreferDualStack' }, wish)
    expect(await cluster.addressesOf('prefers')).toEqual(['198.51.100.1'])
    await until('the event', async () => {
      const events = await cluster.api.list('/api/v1/namespaces/default/events')
      return events.some(
        ({ reason, involvedObject }) =>
          reason === 'AdditionalAssignFailed' && involvedObject.name === 'prefers',
      )
    })
    await world.remove('prefers')
  })

  test('type and deletion let the address go, and the next Service may have it', async () => {
    await world.patch('cheap', { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } })
    await until('nothing of ours', async () => {
      const { metadata, status } = await cluster.service('cheap')
      return (
        metadata.annotations === undefined &&
        status.loadBalancer.ingress === undefined &&
        status.conditions?.length !== 1
      )
    })
    await until(
      'the claim gone',
      async () => (await cluster.api.find(`${claimsPath}/192.0.2.1`)) === undefined,
    )
    await world.remove('picky')
    await until(
      'the claim gone',
      async () => (await cluster.api.find(`${claimsPath}/198.51.100.0`)) === undefined,
    )
    await world.create('heir')
    expect(await cluster.addressesOf('heir')).toEqual(['192.0.2.1'])
  })

  test('a Service of another class is nobody of ours', async () => {
    await world.create('foreign', { loadBalancerClass: 'example.com/lb' })
    await world.create('ours')
    await cluster.addressesOf('ours')
    const { status } = await cluster.service('foreign')
    expect(status).toEqual({ loadBalancer: {} })
  })

  test('a Service that goes over to another class gives its address back, and gets one when it returns', async () => {
    const [address] = await world.ips('ours')
    await world.patch('ours', { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } })
    const again = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }
    await world.patch('ours', { spec: { ...again, loadBalancerClass: 'example.com/lb' } })
    await until('the claim gone', async () => !(await cluster.api.find(`${claimsPath}/${address}`)))
    await until('nothing of ours', async () => {
      const { metadata, status } = await cluster.service('ours')
      const bare = Object.keys(metadata.annotations ?? {}).length === 0
      return bare && status.loadBalancer.ingress === undefined && !status.conditions?.length
    })
    await world.patch('ours', { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } })
    await world.patch('ours', { spec: again })
    expect(await cluster.addressesOf('ours')).toEqual([address])
  })

  test('a pool that loses an address moves who had it, and nobody else', async () => {
    const before = await world.addresses('')
    await cluster.apply(pool('first', ['192.0.2.1-192.0.2.15', '2001:db8::/124']))
    await until('another address', async () => (await world.ips('web'))[0] !== '192.0.2.0')
    const after = await world.addresses('')
    const moved = [...before].filter(([name, ips]) => after.get(name)?.join() !== ips.join())
    expect(moved.map(([name]) => name)).toEqual(['web'])
  })

  test('the counters of the pool and the state of the configuration follow', async () => {
    await until('counters', async () => {
      const { status } = await cluster.api.get(
        '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/first',
      )
      const used = new Set(
        [...(await world.addresses('')).values()].flat().filter((ip) => ip.startsWith('192.')),
      )
      return status?.assignedIPv4 === used.size && status.availableIPv4 === 15 - used.size
    })
    const state = '/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates/controller'
    await until('Valid', async () => (await cluster.api.find(state))?.['status']?.result === 'Valid')
    await cluster.apply(pool('third', ['192.0.2.4/31']))
    await until('Invalid', async () => {
      const { status } = await cluster.api.get(state)
      return (
        status.result === 'Invalid' &&
        (status.errorSummary as string).includes('IPAddressPool metallb-system/third')
      )
    })
    await cluster.api.delete('/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/third')
    await until('Valid', async () => (await cluster.api.get(state))['status'].result === 'Valid')
  })

  test('a status that somebody empties and a claim that somebody deletes come back', async () => {
    const [address] = await world.ips('heir')
    await cluster.api.patch('/api/v1/namespaces/default/services/heir/status', {
      status: { loadBalancer: { ingress: null } },
    })
    expect(await cluster.addressesOf('heir')).toEqual([address])
    await cluster.api.delete(`${claimsPath}/${address}`)
    await until('the claim', () => cluster.api.find(`${claimsPath}/${address}`))
  })

  test('a thousand Services created at once have their addresses when the last one is there, each its own', async () => {
    await cluster.apply(pool('many', ['198.18.0.0/22'], { autoAssign: false }))
    const annotations = { 'metallb.io/address-pool': 'many' }
    await world.createMany('many', 1000, { annotations, atOnce: 32 })
    await world.allAddressed('many', 1000, 10_000)
    await world.isSound('many')
  }, 120_000)

  test('another start changes nothing, and at rest only the Lease is written', async () => {
    const before = await world.addresses('')
    await controller.kill('SIGTERM')
    controller = new ControllerProcess(kubeconfig, 'controller-b')
    await until('the leader', () => controller.leads())
    await until('rest', () => atRest(proxy))
    const from = proxy.passed.length
    await new Promise((resolve) => void setTimeout(resolve, 3000))
    expect(proxy.writesSince(from)).toEqual([])
    expect(proxy.passed.length).toBeGreaterThan(from)
    expect(await world.addresses('')).toEqual(before)
  })
})

/** No write for a second and a half, counters being written once a second. */
async function atRest(proxy: FaultProxy): Promise<boolean> {
  const from = proxy.passed.length
  await new Promise((resolve) => void setTimeout(resolve, 1500))
  return proxy.writesSince(from).length === 0
}
