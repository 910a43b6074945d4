/* The daemons' answers on a vty socket: text, three NUL bytes, one status byte. */

export interface VtyReply {
  readonly status: number
  readonly text: string
}

/** The status of a command that was carried out; anything else is a warning or an error. */
export const vtySuccess = 0

/** More than this without an end is no answer. A whole running configuration is far below it. */
const longestReply = 256 * 1024 * 1024

/** Cuts a stream into replies; `push` returns those that are complete. Total: any bytes are some replies. */
export class VtyDecoder {
  #chunks: Uint8Array[] = []
  #size = 0
  /** NUL bytes seen in a row at the end of what is kept. */
  #zeros = 0

  push(bytes: Uint8Array): VtyReply[] {
    const replies: VtyReply[] = []
    let start = 0
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0
      if (this.#zeros === 3) {
        replies.push(this.#finish(bytes.subarray(start, index), byte))
        start = index + 1
      } else {
        this.#zeros = byte === 0 ? this.#zeros + 1 : 0
      }
    }
    this.#keep(bytes.slice(start))
    return replies
  }

  /** A stream whose answer never ends is no vty. */
  get overflown(): boolean {
    return this.#size > longestReply
  }

  #finish(last: Uint8Array, status: number): VtyReply {
    this.#keep(last)
    const whole = new Uint8Array(this.#size)
    let at = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    this.#chunks = []
    this.#size = 0
    this.#zeros = 0
    return { status, text: new TextDecoder().decode(whole.subarray(0, whole.length - 3)) }
  }

  #keep(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }
}
