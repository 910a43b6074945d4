/* The verbs of the Kubernetes API that Herald uses, on objects as JSON has them. */
import { milliseconds, seconds, since, type Duration } from '#core/model/duration.ts'
import type { ObjectMeta } from '#core/model/objects.ts'
import type { Clock, Random } from '#core/ports.ts'

import { ApiError, ApiUnreachable } from './errors.ts'
import { apiVersionOf, pathOf, type Place, type Resource } from './resources.ts'
import type { Transport } from './transport.ts'

/** An object as it travels; `metadata` alone is known to be there. */
export interface RawObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

export interface Page {
  readonly items: readonly RawObject[]
  /** Absent: the last one. */
  readonly next?: string
  /** Of the list as a whole: where a watch goes on from. */
  readonly resourceVersion: string
}

export interface Selection {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** Which copy of an object a deletion means. */
export interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

export interface RequestSeen {
  /** As RBAC names it. */
  readonly verb: string
  /** Plural, with the subresource: `services/status`. */
  readonly resource: string
  /** HTTP; 0 = no answer. */
  readonly status: number
  /** From the request to the end of the answer. */
  readonly took: Duration
}

export interface ClientDeps {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** Told of every request when it is over. */
  readonly seen?: (request: RequestSeen) => void
}

interface Call {
  readonly verb: string
  readonly method: string
  readonly resource: Resource
  readonly place: Place
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly signal?: AbortSignal | undefined
}

const answerWithin: Duration = seconds(15)
/** The server says `too many requests` before it has done anything: asking again is always right. */
const patience = 8

export class ApiClient {
  private readonly deps: ClientDeps

  constructor(deps: ClientDeps) {
    this.deps = deps
  }

  async page(
    resource: Resource,
    { namespace, ...selection }: Selection,
    {
      limit,
      next,
      signal,
    }: { readonly limit: number; readonly next?: string | undefined; readonly signal?: AbortSignal },
  ): Promise<Page> {
    const query = { ...selection, limit: String(limit), continue: next }
    const place = namespace === undefined ? {} : { namespace }
    const list = (await this.call({
      verb: 'list',
      method: 'GET',
      resource,
      place,
      query,
      signal,
    })) as unknown as {
      readonly items?: readonly RawObject[] | null
      readonly metadata: { readonly continue?: string; readonly resourceVersion?: string }
    }
    const { continue: more, resourceVersion = '' } = list.metadata
    const implied = { apiVersion: apiVersionOf(resource), kind: resource.kind }
    const items = (list.items ?? []).map((item) => Object.assign(item, implied))
    return { items, resourceVersion, ...(more !== undefined && more !== '' && { next: more }) }
  }

  /** All of them, for whoever looks once. */
  async list(
    resource: Resource,
    selection: Selection = {},
    signal?: AbortSignal,
  ): Promise<readonly RawObject[]> {
    const items: RawObject[] = []
    let next: string | undefined
    do {
      const page = await this.page(resource, selection, { limit: 500, next, ...(signal && { signal }) })
      for (const item of page.items) items.push(item)
      next = page.next
    } while (next !== undefined)
    return items
  }

  /** Settles when the server ends the watch; rejects when it breaks. */
  async watch(
    resource: Resource,
    { namespace, ...selection }: Selection,
    options: {
      readonly resourceVersion: string
      readonly lasting: Duration
      readonly silence: Duration
      readonly signal: AbortSignal
    },
    lines: (batch: readonly string[]) => void,
  ): Promise<void> {
    const query = {
      ...selection,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(Math.round(options.lasting / 1000)),
    }
    const path = pathOf(resource, namespace === undefined ? {} : { namespace }) + queryText(query)
    const { signal, silence } = options
    await this.noted('watch', resource, undefined, () =>
      this.deps.transport.stream({ method: 'GET', path, signal, silence }, lines),
    )
  }

  get(resource: Resource, place: Place, signal?: AbortSignal): Promise<RawObject> {
    return this.call({ verb: 'get', method: 'GET', resource, place, signal })
  }

