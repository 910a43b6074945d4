import { getEventListeners } from 'node:events'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { ApiClient, type RawObject } from '#app/kubernetes/api/client.ts'
import { ObjectStore, type Stored } from '#app/kubernetes/api/object-store.ts'
import { Reflector } from '#app/kubernetes/api/reflector.ts'
import { resources } from '#app/kubernetes/api/resources.ts'
import { HttpTransport } from '#app/kubernetes/api/transport.ts'
import { systemClock, systemRandom } from '#app/system.ts'

import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import { eventually } from '../../eventually.ts'
import { silentLog } from '../silent-log.ts'
import { FakeApiServer } from '../fake-api-server.ts'

const services = '/api/v1/services'

interface Item extends Stored {
  readonly spec?: unknown
}

let server: FakeApiServer
let reflector: Reflector<Item>
let store: ObjectStore<Item>
let changes: string[][]
let projected: string[]

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  changes = []
  projected = []
})

afterEach(async () => {
  await reflector.stop()
  await server.close()
})

function start(clock: Clock = systemClock): void {
  store = new ObjectStore()
  store.onChange((keys) => changes.push([...keys].sort()))
  const transport = new HttpTransport(server.source())
  reflector = new Reflector({
    client: new ApiClient({ transport, clock: systemClock, random: systemRandom }),
    resource: resources.services,
    project: ({ metadata, spec }) => (projected.push(metadata.name), { metadata, spec }),
    store,
    clock,
    random: systemRandom,
    log: silentLog,
  })
  reflector.start()
}

function service(name: string, spec: object = {}): RawObject {
  return { metadata: { namespace: 'a', name }, spec }
}

const keys = (): string[] => [...store.values()].map(({ metadata }) => metadata.name).sort()
const lists = (): number => server.seen.filter(({ query }) => query.get('limit') !== null).length
const watches = (): number => server.seen.filter(({ query }) => query.get('watch') === 'true').length

test('a list longer than a page comes in whole', async () => {
  for (let i = 0; i < 600; i++) server.put(services, service(`s${i}`))
  start()
  await eventually(() => expect(store.synced).toBe(true))
  expect(store.size).toBe(600)
  expect(lists()).toBe(3)
})

test('what comes, changes and goes is told once each', async () => {
  server.put(services, service('one'))
  start()
  await eventually(() => expect(watches()).toBe(1))
  server.put(services, service('two'))
  await eventually(() => expect(keys()).toEqual(['one', 'two']))
  server.put(services, service('two', { x: 1 }))
  await eventually(() => expect(store.get('a/two')?.spec).toEqual({ x: 1 }))
  server.remove(services, 'a/one')
  await eventually(() => expect(keys()).toEqual(['two']))
  expect(changes).toEqual([['a/one'], ['a/two'], ['a/two'], ['a/one']])
})

test('a change of nothing but the version is no news, but the version is known', async () => {
  server.put(services, service('one', { x: 1 }))
  start()
  await eventually(() => expect(watches()).toBe(1))
  const { metadata } = server.put(services, service('one', { x: 1 }))
  await eventually(() => expect(store.get('a/one')?.metadata.resourceVersion).toBe(metadata.resourceVersion))
  expect(changes).toEqual([['a/one']])
})

test('after a reset the watch goes on where it was, without another list', async () => {
  server.put(services, service('one'))
  start()
  await eventually(() => expect(watches()).toBe(1))
  server.reset()
  server.put(services, service('two'))
  await eventually(() => expect(keys()).toEqual(['one', 'two']))
  expect(lists()).toBe(1)
  expect(reflector.problem()).toBeUndefined()
})

test('a watch that goes on is no trouble, though nothing is told of its kind', async () => {
  server.put(services, service('one'))
  start()
  await eventually(() => expect(watches()).toBe(1))
  const { port } = server
  await server.close()
  await eventually(() => expect(reflector.problem()).toContain('ECONNREFUSED'))
  await server.listen(port)
  await eventually(() => expect(reflector.problem()).toBeUndefined())
  expect(lists()).toBe(1)
})

test('a bookmark moves on where a broken watch resumes', async () => {
  server.put(services, service('one'))
  start()
  await eventually(() => expect(watches()).toBe(1))
  server.expire()
  server.bookmark()
  await eventually(() => expect(server.seen.length).toBe(2))
  await new Promise((resolve) => setImmediate(resolve))
  server.reset()
  await eventually(() => expect(watches()).toBe(2))
  server.put(services, service('two'))
  await eventually(() => expect(keys()).toEqual(['one', 'two']))
  expect(lists()).toBe(1)
})

