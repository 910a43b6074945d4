/* The ready-made topologies, brought up whole: what `herald lab` lists and starts for a person to play with. */
import { newRouter, type RouterKind } from '../daemons/router.ts'
import type { Forward } from '../forward.ts'
import { createLab, type Lab } from '../lab.ts'
import type { Feature } from '../requirements.ts'
import type { LabSpec } from '../spec.ts'
import { bridgeTopology } from './bridge.ts'
import { podNetwork, startPods } from './pods.ts'
import { routedBgp, routedTopology } from './routed.ts'

export interface Topology {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** What it needs besides namespaces. */
  features(options: StartOptions): readonly Feature[]
  start(options: StartOptions): Promise<StartedTopology>
}

export interface StartOptions {
  /** What the router runs, where there is one. */
  readonly router: RouterKind
  /** Service addresses whose traffic every node sends to the pods, on port 8080. */
  readonly services: readonly Pick<Forward, 'address' | 'port' | 'protocol'>[]
}

export interface StartedTopology {
  readonly lab: Lab
  /** Commands worth trying. */
  readonly hints: readonly Hint[]
}

export interface Hint {
  readonly command: string
  /** Completes "To …:". */
  readonly to: string
}

export const TOPOLOGIES: readonly Topology[] = [
  {
    name: 'bridge',
    summary: 'three nodes with a pod each and a client on one L2 segment, for ARP and NDP',
    features: ({ services }) => forwarding(services),
    start: startBridge,
  },
  {
    name: 'routed',
    summary: 'two nodes on two subnets with a BGP router (AS 7675) between them',
    features: ({ router, services }) => [router, ...forwarding(services)],
    start: startRouted,
  },
]

const BRIDGE_NODES = ['node1', 'node2', 'node3']
const ROUTED_NODES: [string, string] = ['node1', 'node2']

function startBridge({ services }: StartOptions): Promise<StartedTopology> {
  return bringUp(bridgeTopology({ nodes: BRIDGE_NODES }), async (lab) => {
    await serve(lab, BRIDGE_NODES, services)
    const command = lab.node('client').argv(['ip', 'neigh'])
    return [{ command: command.join(' '), to: 'see which node answers for an address' }]
  })
}

function startRouted({ router: kind, services }: StartOptions): Promise<StartedTopology> {
  return bringUp(routedTopology({ nodes: ROUTED_NODES }), async (lab) => {
    await serve(lab, ROUTED_NODES, services)
    const router = newRouter(kind, lab.node('router'), routedBgp())
    await router.start()
    return [{ command: router.client.join(' '), to: `talk to ${kind}` }]
  })
}

/** A lab whose furnishing fails is removed again. */
async function bringUp(
  spec: LabSpec,
  furnish: (lab: Lab) => Promise<readonly Hint[]>,
): Promise<StartedTopology> {
  const lab = await createLab(spec)
  try {
    return { lab, hints: await furnish(lab) }
  } catch (error) {
    await lab.dispose()
    throw error
  }
}

/** Forwards each service to the pods of its family on every node. */
async function serve(lab: Lab, nodes: readonly string[], services: StartOptions['services']): Promise<void> {
  await startPods(lab, nodes, { udpPorts: [8080] })
  for (const service of services) {
    const v6 = service.address.includes(':')
    const backends = nodes.map((_, index) => ({
      address: podNetwork(index)[v6 ? 'pod6' : 'pod'],
      port: 8080,
    }))
    await Promise.all(nodes.map((name) => lab.node(name).forwardService({ ...service, backends })))
  }
}

function forwarding(services: StartOptions['services']): Feature[] {
  return services.length > 0 ? ['nft'] : []
}
