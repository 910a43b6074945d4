/*
 * Who takes part in a benchmark: Herald, and with METALLB_BIN=DIR the real MetalLB (`controller` and `speaker` in that
 * folder; how they are built: docs/performance.md), in the same scenario and the same run, on a control plane of its own.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { KubeCluster, LabNode } from '#lab/index.ts'

import type { BenchResult } from '../result.ts'

export type Row = BenchResult['rows'][number]

/** Of a controller; a speaker has its own, 7472. */
export const controllerPort = 17_472

/** A metric's name, and what its labels contain. */
interface Series {
  readonly name: string
  readonly part?: string
}

export interface Contender {
  readonly name: 'Herald' | 'MetalLB'
  readonly controller: readonly string[]
  /** 1 once the controller allocates. */
  readonly allocates: Series
  /** How many Services its controller has given an address. */
  readonly addressed: Series
  /** Command line of the speaker of this node, after what it needs was made. */
  speaker(cluster: KubeCluster, node: LabNode): Promise<readonly string[]>
  /** How its requests name it in an audit log. */
  readonly userAgent: string
}

const script = fileURLToPath(new URL('herald.js', import.meta.url))
const requests = 'herald_api_requests_total'

export const herald: Contender = {
  name: 'Herald',
  controller: [process.execPath, script, 'controller', '--pod-name', 'bench', '--port', `${controllerPort}`],
  allocates: { name: 'herald_allocator_holder' },
  addressed: { name: requests, part: 'resource="services/status",code="200"' },
  userAgent: '"userAgent":"herald',
  async speaker(_cluster, node) {
    const [state, key] = [join(node.directory, 'state'), join(node.directory, 'heartbeat.key')]
    mkdirSync(state, { recursive: true })
    writeFileSync(key, 'a key of this bench', { mode: 0o600 })
    const files = ['--state', state, '--heartbeat-key-file', key]
    return [process.execPath, script, 'speaker', '--node-name', node.name, ...files]
  },
}

/** Alone on its node: without memberlist. Without webhooks, which need a Service of their own. */
function metalLb(folder: string): Contender {
  for (const program of ['controller', 'speaker'])
    if (!existsSync(join(folder, program)))
      throw new Error(
        `METALLB_BIN: found no ${program} in ${folder}; docs/performance.md says how it is built`,
      )
  const namespace = 'metallb-system'
  const controllerFlags = ['--webhook-mode', 'disabled', '--port', `${controllerPort}`]
  return {
    name: 'MetalLB',
    controller: [join(folder, 'controller'), '--namespace', namespace, ...controllerFlags],
    allocates: { name: 'metallb_k8s_client_config_loaded_bool' },
    addressed: { name: 'metallb_allocator_addresses_in_use_total' },
    userAgent: '"userAgent":"speaker',
    async speaker(cluster, node) {
      // It asks for its own Pod, who owns its status objects.
      const pod = `speaker-${node.name}`
      if ((await cluster.api.find(`/api/v1/namespaces/${namespace}/pods/${pod}`)) === undefined)
        await cluster.addPod({ name: pod, node: node.name, namespace, labels: { component: 'speaker' } })
      const flags = ['--namespace', namespace, '--pod-name', pod, '--node-name', node.name]
      return [join(folder, 'speaker'), ...flags]
    },
  }
}

const folder = process.env['METALLB_BIN']
export const peer = folder === undefined ? undefined : metalLb(folder)

/** A row with MetalLB's figure of a run elsewhere, which stands there as long as MetalLB does not take part. */
export interface Compared extends Row {
  readonly elsewhere?: string
}

/** Herald's rows; what MetalLB measured under the same name joins the anchor. */
export async function besideMetalLb(
  measure: (contender: Contender) => Promise<readonly Compared[]>,
): Promise<Row[]> {
  const own = await measure(herald)
  const other = peer && new Map((await measure(peer)).map(({ what, value }) => [what, value]))
  return own.map(({ elsewhere, anchor, ...row }) => {
    const absent = elsewhere === undefined ? undefined : `${elsewhere}, not of this run`
    const figure = other === undefined ? absent : other.get(row.what)
    const anchors = [anchor, figure === undefined ? undefined : `MetalLB ${figure}`]
    return { ...row, anchor: anchors.filter((text) => text !== undefined).join('; ') }
  })
}

/** As a person types it to have the same once more. */
export function commandOf(text: string): string {
  return peer === undefined ? text : `METALLB_BIN=DIR ${text}`
}

/** The sum of all series of that name, of whoever listens there. */
export async function metricSum(node: LabNode, port: number, { name, part = '' }: Series): Promise<number> {
  const { stdout } = await node.exec(['curl', '-sf', `http://127.0.0.1:${port}/metrics`])
  return sumOf(stdout, { name, part })
}

export function sumOf(metrics: string, { name, part = '' }: Series): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith(name) && line.includes(part))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
