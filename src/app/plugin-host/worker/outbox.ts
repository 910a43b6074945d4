/*
 * Messages on their way to the host. Answers always go; of reports, log lines and metrics only so many between two
 * pings, so that a plugin that never comes to rest fills neither its own memory nor the host's.
 */
import type { PluginMessage } from '#core/plugin-protocol/messages.ts'

const betweenPings = 10_000

export class Outbox {
  readonly #send: (message: PluginMessage) => void
  #sent = 0
  #dropped = 0

  constructor(send: (message: PluginMessage) => void) {
    this.#send = send
  }

  answer(message: PluginMessage): void {
    this.#send(message)
  }

  tell(message: PluginMessage): void {
    if (this.#sent++ < betweenPings) this.#send(message)
    else this.#dropped++
  }

  pong(id: number): void {
    const { arrayBuffers } = process.memoryUsage()
    const dropped = this.#dropped
    this.#sent = 0
    this.#dropped = 0
    this.#send({ type: 'pong', id, memory: arrayBuffers, ...(dropped === 0 ? {} : { dropped }) })
  }
}
