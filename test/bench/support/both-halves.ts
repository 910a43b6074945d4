/*
 * A cluster in which both halves of Herald run: a controller, and a speaker that announces by ARP and to an FRR router.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Address } from '#core/model/address.ts'
import { Frr, until, type KubeCluster, type LabNode, type LabProcess } from '#lab/index.ts'

import { arpQuestion } from './arp-question.ts'
import { inNamespace } from './in-namespace.ts'

const herald = fileURLToPath(new URL('herald.js', import.meta.url))
export const services = '/api/v1/namespaces/default/services'
/** In the order of the pool, which the names of the Services are turned in. */
export const addressOf = (index: number): Address => `198.18.${index >> 8}.${index & 255}` as Address
export const balanced = { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } }

export interface Halves {
  readonly cluster: KubeCluster
  readonly controller: LabProcess
  readonly speaker: LabProcess
}

/** Settles when the controller allocates and the session to the router is up. */
export async function startHalves(cluster: KubeCluster): Promise<Halves> {
  const node = cluster.node('node1')
  const tor = { myASN: 64_513, peerASN: 64_512, peerAddress: '192.168.8.1' }
  const neighbors = [{ address: node.address(), asn: tor.myASN }]
  const config = { asn: tor.peerASN, routerId: tor.peerAddress, neighbors }
  await new Frr(cluster.node('router'), { config }).start()
  const own = (kind: string, spec: object, version = 'v1beta1'): object => ({
    apiVersion: `metallb.io/${version}`,
    kind,
    metadata: { name: 'bench', namespace: 'metallb-system' },
    spec,
  })
  await cluster.apply(own('L2Advertisement', {}), own('BGPAdvertisement', {}), own('BGPPeer', tor, 'v1beta2'))
  const [state, key] = [join(node.directory, 'state'), join(node.directory, 'heartbeat.key')]
  mkdirSync(state)
  writeFileSync(key, 'a key of this bench', { mode: 0o600 })
  const argv = [process.execPath, herald]
  const controllerFlags = ['controller', '--pod-name', 'bench', '--metrics-address', 'off']
  const controller = cluster.spawn('control-plane', [...argv, ...controllerFlags], 'controller')
  const files = ['--node-name', 'node1', '--state', state, '--heartbeat-key-file', key]
  const speaker = cluster.spawn('node1', [...argv, 'speaker', ...files], 'speaker')
  await until('a leader', () => controller.output.includes('"msg":"allocating"'), { timeout: 60_000 })
  await until('the session', async () => (await metric(node, 'metallb_bgp_session_up{')).at(0) === 1, {
    timeout: 60_000,
  })
  return { cluster, controller, speaker }
}

/** Values of all series whose lines begin so. */
export async function metric(node: LabNode, begin: string): Promise<number[]> {
  return (await metricLines(node, begin)).map((line) => Number(line.split(' ').at(-1)))
}

export async function metricLines(node: LabNode, begin: string): Promise<string[]> {
  const { stdout } = await node.exec(['curl', '-sf', 'http://127.0.0.1:7472/metrics'])
  return stdout.split('\n').filter((line) => line.startsWith(begin))
}

/** Asks for one address each millisecond, over a packet socket of the client that hears the answers only. */
export class Asker {
  readonly #socket
  readonly #request: Uint8Array

  constructor(client: LabNode, address: Address) {
    const { socket, request } = inNamespace(client.netnsPath, () => arpQuestion(client, address))
    this.#socket = socket
    this.#request = request
  }

  /** The moment, as `performance.now` has it. */
  firstAnswer(): Promise<number> {
    const began = performance.now()
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        const now = performance.now()
        const heard = this.#socket.receive() !== undefined
        const late = now - began > 30_000
        if (heard || late) clearInterval(timer)
        else this.#socket.send(this.#request)
        if (heard) resolve(now)
        else if (late) reject(new Error('no ARP answer within 30 s'))
      }, 1)
    })
  }

  close(): void {
    this.#socket.close()
  }
}
