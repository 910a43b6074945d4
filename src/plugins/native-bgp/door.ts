/*
 * The port that peers connect to: open while there are peers. Without any it is left to whoever else wants it, a bgpd
 * above all, which ends when it cannot have its port.
 */
import type { Address } from '#core/model/address.ts'
import type { AnnouncerHost } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'

import { say } from './log.ts'
import type { BgpMetrics } from './metrics.ts'
import type { Signature } from './signature.ts'
import type { IncomingConnection, Listener, Transport } from './transport.ts'

export interface DoorDeps {
  readonly host: AnnouncerHost
  readonly transport: Transport
  readonly metrics: BgpMetrics
  /** 0 = never open. */
  readonly port: number
  readonly accept: (connection: IncomingConnection) => void
  /** It may be later than the peers: what they must be signed with is to be demanded now. */
  readonly opened: () => void
}

export class Door {
  readonly #deps: DoorDeps
  #listener: Listener | undefined
  /** Said once, and again after the port could be listened on. */
  #problem: string | undefined

  constructor(deps: DoorDeps) {
    this.#deps = deps
  }

  /** Without the port sessions still come up, by our own connections: that is a warning, not an error. */
  async open(): Promise<void> {
    const { host, transport, metrics, port, accept, opened } = this.#deps
    if (port === 0 || this.#listener !== undefined) return
    try {
      this.#listener = await transport.listen(port, accept)
      this.#problem = undefined
      opened()
      say(host.log, 'listening', { port })
    } catch (error) {
      const problem = messageOf(error)
      if (problem !== this.#problem) say(host.log, 'notListening', { port, problem })
      this.#problem = problem
    }
    metrics.listening.set({}, this.#listener === undefined ? 0 : 1)
  }

  protect(address: Address, signature: Signature | undefined): void {
    this.#listener?.protect(address, signature)
  }

  async close(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    this.#deps.metrics.listening.set({}, 0)
    await listener?.close()
  }
}
