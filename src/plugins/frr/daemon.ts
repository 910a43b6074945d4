/*
 * One FRR daemon: a session on its vty socket, what it has of ours, and the way to what is wanted. What it has is
 * read from its running configuration once per session; after that each edit is known to be taken or refused.
 */
import { messageOf } from '#core/errors.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import { DaemonError, type Refusal } from './errors.ts'
import { editsBetween, scriptOf, type Step } from './model/edits.ts'
import { neighborOf, redacted } from './model/grammar.ts'
import { opensContext, parseConfiguration, type Line } from './model/line.ts'
import { divide, type Ownership } from './model/ownership.ts'
import type { DaemonName, Vty, VtySession } from './vty.ts'
import { vtySuccess, type VtyReply } from './wire/vty-reply.ts'

/** A daemon that says nothing for this long is stuck. Ten thousand commands take it a fifth of a second. */
const patience = seconds(10)

export interface DaemonDeps {
  readonly name: DaemonName
  readonly vty: Vty
  readonly clock: Clock
  /** The daemon ended the session: it restarts, or is gone. */
  readonly closed: () => void
}

export interface SyncResult {
  readonly commands: number
  readonly refusals: readonly Refusal[]
}

export class Daemon {
  readonly #deps: DaemonDeps
  #session: VtySession | undefined
  /** Undefined = to be read. */
  #found: Ownership | undefined

  constructor(deps: DaemonDeps) {
    this.#deps = deps
  }

  get connected(): boolean {
    return this.#session !== undefined
  }

  /** Lines of the running configuration that are not ours. Rejects with a DaemonError. */
  async foreign(signal: AbortSignal): Promise<readonly Line[]> {
    return (await this.#read(signal)).foreign
  }

  /** All of the running configuration, in two halves where both have lines of one context. Rejects with a DaemonError. */
  async running(signal: AbortSignal): Promise<readonly Line[]> {
    const { own, foreign } = await this.#read(signal)
    return [...own, ...foreign]
  }

  /** Makes the daemon's configuration have exactly these lines of ours. Rejects with a DaemonError. */
  async sync(desired: readonly Line[], signal: AbortSignal): Promise<SyncResult> {
    const { own, foreign } = await this.#read(signal)
    const shared = new Set(foreign.map(({ text }) => text).filter((text) => opensContext(text)))
    const wanted = without(desired, foreign)
    const steps = scriptOf(editsBetween(own, wanted, shared))
    const replies = await this.#run(
      steps.map(({ command }) => command),
      signal,
    )
    const refusals = steps.flatMap((step, index) => refusalOf(step, replies[index]))
    this.#found = refusals.length === 0 ? { own: wanted, foreign } : undefined
    return { commands: steps.length, refusals }
  }

  /** The answer to a `show` command; undefined when there is none. Rejects with a DaemonError. */
  async show(command: string, signal: AbortSignal): Promise<string | undefined> {
    const [reply] = await this.#run([command], signal)
    return reply?.status === vtySuccess ? reply.text : undefined
  }

  close(): void {
    this.#session?.close()
    this.#session = undefined
    this.#found = undefined
  }

  async #read(signal: AbortSignal): Promise<Ownership> {
    if (this.#found !== undefined) return this.#found
    const text = await this.show('show running-config', signal)
    if (text === undefined) throw new DaemonError(`${this.#deps.name} does not show its configuration`)
    this.#found = divide(parseConfiguration(text))
    return this.#found
  }

  async #run(commands: readonly string[], signal: AbortSignal): Promise<readonly VtyReply[]> {
    const { name } = this.#deps
    try {
      signal.throwIfAborted()
      return await this.#bounded(signal, async () => (await this.#connect()).run(commands))
    } catch (error) {
      // Commands under way are left to run: to hang up would leave half of a configuration, which nobody owns.
      if (signal.aborted) this.#found = undefined
      else this.close()
      throw new DaemonError(`${name}: ${messageOf(error)}`)
    }
  }

  async #connect(): Promise<VtySession> {
    if (this.#session !== undefined) return this.#session
    const { vty, name, closed } = this.#deps
    const session = await vty.connect(name, () => {
      if (this.#session !== session) return
      this.#session = undefined
      this.#found = undefined
      closed()
    })
    this.#session = session
    await session.run(['enable'])
    return session
  }

  async #bounded<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(new Error('gave up waiting'))
      const cancel = this.#deps.clock.after(patience, () => reject(new Error('does not answer')))
      signal.addEventListener('abort', abort, { once: true })
      const settled = (): void => {
        cancel()
        signal.removeEventListener('abort', abort)
      }
      task().then(resolve, reject).finally(settled)
    })
  }
}

/** What the operator has said already need not be said, and must not be taken back. */
function without(desired: readonly Line[], foreign: readonly Line[]): Line[] {
  const known = new Map(foreign.map((one) => [one.text, one]))
  return desired.map((one) => {
    const theirs = known.get(one.text)
    if (theirs === undefined || !opensContext(one.text)) return one
    const said = new Set(theirs.body.map(({ text }) => text).filter((text) => !opensContext(text)))
    return { text: one.text, body: one.body.filter(({ text }) => !said.has(text)) }
  })
}

/** The answer to a command with a secret repeats the command. */
function refusalOf({ command, edit }: Step, reply: VtyReply | undefined): Refusal[] {
  if (edit === undefined || reply === undefined || reply.status === vtySuccess) return []
  const shown = redacted(command)
  const neighbor = neighborOf(command)
  const answer = shown === command ? reply.text.replaceAll(/\s+/g, ' ').trim() : ''
  return [
    { command: shown, context: edit.context, status: reply.status, answer, ...(neighbor && { neighbor }) },
  ]
}
