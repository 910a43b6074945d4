/* Writes Events, when nothing more important has to be written. The same text again is the same Event again. */
import { sha256 } from '../../system.ts'
import type { Logger } from '#core/ports.ts'
import type { ObjectMeta } from '#core/model/objects.ts'

import type { ApiClient } from '../api/client.ts'
import { isConflict } from '../api/errors.ts'
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

/** What cannot be told any more is dropped, the oldest first. */
const atMost = 20_000

export class EventRecorder {
  private readonly deps: RecorderDeps
  private waiting: Waiting[] = []
  private writing = 0
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
    while (this.waiting.length > 0 && this.writing < (this.deps.busy() ? 2 : 6)) {
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
    const { client, log, host, component } = this.deps
    const { namespace = 'default', name, uid, resourceVersion } = subject.metadata
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
    const eventName = `${name}.${sha256(`${uid} ${event.reason} ${event.message}`).slice(0, 16)}`
    const { apiVersion, kind } = subject
    try {
      await client.create(resources.events, {
        metadata: { namespace, name: eventName },
        involvedObject: { apiVersion, kind, namespace, name, uid, resourceVersion },
        ...event,
        source: { component, host },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      })
      this.dropped = false
    } catch (error) {
      if (isConflict(error)) {
        await client
          .patch(resources.events, { namespace, name: eventName }, { lastTimestamp: now })
          .catch(() => {})
      } else if (!this.dropped) {
        this.dropped = true
        log.warn('event not written', {
          object: `${kind} ${namespace}/${name}`,
          reason: event.reason,
          cause: String(error),
        })
      }
    }
  }
}
