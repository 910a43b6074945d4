/* What the controller asks before it hands out an address; the speakers' answers are written by the test. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ApiClient, type RawObject } from '#app/kubernetes/api/client.ts'
import { HttpTransport } from '#app/kubernetes/api/transport.ts'
import { ClusterView } from '#app/kubernetes/controller/cluster-view.ts'
import { Controller } from '#app/kubernetes/controller/controller.ts'
import { builtInAnnouncers } from '#app/announcer-infos.ts'
import { systemClock, systemRandom as random } from '#app/system.ts'
import { seconds, type Duration } from '#core/model/duration.ts'
import type { Settings } from '#core/model/facts.ts'
import type { Clock } from '#core/ports.ts'
import { createMetrics, type Metrics } from '#metrics/registry.ts'

import { eventually } from '../../eventually.ts'
import { FakeApiServer } from '../fake-api-server.ts'
import { silentLog as log } from '../silent-log.ts'
import { SaidLeadership } from './said-leadership.ts'
import { namespace, settings as plainSettings } from './settings.ts'

const services = '/api/v1/services'
const claims = '/apis/heraldlb.io/v1alpha1/addressclaims'
const probes = '/apis/heraldlb.io/v1alpha1/addressprobes'
const states = '/apis/metallb.io/v1beta1/configurationstates'
const [first, second, third] = ['192.0.2.0', '192.0.2.1', '192.0.2.2']
const quarantine = seconds(600)
const stranger = { hardwareAddress: '02:00:00:00:00:99', via: 'eth0' }
const settings: Settings = { ...plainSettings, announcers: builtInAnnouncers }

/** Five seconds of patience pass at once, when the test says so, and so does a quarantine. */
class HurriedClock implements Clock {
  private readonly patient = new Set<() => void>()
  private readonly quarantined = new Set<() => void>()
  now = systemClock.now.bind(systemClock)

  after(delay: Duration, task: () => void): () => void {
    const tasks = delay === seconds(5) ? this.patient : delay === quarantine ? this.quarantined : undefined
    if (tasks === undefined) return systemClock.after(delay, task)
    tasks.add(task)
    return () => tasks.delete(task)
  }

  get waitedFor(): number {
    return this.patient.size
  }

  loseThePatience(): void {
    for (const task of this.patient) {
      this.patient.delete(task)
      task()
    }
  }

  endTheQuarantine(): void {
    for (const task of this.quarantined) {
      this.quarantined.delete(task)
      task()
    }
  }
}

let server: FakeApiServer
let clock: HurriedClock
let metrics: Metrics
const running: Controller[] = []

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  clock = new HurriedClock()
  metrics = createMetrics()
  server.put('/apis/metallb.io/v1beta1/ipaddresspools', own('IPAddressPool', { addresses: ['192.0.2.0/29'] }))
  server.put('/apis/metallb.io/v1beta1/l2advertisements', own('L2Advertisement', {}))
})

afterEach(async () => {
  for (const controller of running.splice(0)) await controller.stop()
  await server.close()
})

function own(kind: string, spec: object): RawObject {
  return { apiVersion: 'metallb.io/v1beta1', kind, metadata: { namespace, name: 'lan' }, spec }
}

function start(identity = 'one_1'): SaidLeadership {
  const client = new ApiClient({ transport: new HttpTransport(server.source()), clock, random })
  const view = new ClusterView({ client, clock, random, log, namespace, probes: true })
  const election = new SaidLeadership()
  const owner = (): Promise<undefined> => Promise.resolve(undefined)
  const ports = { metrics: metrics.scope, clock, random, log, owner }
  const probing = { quarantine }
  const controller = new Controller({
    client,
    view,
    election,
    settings,
    identity,
    podName: 'one',
    probing,
    ...ports,
  })
  running.push(controller)
  controller.start()
  return election
}

