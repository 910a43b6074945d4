/* Pods: each node has a subnet of its own for them, on a segment of its own, as a CNI plugin would make it. */
import { Backend, type BackendOptions } from '../daemons/backend.ts'
import type { Lab } from '../lab.ts'
import type { InterfaceSpec, NodeSpec, SegmentSpec } from '../spec.ts'

/** Contains the pods of every node, both families, as kube-proxy takes it. */
export const podRange = '172.20.0.0/14,fd00:172:20::/46'

/** Where the pods of the node at a position live, in the walk-through's style: 172.20.161.x, 172.20.166.x, … */
export function podNetwork(index: number): PodNetwork {
  const number = 161 + 5 * index
  const [second, third] = [20 + (number >> 8), number & 255]
  const [net, net6] = [`172.${second}.${third}`, `fd00:172:${second}:${third}:`]
  return {
    segment: `pods${index + 1}`,
    prefix: `${net}.0/24`,
    prefix6: `${net6}:/64`,
    gateway: `${net}.1`,
    gateway6: `${net6}:1`,
    pod: `${net}.20`,
    pod6: `${net6}:20`,
  }
}

export interface PodNetwork {
  readonly segment: string
  readonly prefix: string
  readonly prefix6: string
  /** The node's own addresses in it. */
  readonly gateway: string
  readonly gateway6: string
  /** The pod's addresses. */
  readonly pod: string
  readonly pod6: string
}

export const podNodeName = (node: string): string => `pod-${node}`

/** The node's leg into its pods' subnet. */
export function podLeg(index: number): InterfaceSpec {
  const { segment, gateway, gateway6 } = podNetwork(index)
  return { segment, name: 'cni0', addresses: [`${gateway}/24`, `${gateway6}/64`] }
}

/** The segments and pod namespaces for these nodes, one pod each. */
export function podsOf(nodes: readonly string[]): {
  segments: Record<string, SegmentSpec>
  nodes: Record<string, NodeSpec>
} {
  const networks = nodes.map((name, index) => ({ name, ...podNetwork(index) }))
  return {
    segments: Object.fromEntries(networks.map(({ segment }) => [segment, {}])),
    nodes: Object.fromEntries(
      networks.map(({ name, segment, pod, pod6, gateway, gateway6 }) => [
        podNodeName(name),
        {
          interfaces: [{ segment, addresses: [`${pod}/24`, `${pod6}/64`] }],
          routes: [
            { to: 'default', via: gateway },
            { to: 'default', via: gateway6 },
          ],
        },
      ]),
    ),
  }
}

/** Starts the application in the pod of each of these nodes, all at once; the answers name node and pod. */
export async function startPods(
  lab: Lab,
  nodes: readonly string[],
  options: Partial<BackendOptions> = {},
): Promise<readonly Backend[]> {
  const backends = nodes.map((name) => {
    return new Backend(lab.node(podNodeName(name)), { podName: 'metallb-demo', hostName: name, ...options })
  })
  await Promise.all(backends.map((backend) => backend.start()))
  return backends
}
