import { afterEach, beforeEach, expect, test } from 'vitest'

import { ApiClient, type RawObject } from '#app/kubernetes/api/client.ts'
import { HttpTransport } from '#app/kubernetes/api/transport.ts'
import { ClusterView } from '#app/kubernetes/controller/cluster-view.ts'
import { Controller } from '#app/kubernetes/controller/controller.ts'
import { ControllerStatus } from '#app/kubernetes/status-page/controller-status.ts'
import { systemClock as clock, systemRandom as random } from '#app/system.ts'
import { createMetrics, type Metrics } from '#metrics/registry.ts'

import { eventually } from '../../eventually.ts'
import { FakeApiServer } from '../fake-api-server.ts'
import { silentLog as log } from '../silent-log.ts'
import { SaidLeadership } from './said-leadership.ts'
import { namespace, settings } from './settings.ts'

const services = '/api/v1/services'
const pools = '/apis/metallb.io/v1beta1/ipaddresspools'

const pool: RawObject = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { namespace, name: 'lan' },
  spec: { addresses: ['192.0.2.0/30'] },
}

let server: FakeApiServer
let view: ClusterView
let leadership: SaidLeadership
let controller: Controller
let metrics: Metrics

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  server.put(pools, pool)
  const client = new ApiClient({ transport: new HttpTransport(server.source()), clock, random })
  view = new ClusterView({ client, clock, random, log, namespace })
  leadership = new SaidLeadership()
  metrics = createMetrics()
  controller = new Controller({
    client,
    view,
    election: leadership,
    settings,
    identity: 'one_1',
    podName: 'one',
    owner: () => Promise.resolve(undefined),
    metrics: metrics.scope,
    clock,
    random,
    log,
  })
  controller.start()
  server.put(services, service('first'))
  await eventually(() => expect(addressOf('first')).toBe('192.0.2.0'))
})

afterEach(async () => {
  await controller.stop()
  await server.close()
})

function service(name: string): RawObject {
  const spec = { type: 'LoadBalancer', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ports: [{ port: 80 }] }
  return { metadata: { namespace: 'default', name }, spec }
}

function addressOf(name: string): string | undefined {
  const { status } = server.objects(services).get(`default/${name}`) as {
    status?: { loadBalancer?: { ingress?: { ip: string }[] } }
  }
  return status?.loadBalancer?.ingress?.[0]?.ip
}

test('a Service that comes while nobody leads gets its address from the same process when it leads again', async () => {
  leadership.lead(false)
  server.put(services, service('second'))
  await eventually(() => expect(view.services.get('default/second')).toBeDefined())
  leadership.lead(true)
  await eventually(() => expect(addressOf('second')).toBe('192.0.2.1'))
  expect(addressOf('first')).toBe('192.0.2.0')
})

test('a Service that is refused counts by its reason', async () => {
  const refused = service('web')
  const annotations = { 'metallb.io/address-pool': 'nowhere' }
  server.put(services, { ...refused, metadata: { ...refused.metadata, annotations } })
  const counted = /^herald_refusals_total\{[^}]*reason="UnknownPool"[^}]*\} 1$/m
  await eventually(async () => expect(await metrics.render()).toMatch(counted))
})

test('a fault between objects is an event on the object that has it, once', async () => {
  const events = (): RawObject[] => [...server.objects('/api/v1/events').values()]
  const about = (name: string): RawObject[] =>
    events().filter(({ involvedObject }) => (involvedObject as { name: string }).name === name)
  const other = { ...pool, metadata: { namespace, name: 'other' } }
  server.put(pools, other)
  await eventually(() => expect(about('other')).toHaveLength(1))
  expect(about('other')[0]).toMatchObject({
    type: 'Warning',
    reason: 'OverlappingAddresses',
    metadata: { namespace },
    involvedObject: { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', namespace },
  })
  expect(about('other')[0]?.['message']).toContain('192.0.2.0/30')
  server.put(services, service('second'))
  await eventually(() => expect(addressOf('second')).toBe('192.0.2.1'))
  expect(about('other')).toHaveLength(1)
  expect(about('lan')).toEqual([])
})

test('its status page has the addresses, the pools and what has changed since it leads', async () => {
  server.put(services, service('second'))
  await eventually(() => expect(addressOf('second')).toBe('192.0.2.1'))
  const announced = {
    elsewhere: async () => ({ announcements: [], incomplete: false }),
    onChange: () => () => {},
  }
  const identity = { node: 'one', boot: 'b', version: 'v' }
  const status = new ControllerStatus({ identity, controller, announced, announcers: [] })
  expect(status.own()).toMatchObject({
    node: 'one',
    role: 'allocating',
    readiness: { ready: true },
    services: [
      { service: 'default/first', addresses: ['192.0.2.0'], pool: 'lan' },
      { service: 'default/second', addresses: ['192.0.2.1'], pool: 'lan' },
    ],
    pools: [{ pool: 'lan', ipv4: { used: 2, total: '4' } }],
    changes: [
      { service: 'default/second', before: [], addresses: ['192.0.2.1'], reason: 'Assigned' },
      { service: 'default/first', before: [], addresses: ['192.0.2.0'], reason: 'Assigned' },
    ],
  })
  await eventually(async () => expect(await status.views()).toBe(await status.views()))
  expect(status.explain('default/first')?.planned).toMatchObject({ addresses: ['192.0.2.0'], pool: 'lan' })
  server.remove(services, 'default/second')
  await eventually(() =>
    expect(status.own()?.changes[0]).toMatchObject({
      service: 'default/second',
      before: ['192.0.2.1'],
      addresses: [],
    }),
  )
})

test('a replica that waits shows what the statuses say', async () => {
  const announced = {
    elsewhere: async () => ({ announcements: [], incomplete: false }),
    onChange: () => () => {},
  }
  const identity = { node: 'one', boot: 'b', version: 'v' }
  const status = new ControllerStatus({ identity, controller, announced, announcers: [] })
  leadership.lead(false)
  await eventually(() =>
    expect(status.own()).toMatchObject({
      role: 'following',
      services: [{ service: 'default/first', addresses: ['192.0.2.0'], reason: 'Unchanged' }],
      pools: [{ pool: 'lan', ipv4: { used: 1 } }],
    }),
  )
})
