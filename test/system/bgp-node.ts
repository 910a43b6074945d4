/*
 * Herald's BGP plugin in a process of its own, inside a node's namespace: the test's end of it. The other end is in
 * bgp-obey.ts; they talk in JSON lines over the process's standard streams.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

import type { AnnouncerStatus, Observation } from '#core/announcer.ts'
import { until, type LabNode } from '#lab/index.ts'

import type { Wish } from './bgp-speaker.ts'

export type Command =
  | { readonly op: 'desire'; readonly wish: Partial<Wish> }
  | { readonly op: 'value'; readonly metric: string; readonly peer: string }
  | { readonly op: 'secret'; readonly name: string; readonly password: string }
  /** Keeps the main thread busy for so many milliseconds. */
  | { readonly op: 'block'; readonly milliseconds: number }

export type Told = { readonly observation: Observation } | { readonly id: number; readonly result: unknown }

export class BgpNode {
  readonly observations: Observation[] = []
  readonly #child: ChildProcess
  readonly #answers = new Map<number, (result: unknown) => void>()
  readonly #exited: Promise<void>
  #id = 0

  /** `script`: the bundle of bgp-harness.ts, or of anything that runs `obeyStandardInput` when given `args`. */
  constructor(node: LabNode, script: string, ...args: readonly string[]) {
    const [file = '', ...rest] = node.argv([process.execPath, script, ...args])
    this.#child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()))
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) =>
        this.#hear(JSON.parse(line) as Told),
      )
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  async desire(wish: Partial<Wish>): Promise<AnnouncerStatus> {
    return (await this.ask({ op: 'desire', wish })) as AnnouncerStatus
  }

  async value(metric: string, peer: string): Promise<number> {
    return (await this.ask({ op: 'value', metric, peer })) as number
  }

  ask(command: Command): Promise<unknown> {
    const id = this.#id++
    return new Promise((resolve, reject) => {
      this.#answers.set(id, resolve)
      void this.#exited.then(() => reject(new Error('the BGP node ended')))
      this.#child.stdin?.write(`${JSON.stringify({ id, command })}\n`)
    })
  }

  /** The newest thing said about a peer. */
  peer(name: string): Extract<Observation, { kind: 'peer' }> | undefined {
    return this.observations.findLast((one) => one.kind === 'peer' && one.peer === name) as never
  }

  async established(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const reached = (): boolean => this.peer(name)?.state === 'Established'
      await until(`peer ${name} to be established`, reached, { timeout: 30_000 })
    }
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#child.kill(name)
  }

  async stop(): Promise<void> {
    this.signal('SIGCONT')
    this.#child.stdin?.end()
    await this.#exited
  }

  #hear(told: Told): void {
    if ('observation' in told) this.observations.push(told.observation)
    else {
      this.#answers.get(told.id)?.(told.result)
      this.#answers.delete(told.id)
    }
  }
}
