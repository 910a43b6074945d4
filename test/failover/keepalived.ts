/* keepalived (VRRP) on every node of a segment, for the same address. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { until, type LabProcess } from '#lab/index.ts'
import type { Contender } from './contender.ts'
import { servedAddress, type Segment } from './segment.ts'

export interface Vrrp {
  /** Seconds between advertisements; keepalived's default is 1. Parts of a second need VRRP version 3. */
  readonly advertise: number
}

export class Keepalived implements Contender {
  readonly name: string
  readonly rhythm: number
  readonly #segment: Segment
  readonly #vrrp: Vrrp
  readonly #running = new Map<string, LabProcess>()

  constructor(segment: Segment, vrrp: Vrrp) {
    this.#segment = segment
    this.#vrrp = vrrp
    this.rhythm = vrrp.advertise * 1000
    this.name = `keepalived, advertisements each ${vrrp.advertise * 1000} ms`
  }

  async start(): Promise<void> {
    for (const [index, name] of this.#segment.names.entries()) this.#startOn(name, 250 - index)
    await this.whole()
  }

  #startOn(name: string, priority: number): void {
    const node = this.#segment.node(name)
    const file = join(node.directory, 'keepalived.conf')
    writeFileSync(file, configOf(name, priority, this.#vrrp))
    const pids = ['--pid', join(node.directory, 'k.pid'), '--vrrp_pid', join(node.directory, 'v.pid')]
    const argv = ['keepalived', '--dont-fork', '--log-console', '--vrrp', '-f', file, ...pids]
    this.#running.set(name, node.spawn(argv, { log: join(node.directory, 'keepalived.log') }))
  }

  freeze(node: string): void {
    for (const pid of this.pids(node)) process.kill(pid, 'SIGSTOP')
  }

  thaw(node: string): void {
    for (const pid of this.pids(node)) process.kill(pid, 'SIGCONT')
  }

  /** Those behind the first count as ready: they are in BACKUP from their first second on. */
  async whole(): Promise<void> {
    const [first = ''] = this.#segment.names
    await until('the first node to have the address', async () => {
      const links = await this.#segment.node(first).links()
      return links.some(({ addr_info }) => addr_info.some(({ local }) => local === servedAddress))
    })
  }

  /** The parent and its VRRP process. */
  pids(node: string): readonly number[] {
    const parent = this.#running.get(node)
    if (parent === undefined) throw new Error(`no keepalived was started on ${node}`)
    const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8')
    return [parent.pid, ...children.trim().split(' ').filter(Boolean).map(Number)]
  }
}

function configOf(name: string, priority: number, { advertise }: Vrrp): string {
  return `global_defs {
  router_id ${name}
  vrrp_version ${advertise < 1 ? 3 : 2}
}
vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int ${advertise}
  virtual_ipaddress {
    ${servedAddress}/32
  }
}
`
}
