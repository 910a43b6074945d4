/* One TCP connection as messages: cuts the stream into frames on the way in, counts what goes out. */
import type { Address } from '#core/model/address.ts'

import type { Connection, ConnectionEnds } from './transport.ts'
import type { AttributeContext } from './wire/attributes.ts'
import { Framer } from './wire/framer.ts'
import { decode, encode, type Message, type Received } from './wire/message.ts'
import type { Notification } from './wire/notification.ts'

export interface LinkEvents {
  connected(ends: ConnectionEnds): void
  received(message: Received): void
  /** The stream makes no sense (RFC 4271 §6.1). */
  garbled(notification: Notification): void
  /** The peer does not take what is sent. */
  blocked(): void
  drained(): void
  closed(code: string, detail: string): void
}

/** Until the OPENs have settled it. */
const beforeOpen: AttributeContext = { fourOctetAs: false, internal: false }

export class Link {
  readonly #connection: Connection
  readonly #events: LinkEvents
  #context = beforeOpen
  readonly #framer = new Framer()
  #writable = true
  #over = false

  constructor(connection: Connection, events: LinkEvents) {
    this.#connection = connection
    this.#events = events
  }

  /** False while the peer is slow to read. */
  get writable(): boolean {
    return this.#writable && !this.#over
  }

  start(): void {
    this.#connection.start({
      connected: (ends) => this.#events.connected(ends),
      data: (bytes) => this.#receive(bytes),
      drained: () => {
        this.#writable = true
        this.#events.drained()
      },
      closed: (code, detail) => {
        this.#over = true
        this.#events.closed(code, detail)
      },
    })
  }

  /** How to read and write from now on. */
  agree(context: AttributeContext): void {
    this.#context = context
  }

  send(message: Message): void {
    this.write(encode(message, this.#context))
  }

  /** A whole encoded message. */
  write(bytes: Uint8Array): void {
    if (this.#over) return
    const before = this.#writable
    this.#writable = this.#connection.write(bytes)
    if (before && !this.#writable) this.#events.blocked()
  }

  /** Another password from now on; false: not possible on this connection. */
  rekey(peer: Address, password: Uint8Array): boolean {
    return !this.#over && this.#connection.rekey(peer, password)
  }

  /** Nothing received afterwards is heard. */
  end(): void {
    this.#over = true
    this.#connection.end()
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#framer.push(bytes)) {
      if (frame.kind === 'reset') this.#events.garbled(frame.notification)
      else this.#events.received(decode(frame, this.#context))
      if (this.#over) return
    }
  }
}
