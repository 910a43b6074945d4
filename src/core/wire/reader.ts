/**
 * A bounded cursor over bytes in network byte order. Reading past the end never throws: it yields zeros and marks
 * the reader as overrun, so that a decoder reads a whole structure and checks once.
 */
export class Reader {
  readonly #bytes: Uint8Array
  #offset = 0
  #overrun = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** True once a read wanted more than there was; everything read since then is zeros. */
  get overrun(): boolean {
    return this.#overrun
  }

  u8(): number {
    return this.#number(1)
  }

  u16(): number {
    return this.#number(2)
  }

  u32(): number {
    return this.#number(4)
  }

  /** A view of the next `length` bytes, not a copy; empty when there are fewer. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length)
    return start === undefined ? new Uint8Array() : this.#bytes.subarray(start, start + length)
  }

  /** A view of up to `length` bytes ahead, left unread. */
  peek(length: number): Uint8Array {
    return this.#bytes.subarray(this.#offset, this.#offset + length)
  }

  /** A reader confined to the next `length` bytes; an overrun one when there are fewer. */
  slice(length: number): Reader {
    const inner = new Reader(this.bytes(length))
    inner.#overrun = this.#overrun
    return inner
  }

  /** A view of everything left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  #number(width: number): number {
    const start = this.#take(width)
    if (start === undefined) return 0
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + (this.#bytes[start + i] ?? 0)
    return value
  }

  #take(length: number): number | undefined {
    if (length < 0 || length > this.remaining) {
      this.#overrun = true
      this.#offset = this.#bytes.length
      return undefined
    }
    const start = this.#offset
    this.#offset += length
    return start
  }
}
