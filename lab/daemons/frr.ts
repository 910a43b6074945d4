/*
 * FRR in a node: zebra, bgpd and what else is asked for, with every socket and file in the lab's directory. The
 * configuration is given through vtysh once the daemons answer, so that a line FRR does not take is an error.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../command.ts'
import type { LabNode } from '../node.ts'
import { renderFrr, type RouterOptions } from './bgp-router.ts'
import { mounted, overlay, type NewerProgram } from './newer.ts'
import { Daemon, type Program, socketAnswers } from './daemon.ts'

export interface FrrOptions extends RouterOptions {
  /** Besides zebra; default bgpd and bfdd. */
  readonly daemons?: readonly FrrDaemon[]
  /** Another release than the machine's. */
  readonly release?: NewerProgram
}

export type FrrDaemon = 'bgpd' | 'bfdd' | 'staticd'

/** The daemons drop root for this user, which Debian's package makes, and refuse to run as anybody else. */
const FRR_USER = 'frr:frr'

/** The flags of a socket that accepts connections (__SO_ACCEPTCON), as /proc/net/unix has them. */
const LISTENING = ' 00010000 '

export class Frr extends Daemon {
  readonly config: string
  readonly #daemons: readonly FrrDaemon[]
  readonly #release: NewerProgram | undefined

  constructor(node: LabNode, { config, daemons = ['bgpd', 'bfdd'], release }: FrrOptions) {
    super(node, 'frr')
    this.config = typeof config === 'string' ? config : renderFrr(config)
    this.#daemons = daemons
    this.#release = release
  }

  /** The command a person runs to talk to it. */
  get client(): readonly string[] {
    return this.node.argv(this.#vtysh())
  }

  /** Text of one or more commands, as a person at the router sees it. */
  vtysh(...commands: string[]): Promise<string> {
    return this.node.run([...this.#vtysh(), ...commands.flatMap((command) => ['-c', command])])
  }

  /** A `show …` command with `json` appended, parsed. */
  async showJson<T = unknown>(command: string): Promise<T> {
    return JSON.parse(await this.vtysh(`${command} json`)) as T
  }

  protected override async prepare(): Promise<void> {
    mkdirSync(join(this.directory, 'tmp'), { recursive: true })
    writeFileSync(join(this.directory, 'empty.conf'), '')
    writeFileSync(join(this.directory, 'vtysh.conf'), '')
    writeFileSync(join(this.directory, 'frr.conf'), this.config)
    await run(['chown', '-R', FRR_USER, this.directory])
  }

  protected override programs(): readonly Program[] {
    // zebra first: a daemon that does not find it tries again only ten seconds later.
    return ['zebra', ...this.#daemons].map((name) => ({
      name,
      argv: this.#argv(name),
      answers: () => this.#answers(name),
    }))
  }

  protected override async configure(): Promise<void> {
    await this.node.run([...this.#vtysh(), '-f', join(this.directory, 'frr.conf')])
  }

  async #answers(name: string): Promise<boolean> {
    if (!(await socketAnswers(join(this.directory, `${name}.vty`)))) return false
    return name !== 'zebra' || this.#listens('zserv.api')
  }

  /**
   * Whether somebody listens at a socket, found without calling there. Zebra of FRR 10.3 drops the routes that it has
   * read from the kernel and not gone through yet whenever any client of that socket leaves, and never reads them again:
   * a connection that only looks for an answer would cost it its connected routes, and bgpd every next hop.
   */
  async #listens(file: string): Promise<boolean> {
    const path = join(this.directory, file)
    const sockets = await this.node.run(['cat', '/proc/net/unix'])
    return sockets.split('\n').some((line) => line.endsWith(` ${path}`) && line.includes(LISTENING))
  }

  /** Crash logs go to a compiled-in place below /var/tmp, so that is covered, for this process alone. */
  #argv(name: string): string[] {
    const at = (file: string): string => join(this.directory, file)
    const files = [
      '--vty_socket',
      this.directory,
      '-i',
      at(`${name}.pid`),
      '-z',
      at('zserv.api'),
      '-f',
      at('empty.conf'),
    ]
    // FRR 10 has no such socket any more.
    const own = name === 'bfdd' && this.#release === undefined ? ['--bfdctl', at('bfdd.sock')] : []
    const argv = [name, ...files, '-P', '0', '--log', 'stdout', ...own]
    return mounted([`mount -n --bind '${at('tmp')}' /var/tmp`, ...overlay(this.#release)], argv)
  }

  #vtysh(): string[] {
    return mounted(overlay(this.#release), [
      'vtysh',
      '--config_dir',
      this.directory,
      '--vty_socket',
      this.directory,
    ])
  }
}
