/* The connections of one peer, at most one in each direction, from the attempt until the machine lets go of them. */
import type { Direction } from './fsm/model.ts'
import { Link, type LinkEvents } from './link.ts'
import type { Connection, ConnectionEnds } from './transport.ts'
import type { Notification } from './wire/notification.ts'
import type { Received } from './wire/message.ts'

export interface Leg {
  readonly link: Link
  /** Known once it is connected. */
  ends?: ConnectionEnds
}

/** Of a connection that the machine has not let go of. */
export interface LegEvents {
  connected(direction: Direction): void
  received(direction: Direction, leg: Leg, message: Received): void
  garbled(direction: Direction, notification: Notification): void
  blocked(direction: Direction): void
  drained(direction: Direction): void
  closed(direction: Direction, code: string, detail: string): void
}

export class Legs {
  readonly #events: LegEvents
  readonly #legs: Partial<Record<Direction, Leg>> = {}
  /** Links whose end the network has not confirmed. */
  readonly #unfinished = new Set<Link>()
  #whenClosed: () => void = () => {}

  constructor(events: LegEvents) {
    this.#events = events
  }

  at(direction: Direction): Leg | undefined {
    return this.#legs[direction]
  }

  attach(direction: Direction, socket: Connection): void {
    const link: Link = new Link(
      socket,
      this.#linkEvents(direction, () => link),
    )
    this.#legs[direction] = { link }
    this.#unfinished.add(link)
    link.start()
  }

  detach(direction: Direction): void {
    this.#legs[direction]?.link.end()
    delete this.#legs[direction]
  }

  /** Settles when the network has taken every farewell, or never will. */
  async closed(): Promise<void> {
    if (this.#unfinished.size === 0) return
    await new Promise<void>((resolve) => {
      this.#whenClosed = resolve
    })
  }

  /** `self` tells a link's late events from those of its successor. */
  #linkEvents(direction: Direction, self: () => Link): LinkEvents {
    const current = (act: (leg: Leg) => void): void => {
      const leg = this.#legs[direction]
      if (leg?.link === self()) act(leg)
    }
    return {
      connected: (ends) =>
        current((leg) => {
          leg.ends = ends
          this.#events.connected(direction)
        }),
      received: (message) => current((leg) => this.#events.received(direction, leg, message)),
      garbled: (notification) => current(() => this.#events.garbled(direction, notification)),
      blocked: () => current(() => this.#events.blocked(direction)),
      drained: () => current(() => this.#events.drained(direction)),
      closed: (code, detail) => {
        this.#unfinished.delete(self())
        current(() => this.#events.closed(direction, code, detail))
        if (this.#unfinished.size === 0) this.#whenClosed()
      },
    }
  }
}
