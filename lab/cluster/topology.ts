/* The ready-made topologies with a control plane, and with what BGP needs beside the segment. */
import type { LabSpec, RouteSpec } from '../spec.ts'
import { bridgeTopology } from '../topologies/bridge.ts'
import { routedTopology } from '../topologies/routed.ts'

/** Name of the node that runs etcd, the API server and the controller manager. */
export const CONTROL_PLANE = 'control-plane'

/**
 * One segment (192.168.8.0/22 and fc00:f853:ccd:e790::/60) with nodes .8.11, .8.12, …, their pods, the control plane
 * .8.2, a client on the segment 192.168.11.100, and a router .8.1 with another client behind it, `remote` 172.16.3.100.
 */
export function lanClusterTopology(nodes: readonly string[] = ['node1', 'node2', 'node3']): LabSpec {
  const { segments, nodes: machines } = bridgeTopology({ nodes, clientRoutes: toRemote })
  const withRoute = Object.entries(machines).map(([name, spec]) => {
    return [name, nodes.includes(name) ? { ...spec, routes: [...(spec.routes ?? []), ...toRemote] } : spec]
  })
  return {
    segments: { ...segments, outside: {} },
    nodes: {
      ...(Object.fromEntries(withRoute) as LabSpec['nodes']),
      [CONTROL_PLANE]: {
        interfaces: [{ segment: 'lan', addresses: ['192.168.8.2/22', 'fc00:f853:ccd:e793::2/60'] }],
        routes: toRemote,
      },
      router: {
        forwarding: true,
        interfaces: [
          { segment: 'lan', addresses: ['192.168.8.1/22', 'fc00:f853:ccd:e793::1/60'] },
          { segment: 'outside', addresses: ['172.16.3.1/24', 'fd00:172:16:3::1/64'] },
        ],
      },
      remote: {
        interfaces: [{ segment: 'outside', addresses: ['172.16.3.100/24', 'fd00:172:16:3::100/64'] }],
        routes: [
          { to: 'default', via: '172.16.3.1' },
          { to: 'default', via: 'fd00:172:16:3::1' },
        ],
      },
    },
  }
}

/** The walk-through's two subnets, with the client and the control plane (172.16.3.2) behind the router. */
export function routedClusterTopology(nodes: readonly [string, string]): LabSpec {
  const { segments, nodes: machines } = routedTopology({ nodes, client: true })
  return {
    segments,
    nodes: {
      ...machines,
      [CONTROL_PLANE]: {
        interfaces: [{ segment: 'net3', addresses: ['172.16.3.2/24', 'fd00:172:16:3::2/64'] }],
        routes: [
          { to: 'default', via: '172.16.3.1' },
          { to: 'default', via: 'fd00:172:16:3::1' },
        ],
      },
    },
  }
}

const toRemote: readonly RouteSpec[] = [
  { to: '172.16.3.0/24', via: '192.168.8.1' },
  { to: 'fd00:172:16:3::/64', via: 'fc00:f853:ccd:e793::1' },
  // A Service's own addresses lie behind no link: kube-proxy sees packets for them on their way to the router.
  { to: '172.31.0.0/16', via: '192.168.8.1' },
]
