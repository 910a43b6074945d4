/*
 * One life of one piece of third-party code: hello, then calls and their answers, with the bounds that keep it from
 * harming anybody. Whatever goes wrong ends this life, with a sentence that says why; beginning another is not decided
 * here.
 */
import { milliseconds, type Duration } from '#core/model/duration.ts'
import { decodeLine, has } from '#core/plugin-protocol/decode.ts'
import {
  capabilities,
  protocols,
  type Answer,
  type Description,
  type HostMessage,
  type PluginMessage,
} from '#core/plugin-protocol/messages.ts'
import type { Clock } from '#core/ports.ts'

import { Rate } from './rate.ts'
import type { Limits } from './source.ts'
import type { OpenTransport, Transport } from './transport.ts'
import { Vitals } from './vitals.ts'

/** The plugin is gone: it ended, or was ended. */
export class PluginGone extends Error {
  override readonly name = 'PluginGone'
}

/** It answered that it cannot. */
export class PluginFailed extends Error {
  override readonly name = 'PluginFailed'
}

export interface ConnectionEvents {
  /** Secrets, reports, log lines and metrics. */
  asks(message: Extract<PluginMessage, { type: 'secret' | 'report' | 'log' | 'metric' }>): void
  said(line: string): void
  /** Once. */
  gone(why: string): void
}

export interface ConnectionDeps {
  readonly open: OpenTransport
  readonly limits: Limits
  readonly clock: Clock
  /** Version of Herald. */
  readonly herald: string
}

/** Messages of the host that are answered, without their number. */
export type Request = Unnumbered<
  Extract<HostMessage, { type: 'check' | 'open' | 'reconcile' | 'change' | 'fence' | 'ping' | 'close' }>
>
type Unnumbered<Message> = Message extends unknown ? Omit<Message, 'id'> : never

interface Pending {
  readonly resolve: (answer: Answer) => void
  readonly reject: (cause: Error) => void
}

export class Connection {
  readonly #deps: ConnectionDeps
  readonly #events: ConnectionEvents
  readonly #transport: Transport
  readonly #pending = new Map<number, Pending>()
  readonly #rate: Rate
  readonly #vitals: Vitals
  #nextId = 1
  #why: string | undefined
  #ended = false
  #concurrent = false
  #greet: { resolve(description: Description): void; reject(cause: Error): void } | undefined