test('a version that has expired is answered with a list, and what has gone meanwhile goes', async () => {
  server.put(services, service('one'))
  server.put(services, service('two'))
  start()
  await eventually(() => expect(watches()).toBe(1))
  server.remove(services, 'a/one')
  await eventually(() => expect(keys()).toEqual(['two']))
  server.reset()
  server.remove(services, 'a/two')
  server.put(services, service('three'))
  server.expire()
  await eventually(() => expect(keys()).toEqual(['three']))
  expect(lists()).toBe(2)
})

test('a list whose next page has expired is begun anew', async () => {
  for (let i = 0; i < 300; i++) server.put(services, service(`s${i}`))
  server.fail(({ query }) => query.get('continue') !== null, 410)
  start()
  await eventually(() => expect(store.synced).toBe(true))
  expect(keys()).toHaveLength(300)
  expect(lists()).toBe(4)
})

test.each([500, 503, 429])('a list that is answered with %i is asked for again', async (status) => {
  server.fail(({ method }) => method === 'GET', status, { times: 3, retryAfter: 0 })
  server.put(services, service('one'))
  start()
  await eventually(() => expect(keys()).toEqual(['one']))
})

test('a right that is missing is named, and once it is granted the watch begins', async () => {
  server.fail(() => true, 403, { times: 1 })
  start()
  await eventually(() => expect(reflector.problem()).toContain('GET /api/v1/services: not allowed (403)'))
  await eventually(() => expect(store.synced).toBe(true))
  expect(reflector.problem()).toBeUndefined()
})

test('a server that refuses because it has only just started is asked again soon', async () => {
  const pauses: Duration[] = []
  const after: Clock['after'] = (pause, task) => {
    pauses.push(pause)
    return systemClock.after(milliseconds(0), task)
  }
  server.fail(() => true, 500, { times: 12, retryAfter: 0 })
  server.fail(() => true, 403, { times: 1 })
  start({ ...systemClock, after })
  await eventually(() => expect(store.synced).toBe(true))
  expect(server.seen.filter(({ query }) => query.get('limit') !== null)).toHaveLength(14)
  expect(pauses[12]).toBeLessThanOrEqual(500)
})

test('a server that is away keeps nothing from being known, and its return is noticed', async () => {
  server.put(services, service('one'))
  start()
  await eventually(() => expect(watches()).toBe(1))
  const { port } = server
  await server.close()
  await eventually(() => expect(reflector.problem()).toContain('ECONNREFUSED'))
  expect(keys()).toEqual(['one'])
  server.put(services, service('two'))
  const back = server
  server = Object.assign(new FakeApiServer(), { collections: back['collections'], history: back['history'] })
  server['version'] = back['version']
  await server.listen(port)
  await eventually(() => expect(keys()).toEqual(['one', 'two']))
})

test('the answer to a write is not undone by an older event', () => {
  start()
  store.put({ metadata: { namespace: 'a', name: 'one', resourceVersion: '1000' }, spec: { x: 2 } })
  store.put({ metadata: { namespace: 'a', name: 'one', resourceVersion: '999' }, spec: { x: 1 } })
  expect(store.get('a/one')?.spec).toEqual({ x: 2 })
})

test('an outage leaves nothing behind for each time that the server was asked', async () => {
  server.fail(() => true, 500, { times: 12 })
  start({ ...systemClock, after: (_, task) => systemClock.after(milliseconds(1), task) })
  await eventually(() => expect(watches()).toBe(1))
  expect(server.seen.length).toBeGreaterThan(12)
  expect(getEventListeners(reflector['stopping'].signal, 'abort').length).toBeLessThan(4)
})

test('what the answer to a write has shown already is not looked at again when the watch shows it', async () => {
  start()
  await eventually(() => expect(watches()).toBe(1))
  const { metadata, spec } = server.put(services, service('written'))
  const { uid, ...kept } = metadata
  expect(uid).toBeDefined()
  store.put({ metadata: kept, spec })
  server.put(services, service('later'))
  await eventually(() => expect(keys()).toEqual(['later', 'written']))
  expect(projected).toEqual(['later'])
  server.put(services, service('written', { ports: [] }))
  await eventually(() => expect(store.get('a/written')?.spec).toEqual({ ports: [] }))
})
