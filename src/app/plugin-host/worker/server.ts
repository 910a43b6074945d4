/* The plugin's end of the protocol, for modules: calls of the seam in, messages out. */
import type { Announcer, DesiredState, LoadedPlugin } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'
import { applyChange } from '#core/plugin-protocol/delta.ts'
import type { Description, HostMessage, PluginMessage } from '#core/plugin-protocol/messages.ts'

import { Outbox } from './outbox.ts'
import { WorkerHost } from './worker-host.ts'

export interface ServerDeps {
  load(): Promise<LoadedPlugin>
  readonly fence: SharedArrayBuffer
  send(line: string): void
}

type Numbered = Extract<HostMessage, { type: 'check' | 'open' | 'reconcile' | 'change' | 'close' | 'fence' }>

export class PluginServer {
  readonly #deps: ServerDeps
  readonly #outbox: Outbox
  readonly #calls = new Map<number, AbortController>()
  #plugin: LoadedPlugin | undefined
  #host: WorkerHost | undefined
  #announcer: Announcer | undefined
  #desired: DesiredState | undefined

  constructor(deps: ServerDeps) {
    this.#deps = deps
    this.#outbox = new Outbox((message) => deps.send(JSON.stringify(message)))
  }

  receive(line: string): void {
    const message = JSON.parse(line) as HostMessage
    switch (message.type) {
      case 'hello':
        return void this.#hello()
      case 'ping':
        return this.#outbox.pong(message.id)
      case 'secret':
        return this.#host?.secretArrived(message)
      case 'abort':
        return this.#calls.get(message.id)?.abort()
      default:
        return void this.#answer(message)
    }
  }

  /** A hello has no number: whoever cannot answer it fails number 0. */
  async #hello(): Promise<void> {
    try {
      this.#plugin = await this.#deps.load()
      this.#outbox.answer({ type: 'hello', ...descriptionOf(this.#plugin) })
    } catch (cause) {
      this.#outbox.answer({ type: 'failed', id: 0, message: textOf(cause) })
    }
  }

  async #answer(message: Numbered): Promise<void> {
    const { id } = message
    const controller = new AbortController()
    this.#calls.set(id, controller)
    try {
      this.#outbox.answer(await this.#perform(message, controller.signal))
    } catch (cause) {
      this.#outbox.answer({ type: 'failed', id, message: textOf(cause) })
    } finally {
      this.#calls.delete(id)
    }
  }

  async #perform(message: Numbered, signal: AbortSignal): Promise<PluginMessage> {
    const { id } = message
    switch (message.type) {
      case 'check':
        await this.#loaded().parseConfig(message.config)
        return { type: 'ok', id }
      case 'open':
        await this.#open(message, signal)
        return { type: 'ok', id }
      case 'reconcile':
        return this.#reconcile(id, message.desired, signal)
      case 'change': {
        const desired = applyChange(this.#desired, message)
        return desired === undefined ? { type: 'resync', id } : this.#reconcile(id, desired, signal)
      }
      case 'fence':
        // A module reads the shared memory of the fence itself.
        return { type: 'ok', id }
      case 'close':
        await this.#announcer?.close()
        return { type: 'ok', id }
    }
  }

  async #open({ node, config }: Extract<HostMessage, { type: 'open' }>, signal: AbortSignal): Promise<void> {
    const plugin = this.#loaded()
    this.#host = new WorkerHost({ node, fence: this.#deps.fence, outbox: this.#outbox })
    this.#announcer = plugin.create(await plugin.parseConfig(config), this.#host)
    await this.#announcer.open(signal)
  }

  async #reconcile(id: number, desired: DesiredState, signal: AbortSignal): Promise<PluginMessage> {
    if (this.#announcer === undefined) throw new Error('is not open')
    this.#desired = desired
    return { type: 'status', id, ...(await this.#announcer.reconcile(desired, signal)) }
  }

  #loaded(): LoadedPlugin {
    if (this.#plugin === undefined) throw new Error('said no hello yet')
    return this.#plugin
  }
}

/** JSON leaves the functions and the brand out. */
function descriptionOf(plugin: LoadedPlugin): Description {
  return { ...plugin, protocol: 1, capabilities: ['delta', 'concurrent'] }
}

function textOf(cause: unknown): string {
  const text = messageOf(cause)
  return text === '' ? 'failed without a message' : text.slice(0, 4096)
}
