/*
 * A third-party plugin as an Announcer. A life that ends is told by a wake: the next reconcile starts another life, not
 * before its back-off is over, opens it and gives it the full set.
 */
import type { Announcer, AnnouncerHost, AnnouncerStatus, DesiredState } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'
import { later, milliseconds, seconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import { same } from '#core/model/same.ts'
import { has } from '#core/plugin-protocol/decode.ts'
import { changeBetween } from '#core/plugin-protocol/delta.ts'
import type { Answer, Description, PluginMessage } from '#core/plugin-protocol/messages.ts'
import { FenceWatch, type FenceEvents } from '#core/runtime/fence-watch.ts'
import { defaultRetry, retryDelay } from '#core/runtime/retry-schedule.ts'

import { Connection, type ConnectionDeps } from './connection.ts'
import { MetricRelay } from './metric-relay.ts'
import { PluginLog } from './plugin-log.ts'
import { Redaction } from './redaction.ts'

/** A life this long clears what is held against the plugin. */
const goodLife: Duration = seconds(60)

export interface RemoteDeps {
  readonly config: unknown
  /** What it said of itself when it was loaded, and has to say again each time. */
  readonly description: Description
  readonly host: AnnouncerHost
  readonly connection: ConnectionDeps
}

interface Life {
  readonly connection: Connection
  readonly since: Instant
  opened: boolean
  /** The last state it has answered. */
  answered: DesiredState | undefined
}

export class RemoteAnnouncer implements Announcer {
  readonly #deps: RemoteDeps
  readonly #redaction = new Redaction()
  readonly #log: PluginLog
  readonly #metrics: MetricRelay
  readonly #fence: FenceWatch
  #life: Life | undefined
  #crashes = 0
  #notBefore: Instant | undefined
  #why: string | undefined
  #cancelWake = (): void => {}
  #closed = false

  constructor(deps: RemoteDeps) {
    this.#deps = deps
    const { host, description, connection } = deps
    const { clock, log, fence } = host
    const linesPerSecond = connection.limits.logLines
    this.#log = new PluginLog({ log, clock, linesPerSecond, redaction: this.#redaction })
    this.#metrics = new MetricRelay(host.metrics, description.name)
    this.#fence = new FenceWatch({ fence, clock, changed: (events) => this.#fenceChanged(events) })
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const life = this.#begin()
    try {
      const description = await life.connection.greet()
      if (!same(description, this.#deps.description))
        throw new Error('says something else of itself than when it was loaded')
      const { config, host } = this.#deps
      await life.connection.abortable({ type: 'open', node: host.node, config }, signal)
      life.opened = true
      life.connection.supervise()
    } catch (cause) {
      life.connection.fail(messageOf(cause))
      throw new Error(this.#redaction.text(messageOf(cause)), { cause })
    }
  }

  async reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus> {
    const life = await this.#running(signal)
    this.#fence.watch(desired.targets)
    const answer = await this.#tell(life, desired, signal)
    if (answer.type !== 'status') throw new Error(`answered ${answer.type} where a status belongs`)
    life.answered = desired
    const { generation, targets } = answer
    return { generation, targets: this.#redaction.value(targets) }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelWake()
    this.#fence.stop()
    const life = this.#life
    this.#life = undefined
    await life?.connection.close()
  }

  /** Ends the plugin without a word to it, as a crash would. */
  async kill(): Promise<void> {
    this.#closed = true
    this.#fence.stop()
    await this.#life?.connection.kill()
  }

  async #running(signal: AbortSignal): Promise<Life> {
    if (this.#life?.opened !== true) {
      const now = this.#deps.host.clock.now()
      if (this.#notBefore !== undefined && now < this.#notBefore) throw new Error(this.#waiting(now))
      await this.open(signal)
    }
    if (this.#life === undefined) throw new Error(this.#why ?? 'is gone')
    return this.#life
  }

  #waiting(now: Instant): string {
    const left = Math.ceil(since(now, this.#notBefore ?? now) / 100) / 10
    return `${this.#why ?? 'is gone'}; it is started again in ${left} s`
  }

  async #tell(life: Life, desired: DesiredState, signal: AbortSignal): Promise<Answer> {
    const { connection, answered } = life
    if (answered !== undefined && has(this.#deps.description, 'delta')) {
      const answer = await connection.abortable(
        { type: 'change', ...changeBetween(answered, desired) },
        signal,
      )
      if (answer.type !== 'resync') return answer
    }
    const { changed: _, ...full } = desired
    return connection.abortable({ type: 'reconcile', desired: full }, signal)
  }

  #begin(): Life {
    const { clock } = this.#deps.host
    const connection = new Connection(this.#deps.connection, {
      asks: (message) => this.#asked(connection, message),
      said: (line) => this.#log.line(line),
      gone: (why) => this.#gone(life, why),
    })
    const life: Life = { connection, since: clock.now(), opened: false, answered: undefined }
    this.#life = life
    return life
  }

  /** The end of an opened life is news; that an open fails, its caller learns anyway. */
  #gone(life: Life, why: string): void {
    if (this.#life !== life) return
    this.#life = undefined
    this.#why = this.#redaction.text(why)
    if (this.#closed) return
    const { host } = this.#deps
    const { clock, random, log } = host
    const now = clock.now()
    this.#crashes = since(life.since, now) >= goodLife ? 1 : this.#crashes + 1
    const delay = retryDelay(defaultRetry, this.#crashes - 1, random)
    this.#notBefore = later(now, delay)
    log.error('plugin is gone', { why: this.#why, crashes: this.#crashes, again: `${Math.round(delay)}ms` })
    if (!life.opened) return
    this.#cancelWake()
    this.#cancelWake = clock.after(milliseconds(delay + 1), () =>
      host.report({ kind: 'wake', reason: 'its back-off is over' }),
    )
    host.report({ kind: 'wake', reason: 'the plugin is gone' })
  }

  /** Whoever does not obey the fence in time is ended. */
  #fenceChanged({ closed, opened }: FenceEvents): void {
    const life = this.#life
    const { description, connection } = this.#deps
    if (life?.opened !== true || description.fencing === 'none' || !has(description, 'fence')) return
    life.connection
      .call({ type: 'fence', closed, opened }, connection.limits.fence)
      .catch((cause: unknown) => {
        life.connection.fail(`did not obey the fence: ${messageOf(cause)}`)
      })
  }

  #asked(
    connection: Connection,
    message: Extract<PluginMessage, { type: 'secret' | 'report' | 'log' | 'metric' }>,
  ): void {
    switch (message.type) {
      case 'log':
        return this.#log.entry(message.level, message.message, message.fields)
      case 'report':
        return this.#deps.host.report(this.#redaction.value(message.observation))
      case 'metric': {
        const fault = this.#metrics.take(message)
        return fault === undefined ? undefined : this.#log.entry('warn', fault)
      }
      case 'secret':
        return void this.#secret(connection, message)
    }
  }

  async #secret(
    connection: Connection,
    { id, namespace, name }: Extract<PluginMessage, { type: 'secret' }>,
  ): Promise<void> {
    try {
      const secret = await this.#deps.host.secret(namespace === undefined ? { name } : { namespace, name })
      this.#redaction.add(secret)
      const data = Object.entries(secret).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')])
      connection.answerSecret(id, { data: Object.fromEntries(data) })
    } catch (cause) {
      connection.answerSecret(id, { error: messageOf(cause) })
    }
  }
}