  /** Rejects with 409 `AlreadyExists` when there is one of that name: creation is atomic. */
  create(resource: Resource, object: RawObject, signal?: AbortSignal): Promise<RawObject> {
    const { namespace } = object.metadata
    const place = namespace === undefined ? {} : { namespace }
    return this.call({
      verb: 'create',
      method: 'POST',
      resource,
      place,
      body: envelope(resource, object),
      signal,
    })
  }

  /** The object must carry the resourceVersion it was read at; rejects with 409 when it has changed since. */
  replace(resource: Resource, object: RawObject, signal?: AbortSignal): Promise<RawObject> {
    const place = placeOf(object)
    return this.call({
      verb: 'update',
      method: 'PUT',
      resource,
      place,
      body: envelope(resource, object),
      signal,
    })
  }

  /**
   * A merge patch: lists and scalars are replaced as a whole, null removes. With `metadata.resourceVersion` in it, it
   * is an update: 409 when the object has changed since.
   */
  patch(resource: Resource, place: Place, patch: unknown): Promise<RawObject> {
    const contentType = 'application/merge-patch+json'
    return this.call({ verb: 'patch', method: 'PATCH', resource, place, body: patch, contentType })
  }

  /** Server-side apply: what `manager` set before and sets no more goes away; others' values are taken over. */
  apply(resource: Resource, object: RawObject, manager: string, subresource?: string): Promise<RawObject> {
    const place = { ...placeOf(object), ...(subresource !== undefined && { subresource }) }
    const contentType = 'application/apply-patch+yaml'
    const query = { fieldManager: manager, force: 'true' }
    const body = envelope(resource, object)
    return this.call({ verb: 'patch', method: 'PATCH', resource, place, query, body, contentType })
  }

  async delete(resource: Resource, place: Place, preconditions: Preconditions = {}): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions }
    await this.call({ verb: 'delete', method: 'DELETE', resource, place, body })
  }

  private async call(call: Call): Promise<RawObject> {
    const { method, resource, place, query = {}, body, contentType, signal, verb } = call
    const request = {
      method,
      path: pathOf(resource, place) + queryText(query),
      silence: answerWithin,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(contentType !== undefined && { contentType }),
      ...(signal && { signal }),
    }
    for (let attempt = 0; ; attempt++) {
      try {
        const send = (): Promise<string> => this.deps.transport.send(request)
        return JSON.parse(await this.noted(verb, resource, place.subresource, send)) as RawObject
      } catch (error) {
        const tooMany = error instanceof ApiError && error.status === 429
        if (!tooMany || attempt >= patience || signal?.aborted === true) throw error
        await this.pause(error.retryAfter ?? milliseconds(250 * 2 ** Math.min(attempt, 4)))
      }
    }
  }

  /** A little longer than asked, so that those who were turned away together do not come back together. */
  private pause(asked: Duration): Promise<void> {
    const { clock, random } = this.deps
    return new Promise((resolve) => {
      clock.after(milliseconds(asked * (1 + random.next() / 4)), resolve)
    })
  }

  private async noted<Result>(
    verb: string,
    { plural }: Resource,
    subresource: string | undefined,
    send: () => Promise<Result>,
  ): Promise<Result> {
    const resource = subresource === undefined ? plural : `${plural}/${subresource}`
    const began = this.deps.clock.now()
    const tell = (status: number): void =>
      this.deps.seen?.({ verb, resource, status, took: since(began, this.deps.clock.now()) })
    try {
      const result = await send()
      tell(200)
      return result
    } catch (error) {
      if (error instanceof ApiError) tell(error.status)
      else if (error instanceof ApiUnreachable) tell(0)
      throw error
    }
  }
}

function envelope(resource: Resource, object: RawObject): RawObject {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }
}

function placeOf({ metadata: { namespace, name } }: RawObject): Place {
  return namespace === undefined ? { name } : { namespace, name }
}

function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`
}
