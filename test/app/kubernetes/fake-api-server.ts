/* An API server in memory that can be told to misbehave; the real one stands in test/cluster. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

import type { CredentialSource } from '#app/kubernetes/api/credentials.ts'
import type { RawObject } from '#app/kubernetes/api/client.ts'

interface Watcher {
  readonly collection: string
  readonly response: ServerResponse
}

interface Change {
  readonly version: number
  readonly collection: string
  readonly line: string
}

export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

type Meta = { resourceVersion?: string; uid?: string } & RawObject['metadata']

/** `/api/v1/namespaces/a/services/b` is object `a/b` of collection `/api/v1/services`. */
export function addressOf(path: string): { collection: string; key: string; namespace: string | undefined } {
  const parts = path.split('/').slice(1)
  const root = parts.splice(0, parts[0] === 'api' ? 2 : 3)
  const namespace = parts[0] === 'namespaces' && parts.length > 2 ? parts.splice(0, 2)[1] : undefined
  const [plural, name] = parts
  const key = name === undefined ? '' : namespace === undefined ? name : `${namespace}/${name}`
  return { collection: `/${[...root, plural].join('/')}`, key, namespace }
}

export class FakeApiServer {
  readonly seen: Seen[] = []
  private readonly server: Server
  private readonly collections = new Map<string, Map<string, RawObject>>()
  private readonly watchers = new Set<Watcher>()
  private readonly sockets = new Set<Socket>()
  private history: Change[] = []
  private version = 100
  /** Older versions are expired. */
  private oldest = 0
  /** Answers instead of the regular ones, by method and start of the path. */
  private readonly faults: {
    match: (seen: Seen) => boolean
    answer: (response: ServerResponse) => void
    times: number
  }[] = []