function service(
  name: string,
  annotations: Record<string, string> = {},
  addresses: string[] = [],
): RawObject {
  const spec = { type: 'LoadBalancer', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ports: [{ port: 80 }] }
  const status = { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } }
  return { metadata: { namespace: 'default', name, annotations }, spec, status }
}

function claimOf(name: string, address: string): RawObject {
  const holder = {
    namespace: 'default',
    name,
    uid: server.objects(services).get(`default/${name}`)?.metadata.uid,
  }
  return { metadata: { name: address }, spec: { address, pool: 'lan', writer: 'one_1', services: [holder] } }
}

const exactly = (address: string) => ({ 'metallb.io/loadBalancerIPs': address })

function addressOf(name: string): string | undefined {
  const { status } = server.objects(services).get(`default/${name}`) as {
    status?: { loadBalancer?: { ingress?: { ip: string }[] } }
  }
  return status?.loadBalancer?.ingress?.[0]?.ip
}

const probe = (address: string): RawObject | undefined => server.objects(probes).get(address)
const asked = (address: string) => eventually(() => expect(probe(address)).toBeDefined())
const has = (name: string, address: string) => eventually(() => expect(addressOf(name)).toBe(address))
const gone = (address: string) => eventually(() => expect(probe(address)).toBeUndefined())

/** As each speaker's server-side apply adds to what the others have said. */
function answer(address: string, ...answers: readonly object[]): void {
  const object = probe(address)
  if (object === undefined) throw new Error(`${address} is not asked about`)
  server.put(probes, { ...object, status: { answers } })
}

const free = (node: string, ...askers: string[]) => ({ node, askers: [node, ...askers] })
const taken = (node: string, ...askers: string[]) => ({ ...free(node, ...askers), ...stranger })

const eventsOf = (reason: string): readonly string[] =>
  [...server.objects('/api/v1/events').values()].flatMap((event) =>
    event['reason'] === reason ? String(event['message']) : [],
  )

