/*
 * An API server in memory for several clients at once, in which nothing happens by itself: a request waits until `step`
 * carries it out, its answer until another step delivers it, and so does what a watch has to say. Which of them is next,
 * and how slow each way is, comes from a seed.
 */
import { ApiError, ApiUnreachable } from '#app/kubernetes/api/errors.ts'
import type { RawObject } from '#app/kubernetes/api/client.ts'
import type { HttpRequest, Transport } from '#app/kubernetes/api/transport.ts'

import type { Chance } from '../../../simulation/random.ts'
import { addressOf, merged } from '../fake-api-server.ts'

interface Change {
  readonly version: number
  readonly line: string
}

interface Kind {
  readonly objects: Map<string, RawObject>
  readonly changes: Change[]
}

/** Something that may happen next. */
interface Way {
  readonly client: string
  readonly weight: number
  readonly pending: (() => void)[]
}

interface Watch {
  readonly client: string
  readonly weight: number
  readonly kind: Kind
  seen: number
  readonly lines: (batch: readonly string[]) => void
}

/** How likely a way is chosen: some are as fast as others, some far behind. */
const weights = [1, 0.3, 0.03, 0.003]

export class ModelApi {
  /** Called after every change of an object, or when one went. */
  onChange: (collection: string, object: RawObject | undefined, key: string) => void = () => {}
  /** Of the requests, how many find no answer although they are carried out, and how many are turned away. */
  lossy = 0
  private readonly chance: Chance
  private readonly kinds = new Map<string, Kind>()
  private readonly requests = new Map<string, Way>()
  private readonly answers = new Map<string, Way>()
  private readonly watches = new Set<Watch>()
  private version = 100

  constructor(chance: Chance) {
    this.chance = chance
  }

  transport(client: string): Transport {
    return {
      send: (request) =>
        new Promise((resolve, reject) => {
          this.way(this.requests, client).pending.push(() => {
            const outcome = this.carryOut(client, request)
            this.way(this.answers, client).pending.push(() => {
              if (typeof outcome === 'string') resolve(outcome)
              else reject(outcome)
            })
          })
        }),
      stream: (request, lines) =>
        new Promise((_, reject) => {
          this.way(this.requests, client).pending.push(() => {
            const url = new URL(request.path, 'http://x')
            const kind = this.kind(addressOf(url.pathname).collection)
            const from = Number(url.searchParams.get('resourceVersion'))
            const seen = kind.changes.filter(({ version }) => version <= from).length
            const watch = { client, weight: this.chance.one(weights), kind, seen, lines }
            this.watches.add(watch)
            lines([])
            request.signal?.addEventListener('abort', () => {
              this.watches.delete(watch)
              reject(new ApiUnreachable('watch', 'aborted'))
            })
          })
        }),
      close: () => {},
    }
  }

  /** Killed: what it asked for may have been carried out, and nobody hears of it. */
  kill(client: string): void {
    for (const ways of [this.requests, this.answers]) ways.delete(client)
    for (const watch of this.watches) if (watch.client === client) this.watches.delete(watch)
  }

  /** False: nothing is under way. */
  step(): boolean {
    const ways = [...this.requests.values(), ...this.answers.values()].filter(
      ({ pending }) => pending.length > 0,
    )
    const behind = [...this.watches].filter(({ kind, seen }) => seen < kind.changes.length)
    const all = [
      ...ways.map((way) => ({ weight: way.weight, go: () => this.one(way) })),
      ...behind.map((watch) => ({ weight: watch.weight, go: () => this.tell(watch) })),
    ]
    let at = this.chance.next() * all.reduce((sum, { weight }) => sum + weight, 0)
    const next = all.find(({ weight }) => (at -= weight) < 0) ?? all.at(-1)
    next?.go()
    return next !== undefined
  }

