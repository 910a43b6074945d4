/* One L2 segment with nodes and a client: the walk-through's L2 half. */
import type { LabSpec, NodeSpec, RouteSpec } from '../spec.ts'
import { podLeg, podNetwork, podsOf } from './pods.ts'

export interface BridgeOptions {
  /** Default node1, node2, node3. */
  readonly nodes?: readonly string[]
  /** A pod for each node, in a namespace of its own. Default true. */
  readonly pods?: boolean
  /** More of the client's routes: `{ to: '1.2.3.4/32', dev: 'eth0' }` makes an address outside the subnet on-link. */
  readonly clientRoutes?: readonly RouteSpec[]
}

/**
 * The segment `lan` is 192.168.8.0/22 and fc00:f853:ccd:e790::/60: the walk-through's whole pool (192.168.10.0/24,
 * 192.168.9.1-5, fc00:f853:ccd:e799::/124) is on-link and no node's own address lies in it. Nodes are 192.168.8.11,
 * .12, … and fc00:f853:ccd:e793::11, ::12, …; the client is 192.168.11.100 and ::1:100. With a /64 around the pool the
 * forwarding nodes' kernels would answer for its first address, as the subnet-router anycast address (RFC 4291 §2.6.1).
 */
export function bridgeTopology({
  nodes = ['node1', 'node2', 'node3'],
  pods = true,
  clientRoutes = [],
}: BridgeOptions = {}): LabSpec {
  const names = [...nodes]
  const podSide = pods ? podsOf(names) : { segments: {}, nodes: {} }
  return {
    segments: { lan: {}, ...podSide.segments },
    nodes: {
      ...Object.fromEntries(names.map((name, index) => [name, lanNode(names, index, pods)])),
      client: {
        interfaces: [{ segment: 'lan', addresses: ['192.168.11.100/22', 'fc00:f853:ccd:e793::1:100/60'] }],
        routes: clientRoutes,
      },
      ...podSide.nodes,
    },
  }
}

function lanNode(names: readonly string[], index: number, pods: boolean): NodeSpec {
  return {
    forwarding: true,
    interfaces: [
      { segment: 'lan', addresses: [`192.168.8.${11 + index}/22`, `fc00:f853:ccd:e793::${11 + index}/60`] },
      ...(pods ? [podLeg(index)] : []),
    ],
    routes: pods ? routesToOtherPods(names, index) : [],
  }
}

/** Every node reaches every pod, so that a node without one of its own can serve as well. */
function routesToOtherPods(names: readonly string[], self: number): RouteSpec[] {
  return names.flatMap((_, index) => {
    if (index === self) return []
    const { prefix, prefix6 } = podNetwork(index)
    return [
      { to: prefix, via: `192.168.8.${11 + index}` },
      { to: prefix6, via: `fc00:f853:ccd:e793::${11 + index}` },
    ]
  })
}
