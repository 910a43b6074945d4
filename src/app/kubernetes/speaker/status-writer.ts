/*
 * Makes the status objects of this speaker, and those only, be as they should: created, changed or deleted when they
 * differ, a few at a time, the newest wish only. When nothing differs nothing is asked of the API server.
 */
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'
import type { NodeObject, ObjectMeta } from '#core/model/objects.ts'
import { OneCopy } from '#core/model/one-copy.ts'
import { same } from '#core/model/same.ts'
import type { Clock, Logger, Random } from '#core/ports.ts'
import { retryDelay, type RetryPolicy } from '#core/runtime/retry-schedule.ts'

import { OnceSoon } from '../../once-soon.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import { isConflict, isStatus } from '../api/errors.ts'
import { ObjectStore } from '../api/object-store.ts'
import { Reflector } from '../api/reflector.ts'
import { resources, type Resource } from '../api/resources.ts'
import { objectOf, type StatusObject } from './status-objects.ts'

export interface StatusWriterDeps {
  readonly client: ApiClient
  readonly node: string
  readonly namespace: string
  readonly nodeObject: () => NodeObject | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** RFC 3339. */
  readonly wallClock: () => string
}

interface Written {
  readonly metadata: ObjectMeta
  /** Without times. */
  readonly status: unknown
}

interface Shelf {
  readonly resource: Resource
  readonly store: ObjectStore<Written>
  readonly reflector: Reflector<Written>
}

const atOnce = 6
const retries: RetryPolicy = { first: milliseconds(500), factor: 2, cap: seconds(15), jitter: 0.5 }
const manager = 'herald-speaker'
const soon: Duration = milliseconds(50)

export class StatusWriter {
  private readonly deps: StatusWriterDeps
  private readonly shelves: readonly Shelf[]
  private wanted: ReadonlyMap<string, StatusObject> = new Map()
  private coming: ReadonlySet<string> = new Set()
  private readonly foreign = new Map<string, StatusObject>()
  private readonly busy = new Set<string>()
  private readonly failures = new Map<string, number>()
  private readonly queue = new Set<string>()
  private readonly next: OnceSoon
  private readonly listeners: (() => void)[] = []
  private known = false
  /** All were, and are known. */
  private looked = false
  private stopped = false

  constructor(deps: StatusWriterDeps) {
    this.deps = deps
    this.next = new OnceSoon(deps.clock, soon, () => this.look())
    const own = { namespace: deps.namespace }
    const mine = { ...own, labelSelector: `metallb.io/node=${deps.node}` }
    const state = { ...own, fieldSelector: `metadata.name=speaker-${deps.node}` }
    this.shelves = [
      this.shelf(resources.serviceL2Statuses, mine),
      this.shelf(resources.serviceBGPStatuses, mine),
      this.shelf(resources.configurationStates, state),
    ]
  }

