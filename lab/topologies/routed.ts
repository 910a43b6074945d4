/* Two subnets with a router between them: the walk-through's BGP half. */
import type { BgpNeighbor, BgpRouter } from '../daemons/bgp-router.ts'
import type { LabSpec, NodeSpec } from '../spec.ts'
import { podLeg, podsOf } from './pods.ts'

export interface RoutedOptions {
  /** Names of the two nodes. Default node1, node2. */
  readonly nodes?: readonly [string, string]
  /** A pod for each node, in a namespace of its own. Default true. */
  readonly pods?: boolean
  /** A client behind the router, 172.16.3.100. Default false: the router itself is the client. */
  readonly client?: boolean
}

/** The walk-through's AS numbers. */
export const ROUTER_ASN = 7675
export const NODE_ASN = 7776

/** Subnets 172.16.1.0/24 and 172.16.2.0/24 with IPv6 fd00:172:16:1::/64 and fd00:172:16:2::/64 beside them. */
const NODES = [
  {
    segment: 'net1',
    address: '172.16.1.11',
    address6: 'fd00:172:16:1::11',
    gateway: '172.16.1.1',
    gateway6: 'fd00:172:16:1::1',
  },
  {
    segment: 'net2',
    address: '172.16.2.21',
    address6: 'fd00:172:16:2::21',
    gateway: '172.16.2.1',
    gateway6: 'fd00:172:16:2::1',
  },
] as const

/** The node `router` is 172.16.1.1 on eth1 and 172.16.2.1 on eth2, as in the walk-through's routing table. */
export function routedTopology({
  nodes = ['node1', 'node2'],
  pods = true,
  client = false,
}: RoutedOptions = {}): LabSpec {
  const podSide = pods ? podsOf(nodes) : { segments: {}, nodes: {} }
  return {
    segments: { net1: {}, net2: {}, ...(client ? { net3: {} } : {}), ...podSide.segments },
    nodes: {
      router: routerNode(client),
      ...Object.fromEntries(nodes.map((name, index) => [name, routedNode(index, pods)])),
      ...(client ? { client: CLIENT } : {}),
      ...podSide.nodes,
    },
  }
}

/** The router's BGP side: both nodes as neighbours, described as the walk-through does. */
export function routedBgp(change: Partial<BgpNeighbor> = {}): BgpRouter {
  const descriptions = ['master1', 'worker1']
  return {
    asn: ROUTER_ASN,
    routerId: '172.16.1.1',
    neighbors: NODES.map(({ address }, index) => ({
      address,
      asn: NODE_ASN,
      description: descriptions[index] ?? '',
      ...change,
    })),
  }
}

const CLIENT: NodeSpec = {
  interfaces: [{ segment: 'net3', addresses: ['172.16.3.100/24', 'fd00:172:16:3::100/64'] }],
  routes: [
    { to: 'default', via: '172.16.3.1' },
    { to: 'default', via: 'fd00:172:16:3::1' },
  ],
}

function routerNode(client: boolean): NodeSpec {
  return {
    forwarding: true,
    interfaces: [
      ...NODES.map(({ segment, gateway, gateway6 }, index) => ({
        segment,
        name: `eth${index + 1}`,
        addresses: [`${gateway}/24`, `${gateway6}/64`],
      })),
      ...(client
        ? [{ segment: 'net3', name: 'eth3', addresses: ['172.16.3.1/24', 'fd00:172:16:3::1/64'] }]
        : []),
    ],
  }
}

function routedNode(index: number, pods: boolean): NodeSpec {
  const node = NODES[index]
  if (node === undefined) throw new Error(`the routed topology has ${NODES.length} nodes`)
  return {
    forwarding: true,
    interfaces: [
      { segment: node.segment, addresses: [`${node.address}/24`, `${node.address6}/64`] },
      ...(pods ? [podLeg(index)] : []),
    ],
    routes: [
      { to: 'default', via: node.gateway },
      { to: 'default', via: node.gateway6 },
    ],
  }
}
