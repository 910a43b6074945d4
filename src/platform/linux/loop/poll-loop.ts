/* The main thread's end of the poll loop: starts its worker with the first program, ends it with the last. */
import { closeSync, existsSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import type { Duration } from '#core/model/duration.ts'

import { EFD_CLOEXEC, EFD_NONBLOCK } from '../constants.ts'
import * as libc from '../libc.ts'
import { collectAlone, keepYoungGenerationSmall, youngGeneration } from '../spare-memory.ts'
import type { FromLoop, LoopWorkerData, ToLoop } from './protocol.ts'

export interface ChannelHandlers {
  message(body: unknown): void
  /** Once, whatever the cause; `error` (with stack) when the program or the loop failed. */
  closed(error?: string): void
}

/** A program running in the loop. */
export interface Channel {
  post(body: unknown): void
  /** Settles when the program has released everything. */
  close(): Promise<void>
}

export class PollLoop {
  readonly #script: string
  #thread: LoopThread | undefined

  /** `script` is what the worker runs; it must call `runPollLoop` when `isPollLoopWorker()`. */
  constructor(script: string) {
    this.#script = script
  }

  /** Settles when the thread is there. For before a burst of work: what V8 forgets when a thread starts is said again. */
  ready(): Promise<void> {
    return this.#running().started
  }

  /** Starts `program` (a name in the worker's table) with `init`, which is structured-cloned. */
  start(program: string, init: unknown, handlers: ChannelHandlers): Channel {
    return this.#running().start(program, init, handlers)
  }

  /** The thread collects its garbage when it next has nothing to do, unless that would stop it for longer than `within`. */
  giveBackMemory(within: Duration): void {
    this.#thread?.giveBackMemory(within)
  }

  #running(): LoopThread {
    if (this.#thread === undefined || this.#thread.over) this.#thread = new LoopThread(this.#script)
    return this.#thread
  }
}

let shared: PollLoop | undefined

/**
 * The one loop of the process. The build puts `poll-loop.js` beside the program: a thread holds the whole text of what
 * it runs. A bundle without it, as tests make them, runs itself again.
 */
export function sharedPollLoop(): PollLoop {
  const beside = fileURLToPath(new URL('poll-loop.js', import.meta.url))
  shared ??= new PollLoop(existsSync(beside) ? beside : fileURLToPath(import.meta.url))
  return shared
}

interface OpenChannel {
  readonly handlers: ChannelHandlers
  readonly released: () => void
}

/** One life of the worker thread. */
class LoopThread {
  readonly #worker: Worker
  readonly #wakeFd = libc.eventfd(EFD_NONBLOCK | EFD_CLOEXEC)
  readonly #stop = new SharedArrayBuffer(4)
  readonly #channels = new Map<number, OpenChannel>()
  readonly #exited: Promise<void>
  /** Or has failed, which whoever starts a program is told. */
  readonly started: Promise<void>
  readonly #end = (): void => this.#halt()
  #nextId = 1
  #failure: string | undefined
  over = false

  constructor(script: string) {
    const data: LoopWorkerData = { herald: 'poll-loop', wakeFd: this.#wakeFd, stop: this.#stop }
    const resourceLimits = { maxYoungGenerationSizeMb: youngGeneration }
    collectAlone()
    this.#worker = new Worker(script, { workerData: data, name: 'poll-loop', resourceLimits })
    this.started = new Promise((resolve) => {
      this.#worker.once('online', () => resolve(keepYoungGenerationSmall()))
      this.#worker.once('exit', () => resolve())
    })
    this.#worker.on('message', (message: FromLoop) => this.#receive(message))
    this.#worker.on('error', (error: Error) => (this.#failure = error.stack ?? error.message))
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve(this.#gone())))
    // Node joins its workers on exit, and a thread inside poll() does not hear the request to terminate.
    process.on('exit', this.#end)
  }

  start(program: string, init: unknown, handlers: ChannelHandlers): Channel {
    const id = this.#nextId++
    const released = new Promise<void>((resolve) => this.#channels.set(id, { handlers, released: resolve }))
    this.#post({ kind: 'start', id, program, init })
    return {
      post: (body) => this.#post({ kind: 'message', id, body }),
      close: async () => {
        this.#post({ kind: 'stop', id })
        await released
        if (this.over) await this.#exited
      },
    }
  }

  giveBackMemory(within: Duration): void {
    this.#post({ kind: 'give-back', within })
  }

  #receive(message: FromLoop): void {
    if (message.kind === 'closed') this.#closed(message.id, message.error)
    else this.#channels.get(message.id)?.handlers.message(message.body)
  }

  #closed(id: number, error: string | undefined): void {
    const channel = this.#channels.get(id)
    this.#channels.delete(id)
    if (this.#channels.size === 0) this.#halt()
    channel?.handlers.closed(error)
    channel?.released()
  }

  #halt(): void {
    this.over = true
    Atomics.store(new Int32Array(this.#stop), 0, 1)
    this.#wake()
  }

  #post(message: ToLoop): void {
    if (this.over) return
    this.#worker.postMessage(message)
    this.#wake()
  }

  #wake(): void {
    writeSync(this.#wakeFd, new BigUint64Array([1n]))
  }

  #gone(): void {
    for (const id of this.#channels.keys()) this.#closed(id, this.#failure ?? 'the poll-loop thread ended')
    this.over = true
    process.off('exit', this.#end)
    closeSync(this.#wakeFd)
  }
}
