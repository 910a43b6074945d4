/* Events on Services: what this node has begun to announce, and what it cannot. Each once, and none at a restart. */
import { placeOf, type ServiceObject } from '#core/model/objects.ts'
import type { Logger } from '#core/ports.ts'

import type { ApiClient } from '../api/client.ts'
import { resources } from '../api/resources.ts'
import type { Failure, Report } from './reports.ts'

export interface EventsDeps {
  readonly client: ApiClient
  readonly node: string
  readonly pod: string
  readonly service: (name: string) => ServiceObject | undefined
  readonly log: Logger
  /** RFC 3339. */
  readonly wallClock: () => string
  /** Unique among the names of events. */
  readonly unique: () => string
}

interface Happening {
  readonly service: string
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

const atOnce = 2
/** Of a burst, the newest are told: an event is a courtesy. */
const mostWaiting = 2000

export class Events {
  private readonly deps: EventsDeps
  private waiting: Happening[] = []
  private running = 0

  constructor(deps: EventsDeps) {
    this.deps = deps
  }

  announced({ service, protocol }: Report): void {
    const message = `announcing from node "${this.deps.node}" with protocol "${protocol}"`
    this.tell({ service, type: 'Normal', reason: 'nodeAssigned', message })
  }

  failed({ service, announcer, message: cause }: Failure): void {
    const message = `node "${this.deps.node}" cannot announce with ${announcer}: ${cause}`
    this.tell({ service, type: 'Warning', reason: 'announceFailed', message })
  }

  conflict(service: string, what: string): void {
    const message = `node "${this.deps.node}": ${what}`
    this.tell({ service, type: 'Warning', reason: 'addressConflict', message })
  }

  private tell(happening: Happening): void {
    this.waiting.push(happening)
    if (this.waiting.length > mostWaiting) this.waiting.shift()
    while (this.running < atOnce && this.waiting.length > 0) void this.next()
  }

  private async next(): Promise<void> {
    const happening = this.waiting.shift()
    if (happening === undefined) return
    this.running += 1
    try {
      await this.send(happening)
    } catch (cause) {
      this.deps.log.debug('event not recorded', { ...happening, cause: String(cause) })
    }
    this.running -= 1
    void this.next()
  }

  private async send({ service, type, reason, message }: Happening): Promise<void> {
    const { client, node, pod, wallClock, unique } = this.deps
    const object = this.deps.service(service)
    const { namespace, name } = placeOf(service)
    if (object === undefined) return
    const now = wallClock()
    await client.create(resources.events, {
      metadata: { namespace, name: `${name.slice(0, 200)}.${unique()}` },
      involvedObject: { apiVersion: 'v1', kind: 'Service', namespace, name, uid: object.metadata.uid },
      type,
      reason,
      message,
      source: { component: 'metallb-speaker', host: node },
      reportingComponent: 'metallb-speaker',
      reportingInstance: pod,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    })
  }
}
