/* The AnnouncerHost as a module in a worker sees it: time and chance are real, all else is messages. */
import { fenceOver, type AnnouncerHost, type Fence, type Observation, type Secret } from '#core/announcer.ts'
import type { HostMessage, LogLevel, MetricMessage } from '#core/plugin-protocol/messages.ts'
import type { Clock, Labels, LogFields, Logger, MetricScope, MetricSpec, Random } from '#core/ports.ts'

import { systemClock, systemRandom } from '../../system.ts'
import type { Outbox } from './outbox.ts'

type SecretMessage = Extract<HostMessage, { type: 'secret' }>

export class WorkerHost implements AnnouncerHost {
  readonly node: string
  readonly clock: Clock = systemClock
  readonly random: Random = systemRandom
  readonly fence: Fence
  readonly log: Logger
  readonly metrics: MetricScope
  readonly #outbox: Outbox
  readonly #secrets = new Map<number, (answer: SecretMessage) => void>()
  #nextSecret = 1

  constructor({ node, fence, outbox }: { node: string; fence: SharedArrayBuffer; outbox: Outbox }) {
    this.node = node
    this.fence = fenceOver(fence)
    this.#outbox = outbox
    this.log = loggerOver(outbox, {})
    this.metrics = metricsOver(outbox)
  }

  readonly report = (observation: Observation): void => this.#outbox.tell({ type: 'report', observation })

  readonly secret = ({
    namespace,
    name,
  }: {
    readonly namespace?: string
    readonly name: string
  }): Promise<Secret> => {
    const id = this.#nextSecret++
    const arrived = new Promise<SecretMessage>((resolve) => this.#secrets.set(id, resolve))
    this.#outbox.answer({ type: 'secret', id, ...(namespace === undefined ? {} : { namespace }), name })
    return arrived.then(bytesOf)
  }

  secretArrived(message: SecretMessage): void {
    this.#secrets.get(message.id)?.(message)
    this.#secrets.delete(message.id)
  }
}

function bytesOf(message: SecretMessage): Secret {
  if ('error' in message) throw new Error(message.error)
  const entries = Object.entries(message.data).map(([key, text]) => [
    key,
    Uint8Array.from(Buffer.from(text, 'base64')),
  ])
  return Object.fromEntries(entries) as Secret
}

function loggerOver(outbox: Outbox, bound: LogFields): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      outbox.tell({ type: 'log', level, message, fields: { ...bound, ...fields } })
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOver(outbox, { ...bound, ...fields }),
  }
}

function metricsOver(outbox: Outbox): MetricScope {
  const teller = (spec: MetricSpec, type: MetricMessage['metric']['type']) => {
    const metric = { ...spec, type }
    return {
      put: (labels: Labels, value: number) => outbox.tell({ type: 'metric', metric, labels, value }),
      remove: (labels: Labels) => outbox.tell({ type: 'metric', metric, labels, remove: true }),
    }
  }
  return {
    counter(spec) {
      const { put, remove } = teller(spec, 'counter')
      return { add: (labels, by = 1) => put(labels, by), remove }
    },
    gauge(spec) {
      const { put, remove } = teller(spec, 'gauge')
      return { set: put, remove }
    },
    histogram: (spec) => ({ observe: teller(spec, 'histogram').put }),
  }
}
