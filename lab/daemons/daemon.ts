/* What every daemon of a lab has in common: its own directory, a start that waits until it answers, and its ends. */
import { existsSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import type { LabNode } from '../node.ts'
import type { LabProcess } from '../process.ts'
import { until } from '../until.ts'

/** One of the processes a daemon consists of. */
export interface Program {
  readonly name: string
  readonly argv: readonly string[]
  /** Whether it is ready to serve; a rejection means not yet. The next program starts after that. */
  readonly answers: () => boolean | Promise<boolean>
  /** Milliseconds it gets until it answers; default 15,000. */
  readonly patience?: number
}

const PATIENCE = 15_000

export abstract class Daemon {
  readonly node: LabNode
  readonly name: string
  /** Configuration, sockets and logs; removed with the lab. */
  readonly directory: string
  readonly #processes = new Map<string, LabProcess>()

  constructor(node: LabNode, name: string) {
    this.node = node
    this.name = name
    this.directory = join(node.directory, name)
    // Not its parents: after the lab is disposed of, a late daemon is an error, not a folder that nobody removes.
    if (!existsSync(this.directory)) mkdirSync(this.directory)
  }

  /** In starting order. */
  protected abstract programs(): readonly Program[]

  /** Writes the configuration; runs before every start. */
  protected abstract prepare(): Promise<void>

  /** Runs when all programs answer, for what has to be told to a running daemon. */
  protected async configure(): Promise<void> {}

  /** Starts what is not running and waits until it answers; the error of a program that ends has its output. */
  async start(): Promise<void> {
    await this.prepare()
    for (const program of this.programs()) {
      if (this.#processes.get(program.name)?.running !== true) await this.#startProgram(program)
    }
    await this.configure()
  }

  /** Ends it in order, the last program first. */
  async stop(): Promise<void> {
    for (const process of [...this.#processes.values()].reverse()) await process.stop()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** SIGKILL for one of its programs or all of them, and waits until they are gone. */
  async kill9(program?: string): Promise<void> {
    const victims = program === undefined ? [...this.#processes.values()] : [this.process(program)]
    for (const process of victims) process.kill('SIGKILL')
    await Promise.all(victims.map((process) => process.exited))
  }

  /** SIGSTOP for all of it. */
  freeze(): void {
    for (const process of this.#processes.values()) process.freeze()
  }

  thaw(): void {
    for (const process of this.#processes.values()) process.thaw()
  }

  /** One of its programs; by default the first. */
  process(program?: string): LabProcess {
    const process = program === undefined ? [...this.#processes.values()][0] : this.#processes.get(program)
    if (process === undefined)
      throw new Error(`${this.node.name}: ${this.name}: ${program ?? 'nothing'} was not started`)
    return process
  }

  /** What all of it printed. */
  get output(): string {
    return [...this.#processes.values()].map(({ output }) => output).join('\n')
  }

  async #startProgram({ name, argv, answers, patience = PATIENCE }: Program): Promise<void> {
    const process = this.node.spawn(argv, {
      name: `${this.node.name}: ${name}`,
      log: join(this.directory, `${name}.log`),
    })
    this.#processes.set(name, process)
    await until(`${process.name} to answer`, async () => !process.running || (await answers()), {
      timeout: patience,
    })
    if (process.running) return
    await process.exited
    throw new Error(`${process.name} ended at once; it printed:\n${process.output}`)
  }
}

/** Whether somebody listens at a unix socket: a file left by a killed daemon does not count. */
export function socketAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