  start(): void {
    for (const { reflector } of this.shelves) reflector.start()
  }

  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all(this.shelves.map(({ reflector }) => reflector.stop()))
  }

  /** What this node's objects were before this process wrote any; undefined until that is known. */
  found(name: string): boolean | undefined {
    if (!this.shelves.every(({ store }) => store.synced)) return undefined
    return this.shelves.some(({ store }) => store.get(`${this.deps.namespace}/${name}`) !== undefined)
  }

  /** Called when that is known, before anything is written. */
  onceSynced(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** Exactly these, of this node's; those that are coming may be there or not. */
  want(objects: readonly StatusObject[], coming: readonly StatusObject[] = []): void {
    this.coming = new Set(coming.map(keyOf))
    this.wanted = new Map(objects.map((object) => [keyOf(object), object]))
    this.known = true
    this.looked = false
    this.lookSoon()
  }

  /** Left behind by a node that is gone. */
  remove(objects: readonly StatusObject[]): void {
    for (const object of objects) this.foreign.set(keyOf(object), object)
    for (const object of objects) this.queue.add(keyOf(object))
    this.work()
  }

  private shelf(resource: Resource, selection: object): Shelf {
    const { client, clock, random, log } = this.deps
    const store = new ObjectStore<Written>()
    store.onChange((names) => this.changed({ resource, store }, names))
    const reflector = new Reflector({ client, resource, selection, project, store, clock, random, log })
    return { resource, store, reflector }
  }

  private lookSoon(): void {
    if (!this.stopped) this.next.ask()
  }

  /** `names`: `namespace/name`. The others are as they were when all were looked at. */
  private changed({ resource, store }: Pick<Shelf, 'resource' | 'store'>, names: ReadonlySet<string>): void {
    if (this.stopped) return
    if (!this.looked) return this.lookSoon()
    for (const name of names) {
      const key = `${resource.plural}/${name.slice(this.deps.namespace.length + 1)}`
      const wanted = this.wanted.get(key)
      const asItShouldBe =
        wanted === undefined ? this.coming.has(key) || store.get(name) === undefined : this.isDone(wanted)
      if (!asItShouldBe) this.queue.add(key)
    }
    this.work()
  }

  private look(): void {
    if (!this.known || this.stopped || !this.shelves.every(({ store }) => store.synced)) return
    this.looked = true
    for (const listener of this.listeners.splice(0)) listener()
    for (const [key, object] of this.wanted) if (!this.isDone(object)) this.queue.add(key)
    for (const { resource, store } of this.shelves) {
      for (const { metadata } of store.values()) {
        const key = `${resource.plural}/${metadata.name}`
        if (!this.wanted.has(key) && !this.coming.has(key)) this.queue.add(key)
      }
    }
    this.work()
  }

  private work(): void {
    for (const key of this.queue) {
      if (this.busy.size >= atOnce || this.stopped) return
      if (this.busy.has(key)) continue
      this.queue.delete(key)
      this.busy.add(key)
      void this.settle(key)
    }
  }

  private async settle(key: string): Promise<void> {
    try {
      await this.makeSo(key)
      this.failures.delete(key)
    } catch (error) {
      this.failed(key, error)
    } finally {
      this.busy.delete(key)
    }
    this.work()
  }

  private failed(key: string, error: unknown): void {
    const { clock, random, log } = this.deps
    if (this.stopped) return
    const attempt = this.failures.get(key) ?? 0
    this.failures.set(key, attempt + 1)
    if (attempt === 0) log.warn('status not written, trying again', { object: key, cause: String(error) })
    clock.after(isConflict(error) ? soon : retryDelay(retries, attempt, random), () => {
      this.queue.add(key)
      this.work()
    })
  }

  private async makeSo(key: string): Promise<void> {
    const { client, namespace, nodeObject } = this.deps
    const wanted = this.wanted.get(key)
    const [plural = '', name = ''] = key.split('/')
    const shelf = this.shelves.find(({ resource }) => resource.plural === plural)
    if (shelf === undefined) return
    const { resource, store } = shelf
    const place = { namespace, name }
    const written = store.get(`${namespace}/${name}`)
    if (wanted === undefined) {
      if (this.coming.has(key)) return
      if (written === undefined && !this.foreign.delete(key)) return
      await client.delete(resource, place).catch(unlessGone)
      return store.remove(`${namespace}/${name}`)
    }
    if (this.isDone(wanted)) return
    if (written === undefined) {
      await client.create(resource, objectOf(wanted, namespace, nodeObject())).catch(unlessThere)
    }
    const status = this.timed(wanted.status)
    const answer = await client.apply(resource, { metadata: { name, namespace }, status }, manager, 'status')
    store.put(project(answer))
  }

  private isDone({ resource, name, status }: StatusObject): boolean {
    const shelf = this.shelves.find((one) => one.resource === resource)
    const written = shelf?.store.get(`${this.deps.namespace}/${name}`)
    return written !== undefined && same(written.status, status)
  }

  /** The time of a condition's last transition is when it is written: it is written when it has changed. */
  private timed(status: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const { conditions } = status
    if (!Array.isArray(conditions)) return status
    const lastTransitionTime = this.deps.wallClock()
    return { ...status, conditions: (conditions as object[]).map((one) => ({ ...one, lastTransitionTime })) }
  }
}

function keyOf({ resource, name }: StatusObject): string {
  // Joined, for a template that is kept keeps its parts as well.
  return [resource.plural, name].join('/')
}

/** One of that name that comes later has a higher resourceVersion, so the uid says nothing more. */
function project(raw: RawObject): Written {
  const { name, namespace, resourceVersion } = raw.metadata
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace: shared(namespace) as string }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  }
  const status = raw['status'] as
    | { readonly conditions?: readonly { lastTransitionTime?: string }[] }
    | undefined
  if (status === undefined) return { metadata, status }
  if (status.conditions === undefined) return { metadata, status: sharing(status) }
  const conditions = status.conditions.map(untimed)
  return { metadata, status: { ...status, conditions } }
}

/** All but the name of the Service: the node, the namespace, interfaces or peers. */
function sharing(status: object): object {
  const entries = Object.entries(status) as [string, unknown][]
  return Object.fromEntries(
    entries.map(([field, value]) => [field, field === 'serviceName' ? value : shared(value)]),
  )
}

const values = new OneCopy<unknown>()

function shared(value: unknown): unknown {
  return values.of(JSON.stringify(value), value)
}

function unlessGone(error: unknown): void {
  if (!isStatus(error, 404)) throw error
}

function unlessThere(error: unknown): void {
  if (!isConflict(error)) throw error
}

function untimed(condition: { readonly lastTransitionTime?: string }): object {
  const { lastTransitionTime: _, ...rest } = condition
  return rest
}
