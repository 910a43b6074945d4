/* A small cluster in which everything works, for tests that break one thing at a time. */
export interface Manifests {
  readonly pool?: string
  readonly l2?: string
  readonly bgp?: string
  readonly peer?: string
  readonly service?: string
  readonly slice?: string
  readonly nodes?: string
  /** Further documents. */
  readonly more?: string
}

export const working = {
  pool: `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: first, namespace: metallb-system, labels: { tier: one } }
spec: { addresses: [192.0.2.0/28] }`,
  l2: `
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: { name: lan, namespace: metallb-system }
spec: { ipAddressPools: [first] }`,
  service: `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default, labels: { app: web } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }`,
  slice: `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: default, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
endpoints: [{ addresses: [10.0.0.1], nodeName: node-a }]`,
  nodes: `
apiVersion: v1
kind: Node
metadata: { name: node-a, labels: { zone: a } }
---
apiVersion: v1
kind: Node
metadata: { name: node-b, labels: { zone: b } }`,
} satisfies Manifests

export const overBgp = {
  l2: '',
  bgp: `
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: { name: fabric, namespace: metallb-system }
spec: { ipAddressPools: [first] }`,
  peer: `
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: tor, namespace: metallb-system }
spec: { myASN: 64500, peerASN: 64501, peerAddress: 10.9.0.1 }`,
} satisfies Manifests

export function documents(changes: Manifests): string {
  const parts = Object.values({ ...working, ...changes })
  return parts.filter((part) => part !== '').join('\n---')
}

interface ServiceParts {
  readonly name?: string
  readonly meta?: string
  readonly spec?: string
  readonly status?: string
}

/** `default/web` unless named otherwise; `meta` and `spec` are flow YAML without braces. */
export function service({
  name = 'web',
  meta = '',
  spec = 'ports: [{ port: 80 }]',
  status = '',
}: ServiceParts): string {
  const held = status === '' ? '' : `\nstatus: { loadBalancer: { ingress: [{ ip: ${status} }] } }`
  return `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default${meta === '' ? '' : `, ${meta}`} }
spec: { type: LoadBalancer, ${spec} }${held}`
}

export function slice(endpoints: string): string {
  return working.slice.replace(/endpoints: .*/, `endpoints: [${endpoints}]`)
}

export function pool(spec: string, name = 'first', namespace = 'metallb-system'): string {
  return `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: ${name}, namespace: ${namespace}, labels: { tier: one } }
spec: { ${spec} }`
}

export function l2(spec: string, name = 'lan', namespace = 'metallb-system'): string {
  return `
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ${spec} }`
}

export function bgp(spec: string, extra = ''): string {
  return `
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: { name: fabric, namespace: metallb-system${extra} }
spec: { ${spec} }`
}

export function peer(spec: string, extra = ''): string {
  return `
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: tor, namespace: metallb-system${extra} }
spec: { ${spec} }`
}

/** A node list in which only `metadata` and `status` of node-a vary. */
export function nodeA({
  labels = 'zone: a',
  conditions = '',
}: {
  labels?: string
  conditions?: string
}): string {
  const status = conditions === '' ? '' : `\nstatus: { conditions: [${conditions}] }`
  return `
apiVersion: v1
kind: Node
metadata: { name: node-a, labels: { ${labels} } }${status}`
}
