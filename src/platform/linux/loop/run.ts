/*
 * The poll-loop thread: waits in one poll() for the descriptors of all programs and the wake-up eventfd, and runs
 * timers between. The thread's own libuv loop stands still meanwhile, so programs use neither Node's timers nor
 * its sockets; they get what they need from their context.
 */
import { readSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'

import { instantAt, milliseconds, since, type Instant } from '#core/model/duration.ts'
import { PRIO_PROCESS } from '../constants.ts'
import * as libc from '../libc.ts'
import type { LoopPrograms } from './program.ts'
import type { FromLoop, LoopWorkerData, ToLoop } from './protocol.ts'
import { PollSet } from './poll-set.ts'
import { RunningProgram } from './running-program.ts'
import { SpareMemory } from '../spare-memory.ts'
import { TimerQueue } from './timers.ts'

/** Above ordinary work, below the kernel's own threads: keeps the wait for a core short when the machine is busy. */
const NICE = -15

/** For a timer that is due, while messages are received. */
const patience = milliseconds(5)

/** Runs until the main thread says stop. Call it only where `isPollLoopWorker()`. */
export async function runPollLoop(programs: LoopPrograms): Promise<void> {
  if (parentPort === null) throw new TypeError('the poll loop runs in a worker thread')
  raisePriority()
  await new Loop(programs, parentPort, workerData as LoopWorkerData).run()
}

class Loop {
  readonly #programs: LoopPrograms
  readonly #port: MessagePort
  readonly #wakeFd: number
  readonly #stop: Int32Array
  readonly #running = new Map<number, RunningProgram>()
  readonly #timers = new TimerQueue()
  readonly #descriptors = new PollSet()
  readonly #spare = new SpareMemory()

  constructor(programs: LoopPrograms, port: MessagePort, data: LoopWorkerData) {
    this.#programs = programs
    this.#port = port
    this.#wakeFd = data.wakeFd
    this.#stop = new Int32Array(data.stop)
    this.#descriptors.add(data.wakeFd, () => readSync(this.#wakeFd, new Uint8Array(8)))
  }

  async run(): Promise<void> {
    while (Atomics.load(this.#stop, 0) === 0) {
      const nothingWaits = await this.#receive()
      this.#fireTimers()
      this.#descriptors.wait(nothingWaits ? this.#timeout() : 0)
    }
    for (const program of this.#running.values()) program.stop()
    this.#port.close()
  }

  /** What is said may wait while a timer is overdue: a beat may not. Returns whether nothing more waits. */
  async #receive(): Promise<boolean> {
    for (;;) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return true
      await this.#handle(received.message as ToLoop)
      if (this.#isLate()) return false
    }
  }

  async #handle(message: ToLoop): Promise<void> {
    switch (message.kind) {
      case 'start':
        return this.#start(message.id, message.program, message.init)
      case 'message':
        this.#running.get(message.id)?.deliver(message.body)
        return
      case 'stop':
        this.#running.get(message.id)?.stop()
        return
      case 'give-back':
        this.#spare.giveBack('rest', message.within)
        return
    }
  }

  async #start(id: number, name: string, init: unknown): Promise<void> {
    const program = new RunningProgram(init, {
      now,
      at: (due, task) => this.#timers.add(due, task),
      watch: (fd, handler) => this.#descriptors.add(fd, handler),
      post: (body) => this.#post({ kind: 'message', id, body }),
      ended: (error) => {
        this.#running.delete(id)
        this.#post({ kind: 'closed', id, ...(error === undefined ? {} : { error }) })
      },
    })
    this.#running.set(id, program)
    const load = this.#programs[name]
    if (load === undefined) program.fail(new RangeError(`the poll loop has no program named ${name}`))
    else await load().then(({ default: code }) => program.start(code), program.fail)
  }

  #fireTimers(): void {
    const due = now()
    for (let task = this.#timers.take(due); task !== undefined; task = this.#timers.take(due)) task()
  }

  #isLate(): boolean {
    const next = this.#timers.next()
    return next !== undefined && since(next, now()) > patience
  }

  #timeout(): number | undefined {
    const next = this.#timers.next()
    return next === undefined ? undefined : Math.max(0, next - now())
  }

  #post(message: FromLoop): void {
    this.#port.postMessage(message)
  }
}

function now(): Instant {
  return instantAt(performance.now())
}

/** Best effort: without CAP_SYS_NICE the loop runs at the process's own priority. */
function raisePriority(): void {
  try {
    libc.setpriority(PRIO_PROCESS, 0, NICE)
  } catch {
    return
  }
}
