import type { Address } from '#core/model/address.ts'

/**
 * What the kernel took before a signature was demanded waits to be accepted, signed or not, and looks like any other. It
 * is all handed over within one whole turn of the loop, which two of `setImmediate` enclose.
 */
export class EarlierConnections {
  readonly #turns = new Map<Address, symbol>()

  refuse(address: Address): void {
    const turn = Symbol(address)
    this.#turns.set(address, turn)
    setImmediate(setImmediate, () => {
      if (this.#turns.get(address) === turn) this.#turns.delete(address)
    })
  }

  mayBeFrom(address: Address): boolean {
    return this.#turns.has(address)
  }
}
