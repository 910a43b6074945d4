/* A Herald on each node of a segment, over one folder. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { NodeView } from '#app/node/view/node-view.ts'
import { until, type LabProcess } from '#lab/index.ts'
import type { Contender } from './contender.ts'
import { servedAddress, type Segment } from './segment.ts'

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export class Heralds implements Contender {
  readonly name = 'Herald'
  readonly rhythm = 25
  readonly folder: string
  readonly segment: Segment
  readonly #script: string
  readonly #flags: readonly string[]
  readonly #running = new Map<string, LabProcess>()

  /** `script`: the program; `flags`: the same for every node. */
  constructor(segment: Segment, script: string, flags: readonly string[] = []) {
    this.segment = segment
    this.#script = script
    this.#flags = flags
    this.folder = join(segment.lab.directory, 'lb')
    mkdirSync(this.folder)
    this.put('nodes.json', ...segment.names.map((name) => nodeObject(name, segment.node(name).address())))
    this.put('pools.json', pool, advertisement)
    this.put('service.json', service('web', servedAddress))
  }

  put(file: string, ...items: readonly object[]): void {
    writeFileSync(join(this.folder, file), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  }

  startOn(name: string): void {
    const node = this.segment.node(name)
    const quiet = ['--metrics-address', 'off', '--status-address', 'off']
    const argv = [this.#script, 'standalone', this.folder, '--node-name', name, ...quiet, ...this.#flags]
    const options = { name: `herald on ${name}`, log: this.#log(name) }
    this.#running.set(name, node.spawn([process.execPath, ...argv], options))
  }

  /** On every node. */
  async start(timeout = 60_000 + 3000 * this.segment.names.length): Promise<void> {
    for (const name of this.segment.names) this.startOn(name)
    await this.whole(timeout)
  }

  /** `herald COMMAND WHAT` on the folder. */
  run(command: string, what: string, ...flags: readonly string[]): Promise<Ran> {
    return new Promise((resolve) => {
      const argv = [this.#script, command, what, this.folder, ...flags]
      execFile(process.execPath, argv, (error, stdout, stderr) =>
        resolve({
          status: error === null ? 0 : Number(error.code),
          stdout,
          stderr,
        }),
      )
    })
  }

  freeze(name: string): void {
    this.process(name).freeze()
  }

  thaw(name: string): void {
    this.process(name).thaw()
  }

  pids(name: string): readonly number[] {
    return [this.process(name).pid]
  }

  /** Until every node knows every other as alive, and one serves. */
  async whole(timeout = 30_000): Promise<void> {
    const { names } = this.segment
    await until(
      'all members to be alive',
      () =>
        names.every((name) => this.view(name)?.members.filter(({ alive }) => alive).length === names.length),
      { timeout, interval: 5 * Math.max(names.length, 10) },
    ).catch((cause: unknown) => {
      throw new Error(`${String(cause)}\n${this.#lastWords()}`, { cause })
    })
    await until('one node to serve', () => this.owner(), { timeout })
  }

  process(name: string): LabProcess {
    const found = this.#running.get(name)
    if (found === undefined) throw new Error(`no herald was started on ${name}`)
    return found
  }

  view(name: string): NodeView | undefined {
    try {
      return JSON.parse(readFileSync(join(this.folder, '.herald/nodes', `${name}.json`), 'utf8')) as NodeView
    } catch {
      return undefined
    }
  }

  /** What any of them has said of a second answerer since then, in milliseconds of the epoch. */
  alarms(from: number): readonly string[] {
    const lines = this.segment.names.flatMap((name) => readFileSync(this.#log(name), 'utf8').split('\n'))
    return lines.filter((line) => {
      if (!line.includes('somebody else answers for an address of ours')) return false
      return Date.parse((JSON.parse(line) as { readonly ts: string }).ts) >= from
    })
  }

  /** The only one that says it serves. */
  owner(): string | undefined {
    const serving = this.segment.names.filter((name) =>
      this.view(name)?.announcements.some(
        ({ address, phase }) => address === servedAddress && phase === 'serving',
      ),
    )
    return serving.length === 1 ? serving[0] : undefined
  }

  #log(name: string): string {
    return join(this.segment.node(name).directory, 'herald.log')
  }

  #lastWords(): string {
    const words = ([name, { lines }]: [string, LabProcess]) => `--- ${name}\n${lines.slice(-8).join('\n')}`
    return [...this.#running].map(words).join('\n')
  }
}

function nodeObject(name: string, address: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }
}

const pool = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'lan', namespace: 'metallb-system' },
  spec: { addresses: ['10.20.255.0/24', '10.20.224.0/20'] },
}

const advertisement = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'L2Advertisement',
  metadata: { name: 'lan', namespace: 'metallb-system' },
  // The nodes' other interface leads to the backend.
  spec: { interfaces: ['eth0'] },
}

export function service(name: string, address?: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'default',
      ...(address === undefined ? {} : { annotations: { 'metallb.io/loadBalancerIPs': address } }),
    },
    spec: { type: 'LoadBalancer', ports: [{ port: 9999, protocol: 'UDP' }] },
  }
}
