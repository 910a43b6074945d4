/* An ES module in a worker thread that can be terminated: its port carries the protocol, its console is the log. */
import { Worker } from 'node:worker_threads'

import { messageOf } from '#core/errors.ts'

import { isCode } from '../error-code.ts'
import { followLog } from './line-splitter.ts'
import type { ModuleSource } from './source.ts'
import type { Transport, TransportEvents } from './transport.ts'
import type { PluginWorkerData } from './worker/worker-data.ts'

const mebibyte = 1024 * 1024
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_EXTRA_CA_CERTS']

export interface WorkerWorld {
  /** The program a plugin's worker runs: worker/main.ts, as the build makes it. */
  readonly script: URL
  readonly fence: SharedArrayBuffer
}

export function openWorker(
  { source, url }: { readonly source: ModuleSource; readonly url: string },
  world: WorkerWorld,
  events: TransportEvents,
): Transport {
  return new WorkerTransport({ source, url }, world, events)
}

class WorkerTransport implements Transport {
  readonly #worker: Worker
  readonly #events: TransportEvents
  readonly #gone: Promise<void>
  #fault: string | undefined
  #over = false

  constructor(
    { source, url }: { readonly source: ModuleSource; readonly url: string },
    { script, fence }: WorkerWorld,
    events: TransportEvents,
  ) {
    this.#events = events
    const { memory } = source.limits
    const data: PluginWorkerData = { herald: 'plugin', module: url, fence }
    this.#worker = new Worker(script, {
      name: `plugin ${source.name}`,
      workerData: data,
      env: Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
      stdin: false,
      stdout: true,
      stderr: true,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: Math.max(16, Math.floor(memory / mebibyte)) },
    })
    this.#worker.on('message', (line: unknown) => events.line(String(line)))
    this.#worker.on('error', (error: unknown) => (this.#fault = faultText(error, memory)))
    for (const stream of [this.#worker.stdout, this.#worker.stderr])
      followLog(stream, (text) => events.said(text))
    this.#gone = new Promise((resolve) => this.#worker.once('exit', (code) => resolve(this.#end(code))))
  }

  send(line: string): void {
    this.#worker.postMessage(line)
  }

  backlog(): number {
    return 0
  }

  /** The heap is limited by V8; what lies outside of it the worker tells with each pong. */
  memory(): undefined {
    return undefined
  }

  /** A worker has no input that could end: it is told to close, and then terminated. */
  finish(): void {
    void this.kill()
  }

  async kill(): Promise<void> {
    await this.#worker.terminate()
    await this.#gone
  }

  #end(code: number): void {
    if (this.#over) return
    this.#over = true
    this.#events.ended(this.#fault ?? `ended its worker with status ${code}`)
  }
}

function faultText(error: unknown, memory: number): string {
  if (isCode(error, 'ERR_WORKER_OUT_OF_MEMORY')) {
    return `used more than ${Math.floor(memory / mebibyte)} MiB of memory`
  }
  return `threw ${messageOf(error)}`
}