describe('a Service that is to get a new address', () => {
  test('gets it when all who ask have heard nobody, and the question goes', async () => {
    start()
    server.put(services, service('web'))
    await asked(first)
    expect(probe(first)?.['spec']).toMatchObject({
      address: first,
      pool: 'lan',
      services: [{ namespace: 'default', name: 'web' }],
    })
    answer(first, free('node-a', 'node-b'))
    await eventually(() => expect(clock.waitedFor).toBe(1))
    expect(addressOf('web')).toBeUndefined()
    expect(server.objects(claims).size).toBe(0)
    answer(first, free('node-a', 'node-b'), free('node-b', 'node-a'))
    await has('web', first)
    await gone(first)
    expect(await metrics.render()).toMatch(/^herald_candidates_total\{[^}]*found="free"[^}]*\} 1$/m)
  })

  test('gets another one when one of them has heard somebody, whatever the others say', async () => {
    start()
    server.put(services, service('web'))
    await asked(first)
    answer(first, taken('node-b', 'node-a'), free('node-a', 'node-b'))
    await asked(second)
    answer(second, free('node-a'))
    await has('web', second)
    await eventually(() =>
      expect(probe(first)?.['spec']).toMatchObject({ quarantine: { ...stranger, node: 'node-b' } }),
    )
    const words =
      /^192\.0\.2\.0 is given to nobody until \S+Z: 02:00:00:00:00:99 answers for it on eth0 of node-b$/
    await eventually(() => expect(eventsOf('AddressQuarantined')).toEqual([expect.stringMatching(words)]))
    await eventually(() => {
      const status = server.objects(states).get(`${namespace}/controller`)?.['status']
      const message = expect.stringMatching(/192\.0\.2\.0.*02:00:00:00:00:99.*node-b/) as string
      const condition = { type: 'addressQuarantine', status: 'True', message }
      expect(status).toMatchObject({ conditions: [{}, condition] })
    })
    expect(await metrics.render()).toMatch(/^herald_quarantined_addresses\{[^}]*pool="lan"[^}]*\} 1$/m)
  })

  test('gets it unasked, with a warning, when no speaker says anything', async () => {
    start()
    server.put(services, service('web'))
    await asked(first)
    clock.loseThePatience()
    await has('web', first)
    const why = `${first} is handed out without asking who answers for it: no speaker has said anything for 5 s`
    await eventually(() => expect(eventsOf('AddressUnasked')).toEqual([why]))
    await gone(first)
  })

  test('gets it when one has heard nobody and the other, of an older version, says nothing', async () => {
    start()
    server.put(services, service('web'))
    await asked(first)
    answer(first, free('node-a', 'old'))
    await eventually(() => expect(clock.waitedFor).toBe(1))
    // What comes later in the same watch shows that the answer has come.
    server.put(services, service('later'))
    await asked(second)
    answer(second, free('node-a'))
    await has('later', second)
    expect(addressOf('web')).toBeUndefined()
    clock.loseThePatience()
    await has('web', first)
    const rendered = await metrics.render()
    expect(rendered).toMatch(/^herald_candidates_total\{[^}]*found="free"[^}]*\} 2$/m)
    expect(rendered).not.toContain('found="unasked"')
  })

  test('is not asked about where no L2Advertisement covers its pool', async () => {
    server.remove('/apis/metallb.io/v1beta1/l2advertisements', `${namespace}/lan`)
    start()
    server.put(services, service('web'))
    await has('web', first)
    expect(server.seen.filter(({ method, path }) => method === 'POST' && path === probes)).toEqual([])
  })

  test('keeps what it has until then, and nobody else is given that', async () => {
    server.put(services, service('web', exactly(second), [first]))
    server.put(services, service('db', exactly(first)))
    start()
    await asked(second)
    answer(second, free('node-a', 'node-b'))
    await eventually(() => expect(server.objects(claims).size).toBe(0))
    expect([addressOf('web'), addressOf('db')]).toEqual([first, undefined])
    answer(second, free('node-a', 'node-b'), free('node-b'))
    await has('web', second)
    if (addressOf('db') === undefined) {
      // Its claim is made when the other has let go; unclaimed in between, it is asked about.
      await eventually(() => {
        if (probe(first) !== undefined) answer(first, free('node-a'))
        expect(addressOf('db')).toBe(first)
      })
    }
  })

  test('is said to wait for the one that has it, which is said to have one', async () => {
    server.put(services, service('web', exactly(second), [first]))
    server.put(services, service('db', exactly(first)))
    server.put(claims, claimOf('web', first))
    start()
    await asked(second)
    const said = (name: string) =>
      running[0]?.picture()?.allocation.assignments.find((one) => one.service === `default/${name}`)
    const message = `${first}: waits until default/web has its new address`
    await eventually(() =>
      expect(said('db')).toMatchObject({ addresses: [], reason: 'AwaitingProbe', message }),
    )
    expect(said('web')?.reason).not.toBe('AwaitingProbe')
  })

  test.each([
    { of: 'neither', claimed: [] },
    { of: 'one', claimed: ['web'] },
    { of: 'both', claimed: ['web', 'db'] },
  ])(
    'is not waited for for ever by one that it exchanges with, claims being known of $of',
    async ({ claimed }) => {
      const had = { web: first, db: second }
      server.put(services, service('web', exactly(second), [had.web]))
      server.put(services, service('db', exactly(first), [had.db]))
      for (const [name, address] of Object.entries(had))
        if (claimed.includes(name)) server.put(claims, claimOf(name, address))
      start()
      await eventually(() => {
        // What is unclaimed in between is asked about.
        for (const address of [first, second])
          if (probe(address) !== undefined && probe(address)?.['status'] === undefined)
            answer(address, free('node-a'))
        expect([addressOf('web'), addressOf('db')]).toEqual([second, first])
      })
    },
  )

  test('leaves no question behind when it is deleted first', async () => {
    start()
    server.put(services, service('web'))
    await asked(first)
    server.remove(services, 'default/web')
    await gone(first)
    await eventually(() => expect(clock.waitedFor).toBe(0))
  })

  test('gets it unasked where the kind is not installed', async () => {
    server.fail(({ path }) => path.startsWith(probes), 404, { times: 1000 })
    start()
    server.put(services, service('web'))
    await eventually(() => expect(clock.waitedFor).toBe(1))
    clock.loseThePatience()
    await has('web', first)
  })
})

