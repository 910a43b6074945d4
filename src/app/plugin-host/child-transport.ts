/* An executable as a child process in a group of its own: standard input and output carry the protocol. */
import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { followLog, LineSplitter } from './line-splitter.ts'
import { residentBytes } from './resident-memory.ts'
import type { ExecutableSource } from './source.ts'
import type { Transport, TransportEvents } from './transport.ts'

/** Of Herald's environment, what every program expects. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ']

export function openChild(source: ExecutableSource, events: TransportEvents): Transport {
  return new ChildTransport(source, events)
}

class ChildTransport implements Transport {
  readonly #child: ChildProcess
  readonly #events: TransportEvents
  readonly #gone: Promise<void>
  readonly #killOnExit = (): void => this.#signal('SIGKILL')
  #fault: string | undefined
  #over = false

  constructor(source: ExecutableSource, events: TransportEvents) {
    this.#events = events
    this.#child = spawn(programOf(source), source.args, {
      cwd: source.from,
      env: environmentOf(source),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    process.on('exit', this.#killOnExit)
    sacrificeFirst(this.#child.pid)
    this.#read(source)
    // A plugin that ended does not read any more: that it ended is what is told.
    this.#child.stdin?.on('error', () => {})
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error: NodeJS.ErrnoException) =>
        resolve(this.#end(startFault(error, source))),
      )
      this.#child.once('close', (code, signal) => resolve(this.#end(exitText(code, signal))))
    })
  }

  send(line: string): void {
    if (!this.#over) this.#child.stdin?.write(`${line}\n`)
  }

  backlog(): number {
    return this.#child.stdin?.writableLength ?? 0
  }

  memory(): number | undefined {
    return this.#over ? undefined : residentBytes(this.#child.pid)
  }

  finish(): void {
    this.#child.stdin?.end()
  }

  kill(): Promise<void> {
    this.#signal('SIGKILL')
    // What it started may have left the group and hold the pipes: they are of no interest any more.
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
    return this.#gone
  }

  #read({ limits }: ExecutableSource): void {
    const { stdout, stderr } = this.#child
    const output = new LineSplitter(limits.line)
    stdout?.on('data', (chunk: Buffer) => {
      const lines = output.feed(chunk)
      if (lines === undefined) {
        this.#fault ??= `wrote a line of more than ${limits.line} bytes`
        return void this.kill()
      }
      for (const line of lines) if (line !== '') this.#events.line(line)
    })
    if (stderr) followLog(stderr, (text) => this.#events.said(text))
  }

  /** The whole group: a shell script's children end with it. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined || this.#over) return
    try {
      process.kill(-pid, signal)
    } catch {
      // Already gone.
    }
  }

  #end(why: string): void {
    if (this.#over) return
    // Children it left behind end too.
    this.#signal('SIGKILL')
    this.#over = true
    process.off('exit', this.#killOnExit)
    this.#events.ended(this.#fault ?? why)
  }
}

/** A name without a slash is looked up in PATH, as in a shell. */
function programOf({ executable, from }: ExecutableSource): string {
  return executable.includes('/') ? resolve(from, executable) : executable
}

function environmentOf({ env }: ExecutableSource): Record<string, string> {
  const kept = inherited.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), ...env }
}

/** When memory runs out, the kernel is to take the plugin and not the process that runs the other announcers. */
function sacrificeFirst(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '800')
  } catch {
    // Gone already, or not Linux: it is a precaution only.
  }
}

function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with status ${code}` : `was ended by ${signal}`
}

function startFault(
  { code, message }: NodeJS.ErrnoException,
  { executable, from }: ExecutableSource,
): string {
  const file = executable.includes('/') ? resolve(from, executable) : executable
  if (code === 'ENOENT') return `cannot be started: ${file} or its interpreter does not exist`
  if (code === 'EACCES') return `cannot be started: ${file} is not executable (chmod +x)`
  return `cannot be started: ${message}`
}
