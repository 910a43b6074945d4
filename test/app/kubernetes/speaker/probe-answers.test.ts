import { createHash } from 'node:crypto'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { ApiClient, type RawObject } from '#app/kubernetes/api/client.ts'
import { HttpTransport } from '#app/kubernetes/api/transport.ts'
import { ProbeAnswers } from '#app/kubernetes/speaker/probe-answers.ts'
import { systemClock as clock, systemRandom as random } from '#app/system.ts'
import type { Address } from '#core/model/address.ts'
import type { Facts } from '#core/model/facts.ts'

import { eventually } from '../../eventually.ts'
import { FakeApiServer } from '../fake-api-server.ts'
import { silentLog as log } from '../silent-log.ts'

const collection = '/apis/heraldlb.io/v1alpha1/addressprobes'
const address = '192.0.2.1' as Address
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

let server: FakeApiServer
let probes: ProbeAnswers

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  const client = new ApiClient({ transport: new HttpTransport(server.source()), clock, random })
  probes = new ProbeAnswers({ client, node: 'a', surveyors: ['l2'], sha256, clock, random, log })
  probes.start()
})

afterEach(async () => {
  await probes.stop()
  await server.close()
})

function question(uid: string, more: object = {}): RawObject {
  const spec = { address, pool: 'lan', services: [{ namespace: 'default', name: 'web' }], ...more }
  return { metadata: { name: address, uid }, spec }
}

/** What the speaker of node `a` is to ask about; nodes `a` and `b` may announce it. */
function candidates(...names: readonly string[]) {
  const nodes = ['a', 'b', ...names].map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } }))
  const facts = { services: [], nodes, settings: {}, dead: new Set(), sha256 } as unknown as Facts
  const lan = {
    ref: 'lan',
    announcer: 'l2',
    pools: ['lan'],
    serviceSelectors: [],
    nodeSelectors: [],
    options: {},
  }
  const decided = { facts, parsed: { config: { advertisements: [lan] } } }
  return probes.candidates(decided as unknown as Parameters<ProbeAnswers['candidates']>[0]).get('l2') ?? []
}

const asked = (uid: string) =>
  eventually(() =>
    expect(candidates()).toMatchObject([{ address, question: uid, offers: [{ advertisement: 'lan' }] }]),
  )
const status = () => server.objects(collection).get(address)?.['status']
const answeredBy = { hardwareAddress: '02:00:00:00:00:99', via: 'eth0' }

test('asks about what the controller asks, and answers under a field manager of its own', async () => {
  server.put(collection, question('one'))
  await asked('one')
  probes.heard({ kind: 'candidate', address, question: 'one', answeredBy })
  const askers: unknown = expect.arrayContaining(['a', 'b'])
  await eventually(() => expect(status()).toEqual({ answers: [{ node: 'a', askers, ...answeredBy }] }))
  const apply = server.seen.find(({ method }) => method === 'PATCH')
  expect(apply?.path).toBe(`${collection}/${address}/status`)
  expect(apply?.query.get('fieldManager')).toBe(`herald-speaker-${sha256('a').slice(0, 20)}`)
  expect(JSON.parse(apply?.body ?? '')).toMatchObject({ metadata: { name: address, uid: 'one' } })
  await eventually(() => expect(candidates()).toEqual([]))
})

test('says why it could not ask', async () => {
  server.put(collection, question('one'))
  await asked('one')
  probes.heard({ kind: 'candidate', address, question: 'one', unasked: 'no interface' })
  await eventually(() =>
    expect(status()).toMatchObject({ answers: [{ node: 'a', unasked: 'no interface' }] }),
  )
})

test('tries again when the answer cannot be written', async () => {
  server.put(collection, question('one'))
  await asked('one')
  server.fail(({ method }) => method === 'PATCH', 500, { times: 2 })
  probes.heard({ kind: 'candidate', address, question: 'one' })
  await eventually(() => expect(status()).toMatchObject({ answers: [{ node: 'a' }] }))
})

test('answers no question that is another by now', async () => {
  server.put(collection, question('one'))
  await asked('one')
  server.remove(collection, address)
  server.put(collection, question('two'))
  await asked('two')
  probes.heard({ kind: 'candidate', address, question: 'one', answeredBy })
  probes.heard({ kind: 'candidate', address, question: 'two' })
  await eventually(() => expect(status()).toMatchObject({ answers: [{ node: 'a' }] }))
  expect(status()).not.toMatchObject({ answers: [answeredBy] })
})

test('asks about nothing that is in quarantine, nor where others come first', async () => {
  server.put(
    collection,
    question('one', { quarantine: { ...answeredBy, node: 'b', until: '2030-01-01T00:00:00Z' } }),
  )
  const other = { ...question('two', { address: '192.0.2.2' }), metadata: { name: '192.0.2.2', uid: 'two' } }
  server.put(collection, other)
  await eventually(() => expect(candidates()).toMatchObject([{ address: '192.0.2.2' }]))
  const crowd = Array.from({ length: 50 }, (_, index) => `n${index}`)
  expect(candidates(...crowd)).toEqual([])
})
