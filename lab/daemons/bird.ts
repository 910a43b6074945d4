/* BIRD 2 in a node. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LabNode } from '../node.ts'
import { renderBird, type RouterOptions } from './bgp-router.ts'
import { Daemon, type Program } from './daemon.ts'

export class Bird extends Daemon {
  readonly config: string

  constructor(node: LabNode, { config }: RouterOptions) {
    super(node, 'bird')
    this.config = typeof config === 'string' ? config : renderBird(config)
  }

  /** The command a person runs to talk to it. */
  get client(): readonly string[] {
    return this.node.argv(this.#birdc())
  }

  /** The control client's answer to one command. */
  birdc(command: string): Promise<string> {
    return this.node.run([...this.#birdc(), ...command.split(' ')])
  }

  /** Has it read another configuration; sessions that are the same in both go on. */
  async reconfigure(config: string): Promise<void> {
    writeFileSync(this.#file, config, { mode: 0o600 })
    await this.birdc('configure')
  }

  protected override async prepare(): Promise<void> {
    writeFileSync(this.#file, this.config, { mode: 0o600 })
  }

  protected override programs(): readonly Program[] {
    const argv = ['bird', '-f', '-c', this.#file, '-s', this.#socket]
    return [
      {
        name: 'bird',
        argv,
        answers: async () => (await this.birdc('show status')).includes('up and running'),
      },
    ]
  }

  #birdc(): string[] {
    return ['birdc', '-s', this.#socket]
  }

  get #file(): string {
    return join(this.directory, 'bird.conf')
  }

  get #socket(): string {
    return join(this.directory, 'bird.ctl')
  }
}
