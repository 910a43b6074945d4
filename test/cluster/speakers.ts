/* Speakers on the nodes of a cluster, and what the tests see of them. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { until, type ApiObject, type KubeCluster, type LabNode, type LabProcess } from '#lab/index.ts'

import type { Program } from '../system/program.ts'

const metricsUrl = 'http://127.0.0.1:7472'

type Wrapped = Readonly<Record<string, (argv: readonly string[]) => readonly string[]>>

export class Speakers {
  readonly cluster: KubeCluster
  private readonly script: string
  private readonly processes = new Map<string, LabProcess>()
  private readonly keyFile: string
  private readonly wrapped: Wrapped

  /** `wrapped`: by node, what its command line becomes. */
  constructor(cluster: KubeCluster, program: Program, wrapped: Wrapped = {}) {
    this.cluster = cluster
    this.script = program.script
    this.wrapped = wrapped
    this.keyFile = join(cluster.lab.directory, 'heartbeat.key')
    writeFileSync(this.keyFile, 'a s3cret that the nodes of this lab share', { mode: 0o600 })
  }

  /** Patient heartbeats: a busy machine must not look like a dead node. */
  start(node: string, ...flags: readonly string[]): LabProcess {
    const state = join(this.cluster.node(node).directory, 'state')
    mkdirSync(state, { recursive: true })
    const files = ['--state', state, '--heartbeat-key-file', this.keyFile]
    const argv = [process.execPath, this.script, 'speaker', '--node-name', node, ...files]
    const patience = ['--heartbeat-timeout', '1s']
    const { [node]: wrap = (command: readonly string[]) => command } = this.wrapped
    const speaker = this.cluster.spawn(node, wrap([...argv, ...patience, ...flags]), 'speaker')
    this.processes.set(node, speaker)
    return speaker
  }

  async startAll(...flags: readonly string[]): Promise<void> {
    for (const node of this.cluster.nodes) this.start(node, ...flags)
    for (const node of this.cluster.nodes) await this.ready(node)
  }

  process(node: string): LabProcess {
    const found = this.processes.get(node)
    if (found === undefined) throw new Error(`no speaker was started on ${node}`)
    return found
  }

  ready(node: string): Promise<true> {
    return this.until(`the speaker of ${node} to be ready`, async () => {
      const { code } = await this.cluster.node(node).exec(['curl', '-sf', '-m', '2', `${metricsUrl}/readyz`])
      return code === 0
    })
  }

  /** When the snapshot was written last, in milliseconds. */
  snapshotOf(node: string): number | undefined {
    const file = join(this.cluster.node(node).directory, 'state/speaker.snapshot')
    return statSync(file, { throwIfNoEntry: false })?.mtimeMs
  }

  metrics(node: string): Promise<string> {
    return this.cluster.node(node).run(['curl', '-sf', '-m', '5', `${metricsUrl}/metrics`])
  }

  /** Waits for a condition; when it does not come, the speakers say what they know. */
  async until<T>(what: string, probe: () => T | Promise<T>, timeout = 20_000) {
    return until(what, probe, { timeout, interval: 50 }).catch((cause: unknown) => {
      const words = [...this.processes].map(
        ([node, { lines }]) => `--- ${node}\n${lines.slice(-15).join('\n')}`,
      )
      throw new Error(`${String(cause)}\n${words.join('\n')}`, { cause })
    })
  }

  /** Hardware addresses that answer an ARP question of the client, each once. */
  async answerers(
    address: string,
    client: LabNode = this.cluster.node('client'),
  ): Promise<readonly string[]> {
    const argv = ['arping', '-c', '3', '-W', '0.15', '-w', '1', '-I', 'eth0', address]
    const { stdout } = await client.exec(argv)
    const macs = stdout.match(/([0-9a-f]{2}:){5}[0-9a-f]{2}/gi) ?? []
    return [...new Set(macs.map((mac) => mac.toLowerCase()))]
  }

  /** The one node that answers for the address, once it is exactly one of these. */
  soleAnswerer(address: string, among: readonly string[] = this.cluster.nodes): Promise<string> {
    return this.until(`one of ${among.join(', ')} alone to answer for ${address}`, async () => {
      const macs = await this.answerers(address)
      const node = among.find((name) => this.cluster.node(name).mac() === macs[0])
      if (macs.length === 1 && node !== undefined) return node
      throw new Error(`answered by ${macs.join(', ') || 'nobody'}`)
    })
  }

  l2Statuses(): Promise<readonly ApiObject[]> {
    return this.cluster.api.list('/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses')
  }

  bgpStatuses(): Promise<readonly ApiObject[]> {
    return this.cluster.api.list('/apis/metallb.io/v1beta1/namespaces/metallb-system/servicebgpstatuses')
  }
}

/** What the controller writes, for tests of speakers alone. */
export async function assign(
  cluster: KubeCluster,
  name: string,
  ...addresses: readonly string[]
): Promise<void> {
  const status = { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } }
  await cluster.api.patch(`/api/v1/namespaces/default/services/${name}/status`, { status })
}

export function pool(name: string, ...addresses: readonly string[]): object {
  return own('IPAddressPool', name, { addresses })
}

export function l2Advertisement(name: string, spec: object = {}): object {
  return own('L2Advertisement', name, spec)
}

export function own(kind: string, name: string, spec: object, apiVersion = 'metallb.io/v1beta1'): object {
  return { apiVersion, kind, metadata: { name, namespace: 'metallb-system' }, spec }
}

export function service(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 8080 }],
      ...spec,
    },
  }
}
