/** Builds bytes in network byte order; grows as needed. */
export class Writer {
  #bytes: Uint8Array
  #length = 0

  /** `capacity`: bytes to start with, 64 when not known. */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#bytes[at] = value
    return this
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value)
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value)
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
    return this
  }

  /** Runs `body` behind a length field of `width` bytes that counts what it wrote. */
  counted(width: 1 | 2, body: (writer: this) => void): this {
    const at = this.#grow(width)
    body(this)
    const count = this.#length - at - width
    if (width === 2) this.#bytes[at] = count >>> 8
    this.#bytes[at + width - 1] = count
    return this
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #grow(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const bigger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      bigger.set(this.#bytes.subarray(0, at))
      this.#bytes = bigger
    }
    return at
  }
}
