/*
 * GoBGP in a node. It keeps routes to itself: nothing reaches the node's kernel. With an empty configuration BGP waits
 * to be started over the API.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LabNode } from '../node.ts'
import { renderGoBgp, type RouterOptions } from './bgp-router.ts'
import { mounted, overlay, type NewerProgram } from './newer.ts'
import { Daemon, socketAnswers, type Program } from './daemon.ts'

export interface GoBgpOptions extends RouterOptions {
  /** Another release than the machine's. */
  readonly release?: NewerProgram
}

export class GoBgp extends Daemon {
  readonly config: string

  readonly #release: NewerProgram | undefined

  constructor(node: LabNode, { config, release }: GoBgpOptions) {
    super(node, 'gobgp')
    this.#release = release
    this.config = typeof config === 'string' ? config : renderGoBgp(config)
  }

  /** What a person puts arguments behind to talk to it. */
  get client(): readonly string[] {
    return this.node.argv(this.#gobgp())
  }

  /** `gobgp -j ARGS`, parsed: `['global', 'rib']`, `['neighbor']`. */
  async gobgp<T = unknown>(...args: string[]): Promise<T> {
    return JSON.parse(await this.node.run([...this.#gobgp(), '-j', ...args])) as T
  }

  /** The gRPC API listens here, and nowhere else. */
  get apiSocket(): string {
    return join(this.directory, 'api.sock')
  }

  protected override async prepare(): Promise<void> {
    // A killed gobgpd leaves its socket, and the next one would not bind.
    if (!(await socketAnswers(this.apiSocket))) rmSync(this.apiSocket, { force: true })
    writeFileSync(join(this.directory, 'gobgpd.toml'), this.config, { mode: 0o600 })
  }

  protected override programs(): readonly Program[] {
    const api = ['--api-hosts', `unix://${this.apiSocket}`, '--pprof-disable']
    const file = this.config === '' ? [] : ['-f', join(this.directory, 'gobgpd.toml')]
    const argv = mounted(overlay(this.#release), ['gobgpd', ...file, ...api])
    return [{ name: 'gobgpd', argv, answers: async () => (await this.gobgp('global')) !== undefined }]
  }

  #gobgp(): string[] {
    return mounted(overlay(this.#release), ['gobgp', '--target', `unix://${this.apiSocket}`])
  }
}
