/* Long-running programs of a lab: their output is kept, and they can be stopped, killed, frozen and thawed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

import { programEnvironment } from './programs.ts'
import { transcribe } from './transcript.ts'
import { until } from './until.ts'

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** A file that receives both output streams as well. */
  readonly log?: string
  /** What messages call it; default: the program's name. */
  readonly name?: string
}

export interface ExitStatus {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Lines kept in memory per process; the log file has them all. */
const LINES_KEPT = 10_000

export class LabProcess {
  readonly name: string
  /** Settles when the process is gone and its output has been read; never rejects. */
  readonly exited: Promise<ExitStatus>
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #argv: readonly string[]
  #status: ExitStatus | undefined

  /** Use `LabNode.spawn`; `argv` is what runs on the host. */
  constructor(argv: readonly string[], options: SpawnOptions & { readonly name: string }) {
    const [file = '', ...args] = argv
    this.#argv = argv
    this.name = options.name
    // Its own process group: Ctrl-C at the terminal reaches the owner only, who ends it in order.
    this.#child = spawn(file, args, {
      cwd: options.cwd,
      env: programEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const log = options.log === undefined ? undefined : openSync(options.log, 'a')
    for (const stream of [this.#child.stdout, this.#child.stderr]) if (stream) this.#collect(stream, log)
    this.exited = new Promise((resolve) => {
      const end = (status: ExitStatus): void => {
        if (log !== undefined && this.#status === undefined) closeSync(log)
        this.#status ??= status
        resolve(this.#status)
      }
      this.#child.on('error', (error) => {
        this.#lines.push(error.message)
        end({ code: null, signal: null })
      })
      this.#child.on('close', (code, signal) => end({ code, signal }))
    })
  }

  /** Of the program itself: entering a namespace replaces the process, it adds none. */
  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`${this.name}: was never started: ${this.output}`)
    return pid
  }

  get running(): boolean {
    return this.#status === undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Both streams as they came, line by line; the last ones when there are very many. */
  get lines(): readonly string[] {
    return this.#lines
  }

  get output(): string {
    return this.#lines.join('\n')
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.running) process.kill(this.pid, signal)
  }

  /** Stops it dead without telling anyone: its sockets stay, its peers hear nothing. */
  freeze(): void {
    this.kill('SIGSTOP')
  }

  thaw(): void {
    this.kill('SIGCONT')
  }

  /** Asks it to end and waits; a process that does not within `grace` milliseconds is killed. */
  async stop(grace = 5000): Promise<ExitStatus> {
    this.kill('SIGTERM')
    this.thaw()
    const timer = setTimeout(() => this.kill('SIGKILL'), grace)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }

  /** The first line that matches, printed already or to come. Fails at once when the process ends without it. */
  async waitForLine(pattern: RegExp, timeout = 10_000): Promise<string> {
    const seen = (): string | undefined => this.#lines.find((line) => pattern.test(line))
    const ended = (): boolean => this.#status !== undefined
    await until(`${this.name} to print ${String(pattern)}`, () => seen() !== undefined || ended(), {
      timeout,
    })
    const line = seen()
    if (line !== undefined) return line
    throw new Error(`${this.name} ended without printing ${String(pattern)}; it printed:\n${this.output}`)
  }

  #collect(stream: Readable, log: number | undefined): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line)
      transcribe(this.#argv, line)
      if (this.#lines.length > LINES_KEPT) this.#lines.splice(0, LINES_KEPT / 10)
      if (log !== undefined && this.#status === undefined) writeSync(log, `${line}\n`)
    })
  }
}