  constructor() {
    this.server = createServer((request, response) => void this.answer(request, response))
    // A test that stands still for a while must not meet a connection that ends just as it is used again.
    this.server.keepAliveTimeout = 0
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve))
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  source(): CredentialSource {
    const server = new URL(`http://127.0.0.1:${this.port}`)
    return {
      current: () => Promise.resolve({ server, headers: { authorization: 'Bearer x' }, tls: {} }),
      refused: () => {},
      namespace: undefined,
    }
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.resetAndDestroy()
    if (this.server.listening) await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  /** TCP resets on every connection. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  /** What happened so far is forgotten: a watch from there is answered with 410. */
  expire(): void {
    this.oldest = ++this.version
    this.history = []
  }

  endWatches(): void {
    for (const { response } of this.watchers) response.end()
  }

  bookmark(): void {
    for (const { response } of this.watchers) {
      const metadata = { resourceVersion: String(this.version), creationTimestamp: null }
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'X', metadata } })}\n`)
    }
  }

  /** The next `times` matching requests get this answer. */
  fail(
    match: (seen: Seen) => boolean,
    status: number,
    options: { times?: number; retryAfter?: number } = {},
  ): void {
    const { times = 1, retryAfter } = options
    const reason = { 403: 'Forbidden', 404: 'NotFound', 409: 'Conflict', 410: 'Expired' }[status] ?? ''
    const answer = (response: ServerResponse): void =>
      reply(response, status, failure(status, reason, `made to fail with ${status}`), retryAfter)
    this.faults.push({ match, answer, times })
  }

  put(collection: string, object: RawObject): RawObject {
    const objects = this.objects(collection)
    const { namespace, name } = object.metadata
    const key = namespace === undefined ? name : `${namespace}/${name}`
    const before = objects.get(key)
    const uid = object.metadata.uid ?? before?.metadata.uid ?? `uid-${this.version}`
    const metadata: Meta = { ...object.metadata, uid, resourceVersion: String(++this.version) }
    const stored = { ...object, metadata }
    objects.set(key, stored)
    this.tell(collection, before === undefined ? 'ADDED' : 'MODIFIED', stored)
    return stored
  }

  remove(collection: string, key: string): void {
    const object = this.objects(collection).get(key)
    if (object === undefined) return
    this.objects(collection).delete(key)
    const metadata = { ...object.metadata, resourceVersion: String(++this.version) }
    this.tell(collection, 'DELETED', { ...object, metadata })
  }

  objects(collection: string): Map<string, RawObject> {
    const objects = this.collections.get(collection) ?? new Map<string, RawObject>()
    this.collections.set(collection, objects)
    return objects
  }

  private tell(collection: string, type: string, object: RawObject): void {
    const line = `${JSON.stringify({ type, object })}\n`
    this.history.push({ version: this.version, collection, line })
    for (const watcher of this.watchers) if (watcher.collection === collection) watcher.response.write(line)
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x')
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const seen = { method: request.method ?? '', path: url.pathname, query: url.searchParams, body }
    this.seen.push(seen)
    const fault = this.faults.find(({ match, times }) => times > 0 && match(seen))
    if (fault !== undefined) {
      fault.times--
      fault.answer(response)
      return
    }
    if (seen.method !== 'GET') this.write(seen, response)
    else if (seen.query.get('watch') === 'true') this.watch(seen, response)
    else this.read(seen, response)
  }

  private read({ path, query }: Seen, response: ServerResponse): void {
    const { collection, key, namespace } = addressOf(path)
    if (key !== '') {
      const object = this.objects(collection).get(key)
      reply(
        response,
        object === undefined ? 404 : 200,
        object ?? failure(404, 'NotFound', `${key} not found`),
      )
      return
    }
    const all = [...this.objects(collection)].filter(
      ([key]) => namespace === undefined || key.startsWith(`${namespace}/`),
    )
    const start = Number(query.get('continue') ?? 0)
    const limit = Number(query.get('limit') ?? 1000)
    const items = all.slice(start, start + limit).map(([, object]) => object)
    const more = start + limit < all.length ? { continue: String(start + limit) } : {}
    reply(response, 200, { items, metadata: { resourceVersion: String(this.version), ...more } })
  }

  private watch({ path, query }: Seen, response: ServerResponse): void {
    const { collection } = addressOf(path)
    const from = Number(query.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    if (from < this.oldest) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: failure(410, 'Expired', 'too old') })}\n`)
      return
    }
    for (const { version, collection: where, line } of this.history) {
      if (version > from && where === collection) response.write(line)
    }
    const watcher = { collection, response }
    this.watchers.add(watcher)
    response.on('close', () => this.watchers.delete(watcher))
  }

  private write({ method, path, body }: Seen, response: ServerResponse): void {
    const { collection, key, namespace } = addressOf(path)
    const sent = (body === '' ? {} : JSON.parse(body)) as RawObject
    const name = key === '' ? `${namespace === undefined ? '' : `${namespace}/`}${sent.metadata.name}` : key
    const before = this.objects(collection).get(name)
    if (method === 'POST') {
      if (before !== undefined)
        return reply(response, 409, failure(409, 'AlreadyExists', `${name} already exists`))
      return reply(response, 201, this.put(collection, sent))
    }
    if (before === undefined) return reply(response, 404, failure(404, 'NotFound', `${name} not found`))
    const { preconditions } = sent as { preconditions?: Meta }
    const expected = (method === 'DELETE' ? preconditions : sent.metadata)?.resourceVersion
    if (expected !== undefined && expected !== before.metadata.resourceVersion) {
      return reply(response, 409, failure(409, 'Conflict', 'the object has been modified'))
    }
    if (method === 'DELETE') {
      this.remove(collection, name)
      return reply(response, 200, { kind: 'Status', status: 'Success' })
    }
    const next = method === 'PATCH' ? (merged(before, sent) as RawObject) : sent
    return reply(response, 200, this.put(collection, next))
  }
}

/** RFC 7386. */
export function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = { ...(before as Record<string, unknown> | undefined) }
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field]
    else result[field] = merged(result[field], value)
  }
  return result
}

function failure(code: number, reason: string, message: string): object {
  return { kind: 'Status', status: 'Failure', code, reason, message }
}

function reply(response: ServerResponse, status: number, body: unknown, retryAfter?: number): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
