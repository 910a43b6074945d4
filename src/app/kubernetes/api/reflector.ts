/*
 * Keeps a store equal to what the API server has of one kind: a list in pages, then a watch from where the list was
 * taken. Whatever breaks the watch, it goes on from the last version it has heard of, by an event or a bookmark; only
 * when the server no longer knows that version (410) is the list read again. It never gives up.
 */
import { messageOf } from '#core/errors.ts'
import { milliseconds, seconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock, Logger, Random } from '#core/ports.ts'
import { retryDelay, type RetryPolicy } from '#core/runtime/retry-schedule.ts'

import type { ApiClient, RawObject, Selection } from './client.ts'
import { ApiError, isExpired } from './errors.ts'
import { keyOf, type ObjectStore, type Stored } from './object-store.ts'
import { compareVersions } from './resource-version.ts'
import { apiVersionOf, type Resource } from './resources.ts'

export interface ReflectorDeps<Item extends Stored> {
  readonly client: ApiClient
  readonly resource: Resource
  readonly selection?: Selection
  /** The part of an object that is kept; called before anything else holds on to it. */
  readonly project: (raw: RawObject) => Item
  readonly store: ObjectStore<Item>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Called when `problem` changes. */
  readonly onProblem?: () => void
}

const pageSize = 250

/** A server that is away is asked about once a second: it answers within two seconds of its return. */
const retries: RetryPolicy = { first: milliseconds(50), factor: 2, cap: seconds(1), jitter: 0.5 }
/**
 * What no waiting will mend: rights that are not granted, kinds that are not installed. An API server that has just
 * started says the same until it has read its roles.
 */
const refusals: RetryPolicy = { first: milliseconds(500), factor: 2, cap: seconds(10), jitter: 0.25 }

/** The server sends a bookmark about once a minute, so a longer silence means that nobody is there any more. */
const watchSilence: Duration = seconds(90)
/** A watch that ends sooner is not asked for again at once. */
const tooShort: Duration = seconds(1)

export class Reflector<Item extends Stored> {
  private readonly deps: ReflectorDeps<Item>
  private readonly stopping = new AbortController()
  private done: Promise<void> = Promise.resolve()
  /** Where to go on from; absent: list again. */
  private version: string | undefined
  /** The newest version heard of. */
  private newest = ''
  private attempt = 0
  private refused = 0
  private trouble: string | undefined
  /** Since when the server has done nothing but refuse. */
  private refusedSince: Instant | undefined

  constructor(deps: ReflectorDeps<Item>) {
    this.deps = deps
  }

  start(): void {
    this.done = this.follow()
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('stopped'))
    await this.done
  }

  /** Why the store is not kept up to date now. */
  problem(): string | undefined {
    return this.trouble
  }

  /** For how long the server has said that it may not be read, or that there is no such kind; 0 = it does not say so. */
  refusedFor(): Duration {
    return this.refusedSince === undefined ? milliseconds(0) : since(this.refusedSince, this.deps.clock.now())
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      try {
        this.version ??= await this.list()
        await this.watch(this.version)
      } catch (error) {
        if (signal.aborted) return
        await this.recover(error)
      }
    }
  }

  private async list(): Promise<string> {
    const { client, resource, selection = {}, project, store } = this.deps
    const { signal } = this.stopping
    const keys = new Set<string>()
    let next: string | undefined
    for (;;) {
      const page = await client.page(resource, selection, { limit: pageSize, next, signal })
      // Versions that go back are those of a server that was restored from a backup: it is right, and we are not.
      const restored = compareVersions(page.resourceVersion, this.newest) < 0
      for (const raw of page.items) {
        const item = project(raw)
        keys.add(keyOf(item))
        if (restored) store.restore(item)
        else store.put(item)
      }
      if (page.next === undefined) {
        store.retain(keys)
        this.succeeded()
        this.newest = page.resourceVersion
        return page.resourceVersion
      }
      next = page.next
    }
  }

  private async watch(from: string): Promise<void> {
    const { client, clock, resource, selection = {}, random } = this.deps
    const { signal } = this.stopping
    const began = clock.now()
    // Watches that end at different times begin at different times.
    const lasting = seconds(300 + 300 * random.next())
    const options = { resourceVersion: from, lasting, silence: watchSilence, signal }
    let cancel = (): void => {}
    try {
      await client.watch(resource, selection, options, (batch) => {
        // Of a kind in which nothing changes the first word may be a minute away, and all is well until then.
        if (batch.length === 0) cancel = clock.after(tooShort, () => this.setTrouble(undefined))
        for (const line of batch) if (line !== '') this.take(line)
      })
    } finally {
      cancel()
    }
    if (since(began, clock.now()) < tooShort) throw new Error('the server ends the watch at once')
    this.attempt = 0
  }

  private take(line: string): void {
    const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: RawObject }
    if (type === 'ERROR') {
      const { code } = object as { readonly code?: unknown }
      const answer = { status: typeof code === 'number' ? code : 500, body: JSON.stringify(object) }
      throw new ApiError(`watch ${this.deps.resource.plural}`, answer)
    }
    this.succeeded()
    const { resourceVersion } = object.metadata
    if (type === 'DELETED') this.deps.store.removed(object)
    else if (type === 'ADDED' || type === 'MODIFIED') this.put(object)
    if (resourceVersion !== undefined) this.newest = this.version = resourceVersion
  }

  /** What the answer to a write of our own has shown already is not looked at again. */
  private put(object: RawObject): void {
    const { store, project } = this.deps
    const { resourceVersion } = object.metadata
    const known = store.get(keyOf(object))?.metadata.resourceVersion
    if (resourceVersion === undefined || known !== resourceVersion) store.put(project(object))
  }

  private succeeded(): void {
    this.attempt = this.refused = 0
    this.refusedSince = undefined
    this.setTrouble(undefined)
  }

  private async recover(error: unknown): Promise<void> {
    const { resource, clock, random, log } = this.deps
    if (isExpired(error)) {
      this.version = undefined
      if (this.attempt++ === 0) return
    }
    const refused = error instanceof ApiError && [403, 404, 405].includes(error.status)
    this.refusedSince = refused ? (this.refusedSince ?? clock.now()) : undefined
    const delay = refused
      ? retryDelay(refusals, this.refused++, random)
      : retryDelay(retries, this.attempt++, random)
    const asked = error instanceof ApiError ? error.retryAfter : undefined
    const pause = milliseconds(Math.max(delay, asked ?? 0))
    const cause = refused && error.status === 404 ? this.notInstalled() : messageOf(error)
    if (cause !== this.trouble) log.warn('watch broken, resuming', { resource: resource.plural, cause })
    this.setTrouble(cause)
    await this.pause(pause)
  }

  /** Ends early with the reflector. */
  private async pause(pause: Duration): Promise<void> {
    const { signal } = this.stopping
    let end = (): void => {}
    await new Promise<void>((resolve) => {
      const cancel = this.deps.clock.after(pause, resolve)
      end = () => (cancel(), resolve())
      signal.addEventListener('abort', end)
    })
    // An outage is many pauses.
    signal.removeEventListener('abort', end)
  }

  private notInstalled(): string {
    const { resource } = this.deps
    return `${resource.kind} (${apiVersionOf(resource)}) is not installed: apply deploy/crds`
  }

  private setTrouble(trouble: string | undefined): void {
    if (trouble === this.trouble) return
    this.trouble = trouble
    this.deps.onProblem?.()
  }
}
