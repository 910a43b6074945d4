/* Heralds on the nodes of a lab that share one folder, and what they write there about themselves. */
import { readFileSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { NodeView } from '#app/node/view/node-view.ts'
import {
  bridgeTopology,
  createLab,
  recordSecret,
  until,
  type Lab,
  type LabNode,
  type LabProcess,
} from '#lab/index.ts'
import type { Program } from './program.ts'

const names = ['node1', 'node2', 'node3'] as const
export type NodeName = (typeof names)[number]

export class Cluster {
  readonly lab: Lab
  readonly folder: string
  readonly heralds = new Map<string, LabProcess>()
  private readonly script: string

  static async make(program: Program): Promise<Cluster> {
    const lab = await createLab(bridgeTopology({ nodes: names, pods: false }))
    const cluster = new Cluster(lab, program.script)
    await mkdir(cluster.folder)
    await cluster.put('nodes.yaml', ...names.map((name) => nodeManifest(name, lab.node(name))))
    return cluster
  }

  private constructor(lab: Lab, script: string) {
    this.lab = lab
    this.script = script
    this.folder = join(lab.directory, 'lb')
  }

  get client(): LabNode {
    return this.lab.node('client')
  }

  /** Patient heartbeats: these tests are about what happens, and a busy machine must not look like a dead one. */
  start(name: NodeName, ...flags: readonly string[]): LabProcess {
    const node = this.lab.node(name)
    const command = [this.script, 'standalone', this.folder, '--node-name', name]
    const argv = [process.execPath, ...command, '--heartbeat-timeout', '1s', ...flags]
    const herald = node.spawn(argv, { name: `herald on ${name}`, log: join(node.directory, 'herald.log') })
    this.heralds.set(name, herald)
    return herald
  }

  async startAll(...flags: readonly string[]): Promise<void> {
    for (const name of names) this.start(name, ...flags)
    for (const name of names) await this.ready(name)
    recordSecret(readFileSync(join(this.folder, '.herald/heartbeat.key'), 'utf8').trim())
    await this.until('all members to be alive', () =>
      names.every((name) => this.view(name)?.members.every(({ alive }) => alive)),
    )
  }

  herald(name: string): LabProcess {
    const found = this.heralds.get(name)
    if (found === undefined) throw new Error(`no herald was started on ${name}`)
    return found
  }

  run(...argv: readonly string[]) {
    return this.client.exec([process.execPath, this.script, ...argv])
  }

  /** Each object is one document of the file. */
  async put(file: string, ...objects: readonly object[]): Promise<void> {
    await this.write(file, objects.map((object) => `${JSON.stringify(object)}\n---\n`).join(''))
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(join(this.folder, file)), { recursive: true })
    await writeFile(join(this.folder, file), content)
  }

  remove(file: string): Promise<void> {
    return rm(join(this.folder, file))
  }

  view(name: string): NodeView | undefined {
    try {
      return JSON.parse(readFileSync(join(this.folder, '.herald/nodes', `${name}.json`), 'utf8')) as NodeView
    } catch {
      return undefined
    }
  }

  /** Waits for something in the views; a Herald that ended meanwhile says why. */
  until<T>(what: string, probe: () => T | Promise<T>, timeout = 15_000) {
    return until(what, probe, { timeout }).catch((cause: unknown) => {
      throw new Error(`${String(cause)}\n${this.lastWords()}`, { cause })
    })
  }

  private lastWords(): string {
    const words = ([name, { lines }]: [string, LabProcess]) => `--- ${name}\n${lines.slice(-20).join('\n')}`
    return [...this.heralds].map(words).join('\n')
  }

  async ready(name: string): Promise<void> {
    const { pid } = this.herald(name)
    await this.until(`${name} (${pid}) to be ready`, () => {
      const view = this.view(name)
      return view?.readiness.ready === true && view.role !== 'stopped'
    })
  }

  /** The addresses of a Service once every running Herald agrees on them. */
  async addresses(service: string, among: readonly string[] = names): Promise<readonly string[]> {
    return this.until(`addresses of ${service}`, () => {
      const found = among.map(
        (name) => this.view(name)?.services.find((one) => one.service === service)?.addresses ?? [],
      )
      return (
        found.every((addresses) => addresses.length > 0 && addresses.join() === found[0]?.join()) && found[0]
      )
    })
  }

  serving(name: string, address: string): boolean {
    const targets = this.view(name)?.announcements ?? []
    return targets.some((target) => target.address === address && target.phase === 'serving')
  }

  /** The one node that serves the address, once it is exactly one. */
  async owner(address: string, among: readonly string[] = names): Promise<NodeName> {
    const owner = await this.until(`one owner of ${address} among ${among.join(', ')}`, () => {
      const owners = among.filter((name) => this.serving(name, address))
      return owners.length === 1 && owners[0]
    })
    return owner as NodeName
  }

  /** The one process that allocates. */
  async allocator(among: readonly string[] = names): Promise<NodeName> {
    const found = await this.until(`one allocator among ${among.join(', ')}`, () => {
      const holders = among.filter((name) => this.view(name)?.role === 'allocating')
      return holders.length === 1 && holders[0]
    })
    return found as NodeName
  }

  /** Hardware addresses that answer an ARP question, each once. */
  async answerers(address: string): Promise<readonly string[]> {
    const { stdout } = await this.client.exec([
      'arping',
      '-c',
      '3',
      '-W',
      '0.15',
      '-w',
      '1',
      '-I',
      'eth0',
      address,
    ])
    const macs = stdout.match(/([0-9a-f]{2}:){5}[0-9a-f]{2}/gi) ?? []
    return [...new Set(macs.map((mac) => mac.toLowerCase()))]
  }

  /** The one node that serves the address and alone answers ARP questions for it, once that is so. */
  async soleAnswerer(address: string, among: readonly string[] = names): Promise<NodeName> {
    const sole = await this.until(`one of ${among.join(', ')} alone to answer for ${address}`, async () => {
      const owners = among.filter((name) => this.serving(name, address))
      const macs = await this.answerers(address)
      const [owner = ''] = owners
      if (owners.length === 1 && macs.join() === this.lab.node(owner).mac()) return owner
      throw new Error(
        `answered by ${macs.join(', ') || 'nobody'}, served by ${owners.join(', ') || 'nobody'}`,
      )
    })
    return sole as NodeName
  }

  stateFiles(): Promise<string[]> {
    return readdir(join(this.folder, '.herald'))
  }

  dispose(): Promise<void> {
    return this.lab.dispose()
  }
}

export const others = (name: string): NodeName[] => names.filter((other) => other !== name)

function nodeManifest(name: string, node: LabNode): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: {
      addresses: [
        { type: 'InternalIP', address: node.address('IPv4') },
        { type: 'InternalIP', address: node.address('IPv6') },
      ],
    },
  }
}

export function pool(name: string, ...addresses: readonly string[]): object {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace: 'metallb-system' },
    spec: { addresses },
  }
}

export function l2Advertisement(name: string, spec: object = {}): object {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name, namespace: 'metallb-system' },
    spec,
  }
}

export function service(name: string, annotations: Readonly<Record<string, string>> = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  }
}
