import { decodeFrame, type Frame } from './header.ts'

/**
 * Cuts a byte stream into messages, however it arrives. Keeps at most one unfinished message, and appending to it
 * costs what the new bytes cost, so a peer that sends octet by octet is cheap.
 */
export class Framer {
  #buffer = new Uint8Array()
  #length = 0

  /** Bytes of a message not complete yet. */
  get waiting(): number {
    return this.#length
  }

  /** The messages that `bytes` completes, each valid until the next is asked for; ends after a `reset`. */
  *push(bytes: Uint8Array): Iterable<Exclude<Frame, { kind: 'incomplete' }>> {
    const stream = this.#length === 0 ? bytes : this.#append(bytes)
    let offset = 0
    for (;;) {
      const frame = decodeFrame(stream.subarray(offset))
      if (frame.kind === 'incomplete') break
      yield frame
      if (frame.kind === 'reset') return
      offset += frame.length
    }
    this.#keep(stream, offset)
  }

  #append(bytes: Uint8Array): Uint8Array {
    const length = this.#length + bytes.length
    if (length > this.#buffer.length) {
      const bigger = new Uint8Array(Math.max(length, this.#buffer.length * 2))
      bigger.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = bigger
    }
    this.#buffer.set(bytes, this.#length)
    this.#length = length
    return this.#buffer.subarray(0, length)
  }

  #keep(stream: Uint8Array, offset: number): void {
    const alreadyKept = offset === 0 && stream.buffer === this.#buffer.buffer
    if (alreadyKept) return
    const rest = stream.slice(offset)
    this.#buffer = rest
    this.#length = rest.length
  }
}
