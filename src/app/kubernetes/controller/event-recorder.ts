/* Writes Events, when nothing more important has to be written. The same text again is the same Event again. */
import { sha256 } from '../../system.ts'
import { timestamp } from '../../timestamp.ts'
import type { Logger } from '#core/ports.ts'
import type { ObjectMeta } from '#core/model/objects.ts'

import type { ApiClient, RawObject } from '../api/client.ts'
import { isConflict, isStatus } from '../api/errors.ts'
import { resources } from '../api/resources.ts'
import type { EventText } from './events.ts'

export interface EventSubject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

interface Waiting {
  readonly subject: EventSubject
  readonly event: EventText
}

export interface RecorderDeps {
  readonly client: ApiClient
  readonly log: Logger
  readonly host: string
  /** As users of MetalLB know it. */
  readonly component: string
  /** Whether there is something more important to write. */
  readonly busy: () => boolean
}

/** Requests at one time: while something more important is to be written, and when nothing is. */
const [meanwhile, atOnce] = [1, 8]
/** What cannot be told any more is dropped, the oldest first. */
const atMost = 20_000
/** Of the events that were told last. */
const remembered = 5000

interface EventPlace {
  readonly namespace: string
  readonly name: string
}

export class EventRecorder {
  private readonly deps: RecorderDeps
  private waiting: Waiting[] = []
  private writing = 0
  /** How often, by the name of the event. */
  private readonly told = new Map<string, number>()
  private dropped = false

  constructor(deps: RecorderDeps) {
    this.deps = deps
  }

  record(subject: EventSubject, event: EventText): void {
    if (this.waiting.length >= atMost) this.waiting.shift()
    this.waiting.push({ subject, event })
    this.pump()
  }

  /** To be called when `busy` may have changed. */
  pump(): void {
    while (this.waiting.length > 0 && this.writing < (this.deps.busy() ? meanwhile : atOnce)) {
      const next = this.waiting.shift()
      if (next === undefined) return
      this.writing++
      void this.write(next).finally(() => {
        this.writing--
        this.pump()
      })
    }
  }

  private async write({ subject, event }: Waiting): Promise<void> {
    const { log, host, component } = this.deps
    const { namespace = 'default', name, uid, resourceVersion } = subject.metadata
    const now = timestamp(new Date())
    const eventName = `${name}.${sha256(`${uid} ${event.reason} ${event.message}`).slice(0, 16)}`
    const { apiVersion, kind } = subject
    const place = { namespace, name: eventName }
    const involvedObject = { apiVersion, kind, namespace, name, uid, resourceVersion }
    const times = { firstTimestamp: now, lastTimestamp: now, count: 1 }
    const reporter = {
      source: { component, host },
      reportingComponent: component,
      reportingInstance: host,
    }
    try {
      if (await this.again(place, now)) return
      await this.first({ metadata: place, involvedObject, ...event, ...reporter, ...times }, now)
      this.dropped = false
    } catch (error) {
      if (this.dropped) return
      this.dropped = true
      const object = `${kind} ${namespace}/${name}`
      log.warn('event not written', { object, reason: event.reason, cause: String(error) })
    }
  }

  /** False: this process has not told it yet, or the API server has forgotten it since. */
  private async again(place: EventPlace, now: string): Promise<boolean> {
    const known = this.told.get(place.name)
    if (known === undefined) return false
    try {
      await this.deps.client.patch(resources.events, place, { lastTimestamp: now, count: known + 1 })
      this.remember(place, known + 1)
      return true
    } catch (error) {
      if (isStatus(error, 404)) return false
      throw error
    }
  }

  /** The process before this one may have told it: how often, the answer says. */
  private async first(object: RawObject & { readonly metadata: EventPlace }, now: string): Promise<void> {
    const { client } = this.deps
    const { metadata: place } = object
    try {
      await client.create(resources.events, object)
      this.remember(place, 1)
    } catch (error) {
      if (!isConflict(error)) throw error
      const { count = 1 } = await client.patch(resources.events, place, { lastTimestamp: now })
      this.remember(place, Number(count))
      await this.again(place, now)
    }
  }

  private remember({ name }: EventPlace, count: number): void {
    this.told.delete(name)
    this.told.set(name, count)
    const [oldest] = this.told.keys()
    if (this.told.size > remembered && oldest !== undefined) this.told.delete(oldest)
  }
}
