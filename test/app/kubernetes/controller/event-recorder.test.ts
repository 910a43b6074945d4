import { afterEach, beforeEach, expect, test } from 'vitest'

import { ApiClient } from '#app/kubernetes/api/client.ts'
import { HttpTransport, type Transport } from '#app/kubernetes/api/transport.ts'
import { EventRecorder } from '#app/kubernetes/controller/event-recorder.ts'
import { systemClock, systemRandom } from '#app/system.ts'

import { eventually } from '../../eventually.ts'
import { silentLog as log } from '../silent-log.ts'
import { FakeApiServer } from '../fake-api-server.ts'

const events = '/api/v1/events'
const service = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name: 'web', uid: 'u' } }
const refused = { type: 'Warning', reason: 'AllocationFailed', message: 'none free' } as const

let server: FakeApiServer
/** Requests whose answers have come. */
let answered: number

beforeEach(async () => {
  server = new FakeApiServer()
  answered = 0
  await server.listen()
})

afterEach(() => server.close())

function recorder(): EventRecorder {
  const http = new HttpTransport(server.source())
  const transport: Transport = {
    send: (request) => http.send(request).finally(() => setImmediate(() => answered++)),
    stream: (request, lines) => http.stream(request, lines),
    close: () => http.close(),
  }
  const client = new ApiClient({ transport, clock: systemClock, random: systemRandom })
  return new EventRecorder({ client, log, host: 'h', component: 'metallb-controller', busy: () => false })
}

/** Settles when so many requests have been answered. */
async function record(one: EventRecorder, requests: number): Promise<void> {
  one.record(service, refused)
  await eventually(() => expect(answered).toBe(requests))
}

const told = (): readonly unknown[] => [...server.objects(events).values()].map(({ count }) => count)
const methods = (): readonly string[] => server.seen.map(({ method }) => method)

test('the same again is the same event, which counts how often', async () => {
  const one = recorder()
  await record(one, 1)
  await record(one, 2)
  await record(one, 3)
  expect(methods()).toEqual(['POST', 'PATCH', 'PATCH'])
  expect(told()).toEqual([3])
  one.record(service, { ...refused, message: 'another' })
  await eventually(() => expect(new Set(told())).toEqual(new Set([1, 3])))
})

test('an event names who reports it, in the old field and in the one that field selectors know', async () => {
  await record(recorder(), 1)
  expect([...server.objects(events).values()]).toMatchObject([
    {
      source: { component: 'metallb-controller', host: 'h' },
      reportingComponent: 'metallb-controller',
      reportingInstance: 'h',
    },
  ])
})

test('what the process before has told goes on counting from there', async () => {
  const before = recorder()
  await record(before, 1)
  await record(before, 2)
  const after = recorder()
  await record(after, 5)
  await record(after, 6)
  expect(methods().slice(2)).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH'])
  expect(told()).toEqual([4])
})

test('an event that the API server has forgotten is told anew', async () => {
  const one = recorder()
  await record(one, 1)
  for (const name of server.objects(events).keys()) server.remove(events, name)
  await record(one, 3)
  expect(methods()).toEqual(['POST', 'PATCH', 'POST'])
  expect(told()).toEqual([1])
})

test('events are written one at a time while something more important is, and several when nothing is', async () => {
  const answers: (() => void)[] = []
  const transport = {
    send: (): Promise<string> =>
      new Promise((resolve) => answers.push(() => resolve(JSON.stringify(service)))),
    stream: (): Promise<void> => Promise.resolve(),
    close: (): void => {},
  }
  const client = new ApiClient({ transport, clock: systemClock, random: systemRandom })
  let busy = true
  const one = new EventRecorder({ client, log, host: 'h', component: 'test', busy: () => busy })
  for (let at = 0; at < 4; at++) one.record(service, { ...refused, message: `${at}` })
  const asked = async (): Promise<number> => (await new Promise(setImmediate), answers.length)
  expect(await asked()).toBe(1)
  answers[0]?.()
  expect(await asked()).toBe(2)
  busy = false
  one.pump()
  expect(await asked()).toBe(4)
})
