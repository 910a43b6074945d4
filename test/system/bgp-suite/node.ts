/* Herald on the node of the fabric, one backend and one folder; and what it says about itself. */
import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { NodeView } from '#app/node/view/node-view.ts'
import { until, type LabNode, type LabProcess } from '#lab/index.ts'

import type { Program } from '../program.ts'

export interface HeraldOptions {
  readonly node: LabNode
  readonly program: Program
  readonly backend: string
  /** Of plugins, by name. */
  readonly plugins: Readonly<Record<string, unknown>>
  /** More of the command line. */
  readonly flags?: readonly string[]
}

export class Herald {
  readonly folder: string
  readonly #options: HeraldOptions
  #process: LabProcess | undefined

  constructor(options: HeraldOptions) {
    this.#options = options
    this.folder = join(options.node.directory, 'lb')
  }

  /** Each object is one document of the file. */
  async put(file: string, ...objects: readonly object[]): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    const text = objects.map((object) => `${JSON.stringify(object)}\n---\n`).join('')
    await writeFile(join(this.folder, file), text)
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.folder, file))
  }

  async start(): Promise<void> {
    const { node, program, backend, plugins, flags: more = [] } = this.#options
    const config = join(node.directory, 'herald-config.yaml')
    await writeFile(config, JSON.stringify({ plugins }))
    const flags = ['--node-name', node.name, '--bgp-backend', backend, '--config', config, ...more]
    const argv = [process.execPath, program.script, 'standalone', this.folder, ...flags]
    this.#process = node.spawn(argv, {
      name: `herald on ${node.name}`,
      log: join(node.directory, 'herald.log'),
    })
  }

  get process(): LabProcess {
    if (this.#process === undefined) throw new Error('Herald was not started')
    return this.#process
  }

  view(): NodeView | undefined {
    try {
      const file = join(this.folder, '.herald/nodes', `${this.#options.node.name}.json`)
      return JSON.parse(readFileSync(file, 'utf8')) as NodeView
    } catch {
      return undefined
    }
  }

  peer(name: string): NodeView['peers'][number] | undefined {
    return this.view()?.peers.find(({ peer }) => peer === name)
  }

  target(address: string): NodeView['announcements'][number] | undefined {
    return this.view()?.announcements.find((one) => one.address === address)
  }

  /** Waits; when it takes too long, Herald's last words are in the error. */
  async until<T>(what: string, probe: () => T | Promise<T>, timeout = 20_000) {
    return until(what, probe, { timeout, interval: 50 }).catch((cause: unknown) => {
      const peers = this.view()?.peers.map(({ peer, state, message }) => `${peer}: ${state} ${message ?? ''}`)
      const problems = this.view()?.problems.map(
        ({ object, field, message }) => `${object} ${field}: ${message}`,
      )
      const words = [...(peers ?? []), ...(problems ?? []), ...this.process.lines.slice(-15)]
      throw new Error(`${String(cause)}\n${words.join('\n')}`, { cause })
    })
  }

  async established(...names: readonly string[]): Promise<void> {
    await this.until(`${names.join(', ')} to be established`, () =>
      names.every((name) => this.peer(name)?.state === 'Established'),
    )
  }
}
