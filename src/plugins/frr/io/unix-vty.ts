/* The vty port over the daemons' unix sockets. */
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'

import type { Vty, VtySession } from '../vty.ts'
import { VtyDecoder, type VtyReply } from '../wire/vty-reply.ts'

export function unixVty(directory: string): Vty {
  return {
    connect: (daemon, closed) =>
      new Promise((resolve, reject) => {
        const socket = connect(join(directory, `${daemon}.vty`))
        socket.once('error', reject)
        socket.once('connect', () => {
          socket.off('error', reject)
          resolve(new UnixVtySession(socket, closed))
        })
      }),
  }
}

interface Waiting {
  readonly count: number
  readonly replies: VtyReply[]
  resolve(replies: readonly VtyReply[]): void
  reject(error: Error): void
}

class UnixVtySession implements VtySession {
  readonly #socket: Socket
  readonly #decoder = new VtyDecoder()
  readonly #waiting: Waiting[] = []
  #closed: () => void

  constructor(socket: Socket, closed: () => void) {
    this.#socket = socket
    this.#closed = closed
    // What went wrong shows as the end of the session, which follows.
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => this.#receive(bytes))
    socket.on('close', () => this.#end())
  }

  run(commands: readonly string[]): Promise<readonly VtyReply[]> {
    if (commands.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the daemon closed its socket'))
      this.#waiting.push({ count: commands.length, replies: [], resolve, reject })
      this.#socket.write(commands.map((command) => `${command}\0`).join(''))
    })
  }

  close(): void {
    this.#closed = () => undefined
    this.#socket.destroy()
    this.#end()
  }

  #receive(bytes: Uint8Array): void {
    for (const reply of this.#decoder.push(bytes)) {
      const waiting = this.#waiting[0]
      if (waiting === undefined) continue
      waiting.replies.push(reply)
      if (waiting.replies.length === waiting.count) {
        this.#waiting.shift()
        waiting.resolve(waiting.replies)
      }
    }
    if (this.#decoder.overflown) this.#socket.destroy()
  }

  #end(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error('the daemon closed its socket'))
    const closed = this.#closed
    this.#closed = () => undefined
    closed()
  }
}
