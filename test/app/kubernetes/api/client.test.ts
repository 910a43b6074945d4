import { Agent, createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { ApiClient, type RequestSeen } from '#app/kubernetes/api/client.ts'
import type { Credentials } from '#app/kubernetes/api/credentials.ts'
import { ApiError, ApiUnreachable, isConflict, isStatus, isTransient } from '#app/kubernetes/api/errors.ts'
import { resources } from '#app/kubernetes/api/resources.ts'
import { HttpTransport } from '#app/kubernetes/api/transport.ts'
import { systemClock, systemRandom } from '#app/system.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'

import { FakeApiServer } from '../fake-api-server.ts'

let server: FakeApiServer
let client: ApiClient
let seen: RequestSeen[]

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  seen = []
  const transport = new HttpTransport(server.source())
  const note = (request: RequestSeen): void => void seen.push(request)
  client = new ApiClient({ transport, clock: systemClock, random: systemRandom, seen: note })
})

afterEach(() => server.close())

const claim = { metadata: { name: '192.0.2.1' }, spec: { address: '192.0.2.1' } }

test('creation is atomic: the second one is told that it exists', async () => {
  await client.create(resources.addressClaims, claim)
  const second = client.create(resources.addressClaims, claim)
  await expect(second).rejects.toSatisfy((error) => isConflict(error) && error.reason === 'AlreadyExists')
})

test('a write that carries an old version is refused', async () => {
  const { metadata } = await client.create(resources.addressClaims, claim)
  await client.patch(resources.addressClaims, { name: '192.0.2.1' }, { metadata, spec: { pool: 'a' } })
  const late = client.patch(resources.addressClaims, { name: '192.0.2.1' }, { metadata, spec: { pool: 'b' } })
  await expect(late).rejects.toSatisfy(isConflict)
  const deletion = client.delete(resources.addressClaims, { name: '192.0.2.1' }, { resourceVersion: '1' })
  await expect(deletion).rejects.toSatisfy(isConflict)
})

test('a server that asks for patience gets it, and the request is carried out once', async () => {
  server.fail(({ method }) => method === 'POST', 429, { times: 2, retryAfter: 0 })
  await client.create(resources.addressClaims, claim)
  expect(seen.map(({ status }) => status)).toEqual([429, 429, 200])
})

test('a right that is missing is named with the verb, the object and the remedy', async () => {
  server.fail(() => true, 403)
  const denied = client.get(resources.services, { namespace: 'a', name: 'web' })
  await expect(denied).rejects.toThrow(
    "GET /api/v1/namespaces/a/services/web: not allowed (403): made to fail with 403; grant the verb to Herald's ServiceAccount",
  )
})

test('what the server says of a request and a server that says nothing are told apart', async () => {
  const missing = await client
    .get(resources.services, { namespace: 'a', name: 'x' })
    .catch((error: unknown) => error)
  expect(missing).toBeInstanceOf(ApiError)
  expect(isStatus(missing, 404)).toBe(true)
  expect(isTransient(missing)).toBe(false)
  await server.close()
  const away = await client
    .get(resources.services, { namespace: 'a', name: 'x' })
    .catch((error: unknown) => error)
  expect(away).toBeInstanceOf(ApiUnreachable)
  expect(isTransient(away)).toBe(true)
  expect(seen).toEqual([
    { verb: 'get', resource: 'services', status: 404, took: expect.any(Number) },
    { verb: 'get', resource: 'services', status: 0, took: expect.any(Number) },
  ])
})

test('a list is read page by page', async () => {
  for (let i = 0; i < 1200; i++)
    server.put('/api/v1/services', { metadata: { namespace: 'a', name: `s${i}` } })
  const all = await client.list(resources.services, { namespace: 'a' })
  expect(all.length).toBe(1200)
  expect(all[0]).toMatchObject({ apiVersion: 'v1', kind: 'Service' })
  expect(seen.length).toBe(3)
})

test('a request that is given up says why', async () => {
  const giveUp = new AbortController()
  const reply = client.get(resources.services, { namespace: 'a', name: 'x' }, giveUp.signal)
  giveUp.abort(new Error('shutting down'))
  await expect(reply).rejects.toThrow('shutting down')
})

test('a watch in which nothing comes, not even a bookmark, is given up: nobody is there any more', async () => {
  const lines: (readonly string[])[] = []
  const options = { resourceVersion: '1', lasting: seconds(300), signal: new AbortController().signal }
  const silent = client.watch(resources.services, {}, { ...options, silence: milliseconds(100) }, (batch) => {
    lines.push(batch)
  })
  await expect(silent).rejects.toThrow('GET /api/v1/services: no answer within 0.1 s')
  expect(lines).toEqual([[]])
})

test('a request names the server, the length of what it carries in bytes, and who asks', async () => {
  const asked: IncomingHttpHeaders[] = []
  const listener = createServer((request, response) => {
    asked.push(request.headers)
    request.resume().on('end', () => response.end('{}'))
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const credentials = { server: new URL(`http://127.0.0.1:${port}`), headers: { authorization: 'Bearer x' } }
  const proxy = new Agent()
  const transports = [{}, { proxy }].map((way) => {
    const current = () => Promise.resolve({ ...credentials, tls: {}, ...way } as Credentials)
    return new HttpTransport({ current, refused: () => {}, namespace: undefined })
  })
  for (const transport of transports) {
    await transport.send({ method: 'POST', path: '/', body: '"é"', silence: seconds(5) })
    transport.close()
  }
  listener.close()
  const headers = {
    host: `127.0.0.1:${port}`,
    authorization: 'Bearer x',
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': '4',
  }
  expect(asked).toEqual([expect.objectContaining(headers), expect.objectContaining(headers)])
})
