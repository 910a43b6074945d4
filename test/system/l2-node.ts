/*
 * The l2 plugin in a process of its own, inside a node's namespace: the test's end of it. The other end is in
 * l2-obey.ts; they talk in JSON lines over the process's standard streams.
 */
import { createInterface } from 'node:readline'
import { spawn, type ChildProcess } from 'node:child_process'

import type { AnnouncerStatus, Observation, Stage } from '#core/announcer.ts'
import type { LabNode } from '#lab/index.ts'

export interface WantedTarget {
  readonly address: string
  /** Default `serve`. */
  readonly stage?: Stage
  readonly interfaces?: readonly string[]
  /** Nobody can have answered for it. */
  readonly fresh?: boolean
}

export type Command =
  | {
      readonly op: 'reconcile'
      readonly targets: readonly WantedTarget[]
      /** Other nodes' addresses. */
      readonly watched?: readonly string[]
    }
  | { readonly op: 'revoke'; readonly address: string }
  | { readonly op: 'value'; readonly metric: string; readonly ip: string }
  /** Keeps the main thread busy until this file exists; says so by making another that ends in `.busy`. */
  | { readonly op: 'busy'; readonly until: string }

export type Told = { readonly observation: Observation } | { readonly id: number; readonly result: unknown }

export class L2Node {
  readonly observations: Observation[] = []
  readonly #child: ChildProcess
  readonly #answers = new Map<number, (result: unknown) => void>()
  readonly #exited: Promise<void>
  #id = 0

  /** `script`: the bundle of l2-harness.ts, or of anything that runs `obeyStandardInput` when given `args`. */
  constructor(node: LabNode, script: string, ...args: readonly string[]) {
    const [file = '', ...rest] = node.argv([process.execPath, script, ...args])
    this.#child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()))
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) =>
        this.#hear(JSON.parse(line) as Told),
      )
  }

  async reconcile(...targets: readonly (WantedTarget | string)[]): Promise<AnnouncerStatus> {
    const wanted = targets.map((target) => (typeof target === 'string' ? { address: target } : target))
    return (await this.ask({ op: 'reconcile', targets: wanted })) as AnnouncerStatus
  }

  /** Announces nothing, and watches over other nodes' addresses. */
  async watch(...watched: readonly string[]): Promise<void> {
    await this.ask({ op: 'reconcile', targets: [], watched })
  }

  /** Closes the fence of one address, without telling the plugin. */
  async revoke(address: string): Promise<void> {
    await this.ask({ op: 'revoke', address })
  }

  async value(metric: string, ip: string): Promise<number> {
    return (await this.ask({ op: 'value', metric, ip })) as number
  }

  ask(command: Command): Promise<unknown> {
    const id = this.#id++
    return new Promise((resolve, reject) => {
      this.#answers.set(id, resolve)
      void this.#exited.then(() => reject(new Error('the l2 node ended')))
      this.#child.stdin?.write(`${JSON.stringify({ id, command })}\n`)
    })
  }

  /** Observations of one kind. */
  seen<K extends Observation['kind']>(kind: K): readonly Extract<Observation, { kind: K }>[] {
    return this.observations.filter(
      (observation): observation is Extract<Observation, { kind: K }> => observation.kind === kind,
    )
  }

  async stop(): Promise<void> {
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