describe('an address that a Service has', () => {
  test('is never asked about, with or without a claim', async () => {
    server.put(services, service('web', {}, [third]))
    start()
    await eventually(() => expect(server.objects(claims).has(third)).toBe(true))
    server.put(services, service('new'))
    await asked(first)
    expect(server.objects(probes).size).toBe(1)
    answer(first, free('node-a'))
    await has('new', first)
    expect(addressOf('web')).toBe(third)
  })
})

describe('a controller that takes over', () => {
  test('asks anew what was asked before, and does not heed those answers', async () => {
    server.put(probes, {
      metadata: { name: first, uid: 'old' },
      spec: {
        address: first,
        pool: 'lan',
        writer: 'dead',
        services: [{ namespace: 'default', name: 'web' }],
      },
      status: { answers: [taken('node-a')] },
    })
    server.put(services, service('web'))
    start()
    await eventually(() => expect(probe(first)?.metadata.uid).not.toBe('old'))
    await asked(first)
    answer(first, free('node-a'))
    await has('web', first)
    await gone(first)
    expect(eventsOf('AddressQuarantined')).toEqual([])
  })

  test('knows the quarantine, and neither asks nor hands out what is in it', async () => {
    const former = start('one_1')
    server.put(services, service('web'))
    await asked(first)
    answer(first, taken('node-a'))
    await asked(second)
    answer(second, free('node-a'))
    await has('web', second)
    await eventually(() => expect(probe(first)?.['spec']).toMatchObject({ quarantine: stranger }))
    former.lead(false)
    start('two_2')
    server.put(services, service('db'))
    await asked(third)
    answer(third, free('node-a'))
    await has('db', third)
    expect(addressOf('web')).toBe(second)
    expect(probe(first)?.['spec']).toMatchObject({ quarantine: stranger })
  })
})

describe('a quarantine', () => {
  async function firstIsInQuarantine(): Promise<void> {
    start()
    server.put(services, service('web', exactly(first)))
    await asked(first)
    answer(first, taken('node-a'))
    await eventually(() => expect(probe(first)?.['spec']).toMatchObject({ quarantine: stranger }))
    // The answer to that write is in when later ones are.
    server.put(services, service('db'))
    await asked(second)
    answer(second, free('node-a'))
    await has('db', second)
  }

  test('ends in time, and its object goes', async () => {
    await firstIsInQuarantine()
    clock.endTheQuarantine()
    await eventually(() => expect(probe(first)?.['spec']).not.toHaveProperty('quarantine'))
    await asked(first)
    answer(first, free('node-a'))
    await has('web', first)
    await gone(first)
  })

  test('ends when a person deletes its object', async () => {
    await firstIsInQuarantine()
    server.remove(probes, first)
    await asked(first)
    expect(probe(first)?.['spec']).not.toHaveProperty('quarantine')
  })

  test('goes when the controller is started without the flag', async () => {
    server.put(probes, { metadata: { name: first }, spec: { address: first, quarantine: stranger } })
    const client = new ApiClient({ transport: new HttpTransport(server.source()), clock, random })
    const view = new ClusterView({ client, clock, random, log, namespace })
    const owner = (): Promise<undefined> => Promise.resolve(undefined)
    const ports = { metrics: metrics.scope, clock, random, log, owner }
    const controller = new Controller({
      client,
      view,
      election: undefined,
      settings,
      identity: 'a',
      podName: 'a',
      ...ports,
    })
    running.push(controller)
    controller.start()
    await gone(first)
  })
})
