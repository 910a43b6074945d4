/* Manifests for benchmarks: a cluster of many Services, each with its EndpointSlice. */
import { dump } from 'js-yaml'

export interface ManyServices {
  readonly services: number
  readonly nodes: number
}

/** A pool, an L2Advertisement, Nodes, and for each Service its EndpointSlice, as an API server would list them. */
export function manyObjects({ services, nodes }: ManyServices): object[] {
  const node = (index: number): string => `node-${index % nodes}`
  return [
    object('metallb.io/v1beta1', 'IPAddressPool', 'pool', { addresses: ['10.0.0.0/16'] }),
    object('metallb.io/v1beta1', 'L2Advertisement', 'all', {}),
    ...Array.from({ length: nodes }, (_, index) => readyNode(node(index))),
    ...Array.from({ length: services }, (_, index) => service(`service-${index}`)),
    ...Array.from({ length: services }, (_, index) =>
      slice(`service-${index}`, [node(index), node(index + 1)]),
    ),
  ]
}

export function asYaml(objects: readonly object[]): string {
  return objects.map((one) => dump(one)).join('---\n')
}

export function asJson(objects: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
}

function object(apiVersion: string, kind: string, name: string, spec: object): object {
  return { apiVersion, kind, metadata: { name, namespace: 'metallb-system' }, spec }
}

function readyNode(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

function service(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      type: 'LoadBalancer',
      selector: { app: name },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    },
  }
}

function slice(name: string, nodes: readonly string[]): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: nodes.map((nodeName, index) => ({
      addresses: [`10.244.0.${index + 1}`],
      nodeName,
      conditions: { ready: true, serving: true, terminating: false },
    })),
  }
}
