/*
 * A cluster in which both halves of Herald run, or of MetalLB: a controller, and a speaker that announces by ARP and to an
 * FRR router.
 */
import type { Address } from '#core/model/address.ts'
import { Frr, until, type KubeCluster, type LabNode, type LabProcess } from '#lab/index.ts'

import { arpQuestion } from './arp-question.ts'
import { controllerPort, metricSum, type Contender } from './contenders.ts'
import { inNamespace } from './in-namespace.ts'

export const services = '/api/v1/namespaces/default/services'
/** In the order of the pool, which the names of the Services are turned in. */
export const addressOf = (index: number): Address => `198.18.${index >> 8}.${index & 255}` as Address
export const balanced = { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } }

export interface Halves {
  readonly cluster: KubeCluster
  readonly contender: Contender
  readonly controller: LabProcess
  readonly speaker: LabProcess
}

/** Settles when the controller allocates and the session to the router is up. */
export async function startHalves(cluster: KubeCluster, contender: Contender): Promise<Halves> {
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
  const controller = await startController(cluster, contender, 'control-plane')
  const speaker = cluster.spawn('node1', await contender.speaker(cluster, node), 'speaker')
  // MetalLB has a second series for the peer, without its port, which stays 0.
  await until('the session', async () => (await metric(node, 'metallb_bgp_session_up{')).includes(1), {
    timeout: 60_000,
  })
  return { cluster, contender, controller, speaker }
}

/** Settles when it allocates. */
export async function startController(
  cluster: KubeCluster,
  { controller: argv, allocates }: Contender,
  place: string,
): Promise<LabProcess> {
  const controller = cluster.spawn(place, argv, 'controller')
  const node = cluster.node(place)
  await until(
    'the controller to allocate',
    async () => (await metricSum(node, controllerPort, allocates)) === 1,
    { timeout: 60_000 },
  )
  return controller
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
  firstAnswer(patience = 30_000): Promise<number> {
    const began = performance.now()
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        const now = performance.now()
        const heard = this.#socket.receive() !== undefined
        const late = now - began > patience
        if (heard || late) clearInterval(timer)
        else this.#socket.send(this.#request)
        if (heard) resolve(now)
        else if (late) reject(new Error(`no ARP answer within ${patience} ms`))
      }, 1)
    })
  }

  close(): void {
    this.#socket.close()
  }
}