  put(collection: string, object: RawObject): RawObject {
    const { objects, changes } = this.kind(collection)
    const key = keyOf(object)
    const before = objects.get(key)
    const version = ++this.version
    const uid = before?.metadata.uid ?? `uid-${version}`
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(version) } }
    objects.set(key, stored)
    changes.push({ version, line: line(before === undefined ? 'ADDED' : 'MODIFIED', stored) })
    this.onChange(collection, stored, key)
    return stored
  }

  remove(collection: string, key: string): void {
    const { objects, changes } = this.kind(collection)
    const object = objects.get(key)
    if (object === undefined) return
    objects.delete(key)
    const version = ++this.version
    const metadata = { ...object.metadata, resourceVersion: String(version) }
    changes.push({ version, line: line('DELETED', { ...object, metadata }) })
    this.onChange(collection, undefined, key)
  }

  objects(collection: string): ReadonlyMap<string, RawObject> {
    return this.kind(collection).objects
  }

  private one(way: Way): void {
    const [chosen] = way.pending.splice(Math.floor(this.chance.next() * way.pending.length), 1)
    chosen?.()
  }

  private tell(watch: Watch): void {
    const { changes } = watch.kind
    const until = watch.seen + 1 + Math.floor(this.chance.next() * (changes.length - watch.seen))
    const batch = changes.slice(watch.seen, until).map(({ line }) => line)
    watch.seen = until
    watch.lines(batch)
  }

  private kind(collection: string): Kind {
    const kind = this.kinds.get(collection) ?? { objects: new Map(), changes: [] }
    this.kinds.set(collection, kind)
    return kind
  }

  private way(ways: Map<string, Way>, client: string): Way {
    const way = ways.get(client) ?? { client, weight: this.chance.one(weights), pending: [] }
    ways.set(client, way)
    return way
  }

  /** The answer; an error instead of it. */
  private carryOut(client: string, request: HttpRequest): string | Error {
    const url = new URL(request.path, 'http://x')
    const fault = this.chance.happens(this.lossy) && this.chance.one(['lost', 'refused', 'conflict'] as const)
    if (fault === 'refused') return failure(request, 500, 'InternalError')
    if (fault === 'conflict' && request.method !== 'GET') return failure(request, 409, 'Conflict')
    const answer = this.answerTo(url, request)
    return fault === 'lost' ? new ApiUnreachable(`${client} ${request.method}`, 'connection reset') : answer
  }

  private answerTo(url: URL, request: HttpRequest): string | Error {
    const { method, body = '{}' } = request
    const { collection, key } = addressOf(url.pathname)
    const { objects } = this.kind(collection)
    if (method === 'GET' && key === '') {
      const items = [...objects.values()]
      return JSON.stringify({ items, metadata: { resourceVersion: String(this.version) } })
    }
    const sent = JSON.parse(body) as RawObject & { preconditions?: Meta }
    const before = objects.get(key === '' ? keyOf(sent) : key)
    if (method === 'GET') return before ? JSON.stringify(before) : failure(request, 404, 'NotFound')
    return this.write(request, { collection, before, sent })
  }

  private write(request: HttpRequest, { collection, before, sent }: Write): string | Error {
    const { method } = request
    if (method === 'POST') {
      return before ? failure(request, 409, 'AlreadyExists') : JSON.stringify(this.put(collection, sent))
    }
    if (before === undefined) return failure(request, 404, 'NotFound')
    const { uid, resourceVersion } = (method === 'DELETE' ? sent.preconditions : sent.metadata) ?? {}
    const { metadata } = before
    if ((uid ?? metadata.uid) !== metadata.uid) return failure(request, 409, 'Conflict')
    if ((resourceVersion ?? metadata.resourceVersion) !== metadata.resourceVersion)
      return failure(request, 409, 'Conflict')
    if (method === 'DELETE') {
      this.remove(collection, keyOf(before))
      return '{}'
    }
    return JSON.stringify(
      this.put(collection, method === 'PATCH' ? (merged(before, sent) as RawObject) : sent),
    )
  }
}

interface Write {
  readonly collection: string
  readonly before: RawObject | undefined
  readonly sent: RawObject & { readonly preconditions?: Meta }
}

type Meta = { readonly uid?: string; readonly resourceVersion?: string }

function keyOf({ metadata: { namespace, name } }: RawObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

function line(type: string, object: RawObject): string {
  return JSON.stringify({ type, object })
}

function failure({ method, path }: HttpRequest, status: number, reason: string): Error {
  return new ApiError(`${method} ${path}`, { status, body: JSON.stringify({ reason, message: reason }) })
}
