/* What goes wrong around the controller: no address is lost, doubled or changed by it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { until, type KubeCluster } from '#lab/index.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { ControllerProcess } from './controller-process.ts'
import { ControllerWorld, pool } from './controller-world.ts'
import { FaultProxy, type Fault, type Passed } from './fault-proxy.ts'
import { inParallel } from './in-parallel.ts'

const admin = 'the-administrator-of-the-lab'
/** Of the API server. Longer than a Lease lasts; OUTAGE_SECONDS=60 tries a long one. */
const outage = Number(process.env['OUTAGE_SECONDS'] ?? 6) * 1000

describeCluster('a controller in trouble', () => {
  let cluster: KubeCluster
  let world: ControllerWorld
  let proxy: FaultProxy
  let kubeconfig: string
  let running: ControllerProcess[] = []

  beforeAll(async () => {
    cluster = await startCluster({ nodes: ['node1'], kubeProxy: false })
    world = new ControllerWorld(cluster)
    world.lastWords = () => running.map(({ lastWords }) => lastWords).join('\n')
    await cluster.apply(pool('big', ['198.18.0.0/20']))
  })

  afterAll(() => cluster?.dispose())

  beforeEach(async () => {
    proxy = new FaultProxy(cluster.controlPlane)
    kubeconfig = await proxy.open('faults', admin)
  })

  afterEach(async () => {
    await Promise.all(running.map((one) => one.kill()))
    running = []
    await proxy.close()
  })

  function start(name: string, ...flags: readonly string[]): ControllerProcess {
    const process = new ControllerProcess(kubeconfig, name, ...flags)
    running.push(process)
    return process
  }

  test('two writers at once, without a Lease, grant nothing twice', async () => {
    start('writer-a', '--no-leader-elect')
    start('writer-b', '--no-leader-elect')
    await world.createMany('two', 120)
    const first = await world.allAddressed('two', 120)
    await world.isSound('two')
    // What they settled on stays, whoever looks at it again.
    await world.createMany('more', 40)
    await world.allAddressed('more', 40)
    expect(await world.addresses('two')).toEqual(first)
    await world.isSound('more')
  })

  test('an end by SIGKILL at any moment loses nothing, and the next one takes over when the Lease ends', async () => {
    const before = await world.addresses('')
    const creating = world.createMany('kill', 120)
    for (const pause of [700, 1100, 1700]) {
      const victim = start(`victim-${pause}`, '--no-leader-elect')
      await until('some writes', () => proxy.passed.some(({ path }) => path.endsWith('/status')))
      await new Promise((resolve) => void setTimeout(resolve, pause))
      await victim.kill()
    }
    await creating
    const leader = start('leader')
    await until('a leader', () => leader.leads(), { timeout: 20_000 })
    const follower = start('follower')
    await world.allAddressed('kill', 120)
    const addressed = await world.addresses('')
    for (const [name, ips] of before) expect(addressed.get(name)).toEqual(ips)
    await until('the follower to watch', () => follower.log.includes('"msg":"started"'))
    await new Promise((resolve) => void setTimeout(resolve, 1500))
    await leader.kill()
    const killed = performance.now()
    await until('the follower to lead', () => follower.leads(), { timeout: 15_000 })
    // Four seconds of the Lease and a look at it; the rest is for a machine that is busy.
    expect(performance.now() - killed).toBeLessThan(9000)
    expect(await world.addresses('')).toEqual(addressed)
    const third = start('third')
    await until('the third to watch', () => third.log.includes('"msg":"started"'))
    await new Promise((resolve) => void setTimeout(resolve, 1500))
    await follower.kill('SIGTERM')
    const ended = performance.now()
    await until('the third to lead', () => third.leads())
    // Without waiting for the Lease to end.
    expect(performance.now() - ended).toBeLessThan(3500)
    expect(await world.addresses('')).toEqual(addressed)
    await world.isSound('')
  })

  test(
    'an API server killed in the middle of a bulk creation costs nothing but the time it is away',
    async () => {
      const controller = start('patient')
      await until('a leader', () => controller.leads(), { timeout: 20_000 })
      const before = await world.addresses('')
      const names = Array.from({ length: 60 }, (_, index) => `away-${index}`)
      const creating = inParallel(names, 8, async (name) => {
        for (;;) {
          const done = await world.create(name).then(
            () => true,
            (error: unknown) => String(error).includes('AlreadyExists'),
          )
          if (done) return
          await new Promise((resolve) => void setTimeout(resolve, 200))
        }
      })
      await until('some to exist', async () => (await world.addresses('away')).size > 15)
      await cluster.controlPlane.kill9('kube-apiserver')
      await new Promise((resolve) => void setTimeout(resolve, outage))
      await cluster.controlPlane.start()
      await creating
      await world.allAddressed('away', 60)
      const after = await world.addresses('')
      for (const [name, ips] of before) expect(after.get(name)).toEqual(ips)
      await world.isSound('')
    },
    60_000 + outage,
  )

  test('an etcd that stands still for a while is waited out', async () => {
    const controller = start('slow')
    await until('a leader', () => controller.leads(), { timeout: 20_000 })
    const before = await world.addresses('')
    const creating = world.createMany('slow', 40)
    await until('some to exist', async () => (await world.addresses('slow')).size > 5)
    const etcd = cluster.controlPlane.process('etcd')
    etcd.freeze()
    await new Promise((resolve) => setTimeout(resolve, 5000))
    etcd.thaw()
    await creating
    await world.allAddressed('slow', 40)
    const after = await world.addresses('')
    for (const [name, ips] of before) expect(after.get(name)).toEqual(ips)
    await world.isSound('')
  })

  test('resets, answers that are lost, 429, 500 and 410 are waited out', async () => {
    const faults: readonly Fault[] = ['reset', 'lost', 429, 500, 410, 409]
    let count = 0
    proxy.fault = ({ path, watch, method }: Passed): Fault => {
      if (path.includes('/leases')) return undefined
      if (watch || method === 'GET') return ++count % 5 === 0 ? faults[count % 4 === 0 ? 4 : 3] : undefined
      return ++count % 4 === 0 ? faults[(count / 4) % 4] : undefined
    }
    const controller = start('harassed')
    await until('a leader', () => controller.leads(), { timeout: 20_000 })
    const resets = setInterval(() => proxy.resetAll(), 1500)
    const before = await world.addresses('')
    await world.createMany('noise', 60)
    await world.allAddressed('noise', 60, 45_000)
    clearInterval(resets)
    proxy.fault = () => undefined
    const after = await world.addresses('')
    for (const [name, ips] of before) expect(after.get(name)).toEqual(ips)
    await world.isSound('')
  })

  test('a verb that is not granted is named, and the rest works', async () => {
    proxy.fault = ({ path, method }) =>
      method === 'PATCH' && path.endsWith('ipaddresspools/big/status')
        ? 403
        : path.endsWith('/bgppeers')
          ? 403
          : undefined
    const controller = start('limited')
    await until('a leader', () => controller.leads(), { timeout: 20_000 })
    await world.create('limited')
    expect(await cluster.addressesOf('limited')).toHaveLength(1)
    await until('the names of the verbs', () =>
      [
        'PATCH /apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/big/status: not allowed (403)',
        'GET /apis/metallb.io/v1beta2/namespaces/metallb-system/bgppeers: not allowed (403)',
      ].every((text) => controller.log.includes(text)),
    )
  })
})
