import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { issueServer, makeAuthority, type KeyPair } from '#app/kubernetes/webhook/certificates.ts'
import { WebhookServer } from '#app/kubernetes/webhook/server.ts'
import { FakeMetrics } from '#core/fakes/fake-host.ts'
import { metric } from '#metrics/catalogue.ts'

import { silentLog as log } from '../silent-log.ts'

const host = '127.0.0.1'
const name = 'herald-webhook.metallb-system.svc'
const question = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { uid: 'u', operation: 'CREATE' },
})

const tooMuch = 4 * 1024 * 1024

let authority: KeyPair
let pair: KeyPair
let server: WebhookServer
let port: number
let metrics: FakeMetrics
const sockets: TLSSocket[] = []

beforeAll(async () => {
  authority = await makeAuthority(new Date())
  pair = await issueServer(authority, [name], new Date())
})

beforeEach(async () => {
  metrics = new FakeMetrics()
  const reviews = metrics.counter(metric('herald_webhook_reviews_total'))
  server = new WebhookServer({ verdict: () => ({ refusals: [], warnings: [] }), log, reviews })
  server.use(pair)
  port = (await server.listen({ host, port: 0 })).port
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server.close()
})

async function shakenHands(): Promise<TLSSocket> {
  const socket = connect({ port, host, ca: authority.cert, servername: name })
  sockets.push(socket)
  await once(socket, 'secureConnect')
  return socket
}

const post = (path: string, length: number, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nhost: ${name}\r\ncontent-length: ${length}\r\n${more}\r\n`

/** Settles when the server has begun to wait for the rest. */
async function halfAsked(): Promise<TLSSocket> {
  const socket = await shakenHands()
  socket.write(`${post('/validate', 1000, 'expect: 100-continue\r\n')}{"half":`)
  await once(socket, 'data')
  return socket
}

/** The first that comes of the answer. */
async function asked(path: string, body = question): Promise<string> {
  const socket = await shakenHands()
  socket.write(post(path, Buffer.byteLength(body)) + body)
  const [first] = await once(socket, 'data')
  return String(first)
}

test('a review is answered, and counted', async () => {
  const answer = await asked('/validate')
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer).toContain('"uid":"u","allowed":true')
  expect(metrics.value('herald_webhook_reviews_total', { verdict: 'allowed' })).toBe(1)
})

test.each([
  ['/other', question, 404],
  ['//', question, 404],
  ['/validate', '{}', 400],
])('POST %s of %s is answered with why not', async (path, body, status) => {
  expect(await asked(path, body)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
})

test.each([
  ['all of it', tooMuch + 1],
  ['with no end to it', tooMuch * 2],
])('a question longer than any object is told so, %s, and the connection ends', async (_, length) => {
  const socket = await shakenHands()
  const closed = once(socket, 'close')
  socket.write(post('/validate', length) + ' '.repeat(tooMuch + 1))
  const [first] = await once(socket, 'data')
  expect(String(first)).toMatch(/^HTTP\/1\.1 413 [^]*allowed: 4194304 bytes$/)
  await closed
  expect(await asked('/validate')).toContain('"allowed":true')
})

test('a question that breaks off harms nobody', async () => {
  const socket = await halfAsked()
  socket.destroy()
  await once(socket, 'close')
  expect(await asked('/validate')).toContain('"allowed":true')
})

test('it ends although somebody is connected who has not asked all of it', async () => {
  const socket = await halfAsked()
  const over = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
  await server.close()
  await over
})