  constructor(deps: ConnectionDeps, events: ConnectionEvents) {
    this.#deps = deps
    this.#events = events
    this.#rate = new Rate(deps.clock, deps.limits.messages)
    this.#transport = deps.open({
      line: (text) => this.#receive(text),
      said: (text) => events.said(text),
      ended: (why) => this.#gone(why),
    })
    this.#vitals = new Vitals({
      clock: deps.clock,
      limits: deps.limits,
      busy: () => this.#pending.size > 0 && !this.#concurrent,
      memory: () => this.#transport.memory(),
      ping: () => this.call({ type: 'ping' }, deps.limits.ping),
      fail: (why) => this.fail(why),
    })
  }

  /** Says hello and waits for the answer; call it first, and once. */
  async greet(): Promise<Description> {
    const { herald, limits, clock } = this.#deps
    if (this.#why !== undefined) throw new PluginGone(this.#why)
    const answered = new Promise<Description>((resolve, reject) => (this.#greet = { resolve, reject }))
    const cancel = clock.after(limits.start, () => this.fail(`said no hello within ${limits.start} ms`))
    this.#send({ type: 'hello', protocols, herald, capabilities })
    try {
      return await answered
    } finally {
      cancel()
    }
  }

  /** Watches over its heartbeat and its memory from now on. */
  supervise(): void {
    this.#vitals.start()
  }

  /** Rejects with PluginFailed, or with PluginGone, also when there is no answer `within` the given time. */
  async call(request: Request, within?: Duration): Promise<Answer> {
    if (this.#why !== undefined) throw new PluginGone(this.#why)
    const id = this.#nextId++
    const answered = new Promise<Answer>((resolve, reject) => this.#pending.set(id, { resolve, reject }))
    const cancel =
      within === undefined
        ? () => {}
        : this.#deps.clock.after(within, () => this.fail(overdue(request, within)))
    this.#send({ ...request, id })
    try {
      const answer = await answered
      if (answer.type === 'failed') throw new PluginFailed(answer.message)
      return answer
    } finally {
      cancel()
      this.#pending.delete(id)
    }
  }

  /** Like `call`; once `signal` aborts, the plugin is told, and ended when it goes on for longer than the grace. */
  async abortable(request: Request, signal: AbortSignal): Promise<Answer> {
    const { clock, limits } = this.#deps
    const id = this.#nextId
    let cancel = (): void => {}
    const abort = (): void => {
      this.#send({ type: 'abort', id })
      cancel = clock.after(limits.grace, () => {
        this.fail(`${request.type} went on for more than ${limits.grace} ms after it was told to end`)
      })
    }
    const answered = this.call(request)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    try {
      return await answered
    } finally {
      cancel()
      signal.removeEventListener('abort', abort)
    }
  }

  answerSecret(
    id: number,
    answer: { readonly data: Record<string, string> } | { readonly error: string },
  ): void {
    this.#send({ type: 'secret', id, ...answer })
  }

  /** Ends it at once; `why` is a sentence without a subject. */
  fail(why: string): void {
    this.#why ??= why
    void this.#transport.kill().then(() => this.#gone(why))
  }

  kill(): Promise<void> {
    this.#why ??= 'was ended'
    return this.#transport.kill()
  }

  /** In good order: asks it to close, lets it end by itself, and ends it when it does not. */
  async close(): Promise<void> {
    const { limits, clock } = this.#deps
    if (this.#why !== undefined) return this.#transport.kill()
    await this.call({ type: 'close' }, limits.grace).catch(() => undefined)
    this.#vitals.stop()
    this.#transport.finish()
    for (const end = clock.now() + limits.grace; !this.#ended && clock.now() < end;) await this.#moment()
    await this.#transport.kill()
  }

  #moment(): Promise<void> {
    return new Promise((resolve) => void this.#deps.clock.after(milliseconds(5), resolve))
  }

  #send(message: HostMessage): void {
    if (this.#transport.backlog() > this.#deps.limits.line) return this.fail('does not read what it is told')
    this.#transport.send(JSON.stringify(message))
  }

  #receive(text: string): void {
    if (this.#why !== undefined) return
    if (!this.#rate.admits())
      return this.fail(`sent more than ${this.#deps.limits.messages} messages within a second`)
    const decoded = decodeLine(text)
    if (decoded.ok === 'ignored') return
    if (decoded.ok) this.#take(decoded.message)
    else this.fail(`sent a message that is none: ${decoded.fault}`)
  }

  #take(message: PluginMessage): void {
    switch (message.type) {
      case 'hello':
        return this.#greeted(message)
      case 'secret':
      case 'report':
      case 'log':
      case 'metric':
        return this.#events.asks(message)
      default:
        return this.#answered(message)
    }
  }

  #answered(answer: Answer): void {
    // A hello has no number: whoever cannot answer it fails number 0.
    if (answer.type === 'failed' && answer.id === 0) return this.fail(answer.message)
    if (answer.type === 'pong') this.#vitals.heard(answer)
    this.#pending.get(answer.id)?.resolve(answer)
  }

  #greeted(hello: Extract<PluginMessage, { type: 'hello' }>): void {
    this.#concurrent = has(hello, 'concurrent')
    const { type: _type, ...description } = hello
    if (protocols.includes(hello.protocol)) this.#greet?.resolve(description)
    else this.fail(`chose protocol ${hello.protocol}, allowed: ${protocols.join(', ')}`)
  }

  #gone(why: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#why ??= why
    this.#vitals.stop()
    const cause = new PluginGone(this.#why)
    this.#greet?.reject(cause)
    for (const { reject } of this.#pending.values()) reject(cause)
    this.#pending.clear()
    this.#events.gone(this.#why)
  }
}

function overdue({ type }: Request, within: Duration): string {
  return `did not answer ${type} within ${within} ms`
}
