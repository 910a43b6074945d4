import type { Address } from '#core/model/address.ts'

/**
 * Connections to one listening socket that are older than the signature that is demanded of their peer. The kernel took
 * them, signed or not, and they look like any other when their turn comes to be accepted, in the order of their arrival.
 */
export class EarlierConnections {
  readonly #waiting: () => number
  readonly #until = new Map<Address, number>()
  #accepted = 0

  /** `waiting`: how many there are that nobody has accepted yet. */
  constructor(waiting: () => number) {
    this.#waiting = waiting
  }

  /** From now on the peer's must be signed: of those that wait none is. */
  refuse(peer: Address): void {
    this.#until.set(peer, this.#accepted + this.#waiting())
  }

  /** To be asked once for each connection that is accepted, of whomever it is. */
  isOne(peer: Address | undefined): boolean {
    this.#accepted++
    const until = peer && this.#until.get(peer)
    return until !== undefined && this.#accepted <= until
  }
}
