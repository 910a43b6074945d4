/* Herald as deploy/ installs it, both halves, with the rights, capabilities and flags it has there; and its bad days. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, test } from 'vitest'

import type { Overview } from '#app/status-page/overview.ts'
import type { ServiceRow } from '#app/status-page/service-rows.ts'
import { CONTROL_PLANE, Frr, Installation, until, type BackendAnswer, type KubeCluster } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { asked, auditPolicy, granted } from './audit.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { claimsPath, ControllerWorld, probesPath } from './controller-world.ts'
import { l2Advertisement, own, pool, service } from './speakers.ts'

const operations = new URL('../../docs/operations.md', import.meta.url)
const statusPage = 'http://127.0.0.1:7474'
const overlay = fileURLToPath(new URL('../../deploy/kustomize/overlays/native', import.meta.url))

describeCluster('Herald as installed', () => {
  let cluster: KubeCluster
  let program: Program
  let herald: Installation
  let world: ControllerWorld
  let frr: Frr

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster({ nodes: ['node1', 'node2'], controlPlane: { auditPolicy } })
    world = new ControllerWorld(cluster)
    for (const node of cluster.nodes)
      await cluster.addPod({ name: `web-${node}`, node, labels: { app: 'web' } })
    const neighbors = [11, 12].map((host) => ({ address: `192.168.8.${host}`, asn: 64_513 }))
    frr = new Frr(cluster.node('router'), { config: { asn: 64_512, routerId: '192.168.8.1', neighbors } })
    await frr.start()
    const speakerFlags = ['--heartbeat-timeout', '1s']
    herald = await Installation.apply(cluster, { overlay, herald: program.script, speakerFlags })
    const tor = { myASN: 64_513, peerASN: 64_512, peerAddress: '192.168.8.1' }
    await cluster.apply(
      pool('lan', '192.168.10.0/24'),
      own('IPAddressPool', 'fabric', { addresses: ['10.99.0.0/24'], autoAssign: false }),
      l2Advertisement('lan', { ipAddressPools: ['lan'] }),
      own('BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'] }),
      own('BGPPeer', 'tor', tor, 'metallb.io/v1beta2'),
    )
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  test('a Service is answered for on the segment and behind the router', async () => {
    await cluster.apply(service('web'), routed('web-routed'))
    const [onLan = ''] = await cluster.addressesOf('web')
    expect(await cluster.addressesOf('web-routed')).toEqual(['10.99.0.0'])
    expect((await ask('client', onLan)).pod_name).toMatch(/^web-node[12]$/)
    expect((await ask('remote', '10.99.0.0')).pod_name).toMatch(/^web-node[12]$/)
    await until('both nodes as next hops', async () => (await nextHops()).length === 2)
  })

  test('the status page of both shows who announces what, read from where they are', async () => {
    const [address = ''] = await cluster.addressesOf('web')
    const owner = await ownerOf(address)
    for (const node of [CONTROL_PLANE, ...cluster.nodes]) {
      const rows = await until(`the page on ${node} to show both Services announced`, async () => {
        const { items } = await page<{ items: ServiceRow[] }>(node, 'services?search=announced')
        return items.length === 2 && items
      })
      expect(rows.map(({ service, addresses }) => [service, addresses])).toEqual([
        ['default/web', [address]],
        ['default/web-routed', ['10.99.0.0']],
      ])
      expect(rows[0]?.announcements).toMatchObject([{ node: owner, announcer: 'l2', phase: 'serving' }])
      expect(rows[1]?.announcements.map((one) => one.node).sort()).toEqual(cluster.nodes)
      expect(rows[1]?.announcements[0]).toMatchObject({ via: ['tor'], since: expect.any(String) })
      expect(await page(node, 'explain/default/web')).toMatchObject({
        planned: { addresses: [address] },
      })
    }
    expect(await page<Overview>('node1', 'overview')).toMatchObject({
      nodes: [
        { node: 'node1', ready: true, alive: true },
        { node: 'node2', alive: true, detail: expect.any(String) },
      ],
      pools: [{ pool: 'fabric' }, { pool: 'lan', ipv4: { used: 1, total: '256' } }],
      peers: [{ node: 'node1', peer: 'tor', state: 'Established', since: expect.any(String) }],
    })
    expect(await page<Overview>(CONTROL_PLANE, 'overview')).toMatchObject({
      pools: [
        { pool: 'fabric', ipv4: { used: 1 } },
        { pool: 'lan', ipv4: { used: 1 } },
      ],
      changes: expect.arrayContaining([expect.objectContaining({ service: 'default/web', before: [] })]),
    })
    const status = await cluster.node('node1').run([process.execPath, program.script, 'status', statusPage])
    expect(status).toMatch(/^node1 +following/m)
    const env = { KUBECONFIG: cluster.controlPlane.kubeconfig() }
    const argv = [process.execPath, program.script, 'status', '-o', 'wide']
    const { stdout } = await cluster.node(CONTROL_PLANE).exec(argv, { env })
    expect(stdout).toMatch(/^default\/web-routed +node1 +BGP +tor +20\d\d-\S+Z$/m)
  })

  test('what is announced stays announced while the API server is away, and its return changes nothing', async () => {
    const [address = ''] = await cluster.addressesOf('web')
    const before = await world.addresses('')
    const owner = await ownerOf(address)
    const other = owner === 'node1' ? 'node2' : 'node1'
    const lost = await losses(owner)
    await snapshotsOfNow()
    const probe = cluster
      .node('client')
      .spawn(['arping', '-W', '0.1', '-I', 'eth0', address], { name: 'probe' })
    await cluster.controlPlane.kill9('kube-apiserver')
    await until('the speakers to notice', () =>
      cluster.nodes.every((node) => herald.speaker(node).output.includes('watch broken')),
    )
    herald.speaker(other).kill('SIGKILL')
    await herald.speaker(other).exited
    await until('its routes to go', async () => (await nextHops()).length === 1)
    keptByTheNextVersion(other)
    const again = herald.restart(other)
    await until('it to go on from the snapshot', () => again.output.includes('going on from the snapshot'))
    await until('its routes to be back', async () => (await nextHops()).length === 2, { timeout: 20_000 })
    await cluster.controlPlane.start()
    const back = performance.now()
    await cluster.apply(service('after'))
    const [next = ''] = await cluster.addressesOf('after')
    const addressed = performance.now()
    expect((await ask('client', next)).pod_name).toMatch(/^web-node[12]$/)
    // Far from a back-off that has grown during the outage.
    expect(addressed - back).toBeLessThan(12_000)
    await until('every watch to be whole again', async () => {
      const texts = await Promise.all(cluster.nodes.map((node) => metrics(node)))
      return texts.every((text) => /^metallb_k8s_client_config_stale_bool(\{.*\})? 0$/m.test(text))
    })
    await probe.stop()
    const lines = probe.lines.filter((line) => line.includes('from'))
    expect(new Set(probe.output.match(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g))).toEqual(
      new Set([cluster.node(owner).mac()]),
    )
    expect(lines.length).toBeGreaterThan(20)
    expect(await losses(owner)).toBe(lost)
    expect(lost).toBeDefined()
    const after = await world.addresses('')
    for (const [name, ips] of before) expect(after.get(name)).toEqual(ips)
  })

  test('the claims are made again from the Services alone, with every address as it was', async () => {
    const before = await world.addresses('')
    herald.controller.kill('SIGKILL')
    await cluster.kubectl('delete', 'addressclaims', '--all')
    herald.restart()
    await herald.ready()
    await world.isSound('')
    await cluster.kubectl('delete', 'addressclaims', '--all')
    await world.isSound('')
    expect(await world.addresses('')).toEqual(before)
  })

  test('a token that is worth nothing any more is read anew', async () => {
    const old = await herald.rotateToken()
    await until(
      'the API server to refuse the old one',
      async () => {
        const bearer = ['-H', `Authorization: Bearer ${old}`]
        const url = `${cluster.controlPlane.url}/api/v1/services`
        const { stdout } = await cluster.node('client').exec(['curl', '-sk', ...bearer, url])
        return stdout.includes('Unauthorized')
      },
      { timeout: 30_000, interval: 500 },
    )
    await cluster.apply(service('rotated'))
    expect(await cluster.addressesOf('rotated')).toHaveLength(1)
  })

  test('an address that a stranger has goes into quarantine, which outlives the controller that found it', async () => {
    const client = cluster.node('client')
    const [taken, free] = ['192.168.20.0', '192.168.20.1']
    await restarted('--probe-before-assign')
    await cluster.apply(
      own('IPAddressPool', 'probed', { addresses: [`${taken}-${free}`], autoAssign: false }),
      l2Advertisement('probed', { ipAddressPools: ['probed'] }),
    )
    await client.ip(`addr add ${taken}/32 dev eth0`)
    await world.create('probed', {}, { 'metallb.io/address-pool': 'probed' })
    expect(await cluster.addressesOf('probed')).toEqual([free])

    const probe = await cluster.api.get(`${probesPath}/${taken}`)
    expect(probe['spec'].quarantine).toMatchObject({ hardwareAddress: client.mac(), via: 'eth0' })
    expect(cluster.nodes).toContain(probe['spec'].quarantine.node)
    await until('the event', async () => {
      const events = await cluster.api.list('/api/v1/namespaces/default/events')
      return events.some(
        ({ reason, message }) => reason === 'AddressQuarantined' && message.includes(client.mac()),
      )
    })
    // The Service stands there until the controller has written that it asks no more.
    expect(await cluster.kubectl('get', 'addressprobes', '-o', 'wide')).toMatch(
      new RegExp(
        `^${taken} +${taken} +(probed +)?\\S+Z +${client.mac()} +node[12] +eth0 +probed +\\S+ *$`,
        'm',
      ),
    )

    const env = { KUBECONFIG: cluster.controlPlane.kubeconfig() }
    const argv = [process.execPath, program.script, 'status']
    const { stdout } = await cluster.node(CONTROL_PLANE).exec(argv, { env })
    expect(stdout).toMatch(new RegExp(`^${taken} +\\S+Z +${client.mac()} +eth0 of node[12]$`, 'm'))

    await restarted('--probe-before-assign')
    await world.create('exact', {}, { 'metallb.io/loadBalancerIPs': taken })
    await until('the Service to be told', async () => (await world.reason('exact')) === 'AddressQuarantined')
    expect(await cluster.addressesOf('probed')).toEqual([free])
    await cluster.kubectl('delete', 'service', 'probed', 'exact')
    await client.ip(`addr del ${taken}/32 dev eth0`)
    await restarted()
    await until('nothing to be asked any more', async () => (await cluster.api.list(probesPath)).length === 0)
    await cluster.kubectl('delete', '-n', 'metallb-system', 'ipaddresspool/probed', 'l2advertisement/probed')
  })

  test('what the roles grant is used, verb by verb, and nothing else is asked for', async () => {
    await changeOfEverySort()
    await until(
      'every verb to be used',
      () => unused().length === 0 || Promise.reject(new Error(unused().join(', '))),
      {
        timeout: 30_000,
        interval: 500,
      },
    )
    // An API server that has only just started refuses what it will grant.
    for (const component of components) {
      const refused = asked(cluster.controlPlane, component, 'forbid')
      expect(refused.filter((words) => !grants[component].includes(words))).toEqual([])
    }
  })

  test('a verb that is missing is named, and everything else goes on', async () => {
    const role = '/apis/rbac.authorization.k8s.io/v1/namespaces/metallb-system/roles/herald-speaker'
    const { rules } = await cluster.api.get(role)
    const without = (rules as { resources: string[] }[]).filter(
      ({ resources }) => !resources.includes('servicel2statuses/status'),
    )
    await cluster.api.patch(role, { rules: without })
    await cluster.apply(service('unsaid'))
    const [address = ''] = await cluster.addressesOf('unsaid')
    expect((await ask('client', address)).pod_name).toMatch(/^web-node[12]$/)
    const owner = await ownerOf(address)
    await until('the verb to be named', () =>
      /PATCH \S+\/servicel2statuses\/\S+\/status: not allowed \(403\)/.test(herald.speaker(owner).output),
    )
    await cluster.api.patch(role, { rules })
    await until(
      'the status to be written',
      async () => {
        const found = await cluster.api.list(
          '/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses',
        )
        return found.some(({ status }) => status?.serviceName === 'unsaid')
      },
      { timeout: 30_000 },
    )
  })

  test('it is uninstalled as the documentation says: addresses, pools and custom resources stay', async () => {
    const before = await world.addresses('')
    for (const node of [CONTROL_PLANE, ...cluster.nodes]) await herald.speaker(node).stop()
    const [, block = ''] = /## Uninstall[^]*?```sh\n([^]*?)```/.exec(readFileSync(operations, 'utf8')) ?? []
    const commands = block.trim().split('\n')
    expect(commands).toHaveLength(3)
    // What is called kubectl there; nothing in the lines is quoted.
    for (const command of commands) await cluster.kubectl(...command.split(' ').slice(1))
    const kinds = ['deployment', 'daemonset', 'configmap', 'serviceaccount', 'role', 'rolebinding']
    const more = [
      'service',
      'networkpolicy',
      'poddisruptionbudget',
      'clusterrole',
      'clusterrolebinding',
      'lease',
    ]
    const left = await cluster.kubectl('get', [...kinds, ...more].join(), '-A', '-o', 'name')
    expect(left.split('\n').filter((name) => name.includes('herald'))).toEqual([])
    expect(await world.addresses('')).toEqual(before)
    const { metadata } = await cluster.service('web')
    expect(metadata.annotations).toMatchObject({ 'metallb.io/ip-allocated-from-pool': 'lan' })
    expect(metadata).not.toHaveProperty('finalizers')
    expect(await cluster.kubectl('get', 'ipaddresspools', '-A', '-o', 'name')).toMatch(/fabric\n.*lan\n/)
  })

  async function restarted(...flags: readonly string[]): Promise<void> {
    await herald.controller.stop()
    herald.restart(CONTROL_PLANE, flags)
    await herald.ready()
  }

  const components = ['controller', 'speaker'] as const
  let grants: Readonly<Record<(typeof components)[number], readonly string[]>>

  function unused(): readonly string[] {
    return components.flatMap((component) => {
      const used = new Set(asked(cluster.controlPlane, component, 'allow'))
      return grants[component].filter((words) => !used.has(words)).map((words) => `${component}: ${words}`)
    })
  }

  /** Brings about what the rarer verbs are for. */
  async function changeOfEverySort(): Promise<void> {
    const [controller, speaker] = await Promise.all(components.map((one) => granted(cluster, one)))
    grants = { controller: controller ?? [], speaker: speaker ?? [] }
    // Claims of two holders, claims and statuses that go.
    const share = { 'metallb.io/allow-shared-ip': 'key', 'metallb.io/loadBalancerIPs': '192.168.10.77' }
    await world.create('share-a', {}, share)
    await world.create('share-b', { ports: [{ port: 81 }] }, share)
    await cluster.addressesOf('share-b')
    await cluster.kubectl('delete', 'service', 'after', 'web-routed')
    // The same event once more.
    await world.create('undecided', {}, { 'metallb.io/address-pool': 'nowhere' })
    for (const pools of ['lan', 'nowhere', 'lan', 'nowhere']) {
      await world.patch('undecided', { metadata: { annotations: { 'metallb.io/address-pool': pools } } })
      const reason = pools === 'lan' ? 'Assigned' : 'UnknownPool'
      await until(`undecided to be ${reason}`, async () => (await world.reason('undecided')) === reason)
    }
    await conflictsOf('services', async (index) => {
      await world.create(`late-${index}`)
      for (let at = 0; at < 4; at++)
        await world.patch(`late-${index}`, { metadata: { labels: { at: String(at) } } })
    })
    await conflictsOf('addressclaims.heraldlb.io', async (index) => {
      const address = `192.168.10.${100 + index}`
      const holder = { namespace: 'default', name: 'nobody', uid: 'x' }
      const spec = { address, services: [holder] }
      const claim = {
        apiVersion: 'heraldlb.io/v1alpha1',
        kind: 'AddressClaim',
        metadata: { name: address },
        spec,
      }
      const wish = { 'metallb.io/loadBalancerIPs': address }
      await Promise.all([
        world.create(`claimed-${index}`, {}, wish),
        cluster.api.create(claimsPath, claim).catch(() => {}),
      ])
    })
  }

  /** Repeats what makes a write come too late, until the controller has read an object because of it. */
  async function conflictsOf(resource: string, race: (index: number) => Promise<unknown>): Promise<void> {
    for (let index = 0; index < 40; index++) {
      if (asked(cluster.controlPlane, 'controller', 'allow').includes(`get ${resource}`)) return
      await race(index)
    }
  }

  function routed(name: string, spec: object = {}): object {
    const object = service(name, spec) as { metadata: object }
    return {
      ...object,
      metadata: { ...object.metadata, annotations: { 'metallb.io/address-pool': 'fabric' } },
    }
  }

  async function ask(from: string, address: string): Promise<BackendAnswer> {
    return until(`an answer from ${address}`, async () => {
      const text = await cluster.node(from).run(['curl', '-sS', '-m', '1', `http://${address}/`])
      return JSON.parse(text) as BackendAnswer
    })
  }

  async function page<Answer>(node: string, path: string): Promise<Answer> {
    const url = `${statusPage}/api/v1/${path}`
    return JSON.parse(await cluster.node(node).run(['curl', '-sSf', '-m', '5', url])) as Answer
  }

  function metrics(node: string): Promise<string> {
    return cluster.node(node).run(['curl', '-sf', '-m', '5', 'http://127.0.0.1:7472/metrics'])
  }

  /** The node whose hardware address the client has learnt. */
  async function ownerOf(address: string): Promise<string> {
    await cluster.node('client').exec(['ip', 'neigh', 'flush', 'to', address])
    await ask('client', address)
    const found = (await cluster.node('client').neighbours()).find(({ dst }) => dst === address)
    const owner = cluster.nodes.find((node) => cluster.node(node).mac() === found?.lladdr)
    if (owner === undefined) throw new Error(`nobody answers for ${address}`)
    return owner
  }

  /** Changes a little again and again until every speaker has kept what it knew after this call. */
  async function snapshotsOfNow(): Promise<void> {
    const file = (node: string): string =>
      join(cluster.node(node).directory, 'speaker/state/speaker.snapshot')
    const now = Date.now() + 500
    const isNew = (node: string): boolean =>
      (statSync(file(node), { throwIfNoEntry: false })?.mtimeMs ?? 0) > now
    await until(
      'a snapshot on every node',
      async () => {
        await world.patch('web', { metadata: { labels: { now: String(Date.now()) } } })
        return cluster.nodes.every(isNew)
      },
      { interval: 500, timeout: 20_000 },
    )
  }

  /** As if a version had been rolled back from that keeps more than this one knows, and says that this one can read it. */
  function keptByTheNextVersion(node: string): void {
    const file = join(cluster.node(node).directory, 'speaker/state/speaker.snapshot')
    const bytes = readFileSync(file)
    const text = bytes.toString('latin1').replace('"format":1,"since":1', '"format":2,"since":1')
    expect(text).toContain('"format":2')
    writeFileSync(file, text, 'latin1')
  }

  async function nextHops(): Promise<readonly string[]> {
    const route = (await cluster.node('router').routes()).find(({ dst }) => dst === '10.99.0.0')
    return route?.nexthops?.map(({ gateway }) => String(gateway)) ?? (route ? [String(route.gateway)] : [])
  }

  /** How often the session with a node has been lost. */
  async function losses(node: string): Promise<number | undefined> {
    const address = cluster.node(node).address()
    type Told = Record<string, { readonly connectionsDropped: number }>
    return (await frr.showJson<Told>(`show bgp neighbors ${address}`))[address]?.connectionsDropped
  }
})
