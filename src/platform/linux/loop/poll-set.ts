/* The descriptors one poll() waits for, each with its handler. */
import { POLLIN } from '../constants.ts'
import * as libc from '../libc.ts'

interface Entry {
  readonly fd: number
  readonly handler: () => void
}

const POLLFD_SIZE = 8

export class PollSet {
  #entries: readonly Entry[] = []
  #set = new Uint8Array(0)

  /** Returns the function that removes the descriptor again. */
  add(fd: number, handler: () => void): () => void {
    const entry = { fd, handler }
    this.#replace([...this.#entries, entry])
    return () => this.#replace(this.#entries.filter((other) => other !== entry))
  }

  /**
   * Waits until a descriptor is ready or `timeout` milliseconds passed, then calls the handlers of those that are.
   * An error on a descriptor counts as ready: its handler meets it at the next read.
   */
  wait(timeout: number | undefined): void {
    const [entries, set] = [this.#entries, this.#set]
    if (libc.poll(set, timeout) === 0) return
    const events = new Int16Array(set.buffer)
    for (const [i, entry] of entries.entries()) {
      // A handler that ran just now may have removed this one.
      if (events[i * 4 + 3] !== 0 && this.#entries.includes(entry)) entry.handler()
    }
  }

  #replace(entries: readonly Entry[]): void {
    this.#entries = entries
    this.#set = new Uint8Array(entries.length * POLLFD_SIZE)
    const [fds, events] = [new Int32Array(this.#set.buffer), new Int16Array(this.#set.buffer)]
    for (const [i, { fd }] of entries.entries()) {
      fds[i * 2] = fd
      events[i * 4 + 2] = POLLIN
    }
  }
}
