import { expect, test } from 'vitest'

import {
  projectConfig,
  projectEndpointSlice,
  projectNamespace,
  projectNode,
  projectSecret,
  projectAnnounced,
  projectService,
} from '#app/kubernetes/api/projections.ts'

const noise = {
  uid: 'u',
  resourceVersion: '7',
  managedFields: [{ manager: 'kubectl' }],
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'metallb.io/address-pool': 'a' },
} as const

test('of a Service stays what decides, and what a write of its status must not lose', () => {
  const raw = {
    metadata: { name: 'web', namespace: 'default', ...noise },
    spec: {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30_000 }],
      sessionAffinity: 'None',
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] }, conditions: [] },
  }
  expect(projectService(raw)).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '7',
      annotations: { 'metallb.io/address-pool': 'a' },
    },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'], ports: [{ protocol: 'TCP', port: 80 }] },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] }, conditions: [] },
  })
})

test('a heartbeat of a Node changes nothing', () => {
  const node = (time: string) => ({
    metadata: { name: 'a', labels: { zone: 'x' } },
    status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time }] },
  })
  expect(projectNode(node('1'))).toEqual(projectNode(node('2')))
})

test('endpoints keep where they are and whether they serve', () => {
  const raw = {
    metadata: {
      name: 'web-1',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'web', app: 'x' },
    },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        nodeName: 'a',
        conditions: { ready: true, serving: true, terminating: false },
      },
      { addresses: ['10.0.0.2'], conditions: { ready: false } },
    ],
    ports: [{ port: 80 }],
  }
  const { metadata, endpoints } = projectEndpointSlice(raw)
  expect(metadata.labels).toEqual({ 'kubernetes.io/service-name': 'web' })
  expect(endpoints).toEqual([
    { nodeName: 'a', conditions: { ready: true, serving: true, terminating: false } },
    { conditions: { ready: false, serving: false, terminating: false } },
  ])
})

test('our own kinds get the checks and messages of manifests', () => {
  const pool = (addresses: unknown) => ({
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'p', namespace: 'metallb-system', ...noise },
    spec: { addresses },
    status: { assignedIPv4: 1 },
  })
  const project = projectConfig('metallb-system')
  expect(project(pool(['192.0.2.0/24']))).toMatchObject({
    object: { spec: { addresses: ['192.0.2.0/24'], autoAssign: true } },
    status: { assignedIPv4: 1 },
    problems: [],
  })
  expect(project(pool('x')).problems).toMatchObject([
    { object: 'IPAddressPool metallb-system/p', field: 'spec.addresses', reason: 'WrongType' },
  ])
})

test('the bytes of a Secret are not in what can be printed', () => {
  const reading = projectSecret('metallb-system')({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'metallb-system' },
    type: 'kubernetes.io/basic-auth',
    data: { password: Buffer.from('hush').toString('base64') },
  })
  expect(JSON.stringify(reading)).not.toMatch(/hush|aHVza/)
  expect(Buffer.from(reading.bytes()['password'] ?? []).toString()).toBe('hush')
  expect(reading.object.keys).toEqual(['password'])
})

test('of a Namespace stay its name and its labels', () => {
  const raw = {
    metadata: { name: 'a', labels: { team: 'x' }, ...noise },
    spec: { finalizers: ['kubernetes'] },
  }
  expect(projectNamespace(raw)).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a', uid: 'u', labels: { team: 'x' }, resourceVersion: '7' },
  })
})

test('a speaker keeps nothing of what only decides on addresses, and one copy of what Services have alike', () => {
  const raw = (name: string) => ({
    metadata: { name, namespace: 'default', creationTimestamp: '2026-11-28T10:00:00Z', ...noise },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
      ports: [{ port: 53, protocol: 'UDP' }, { port: 80 }, { port: 443 }],
      externalTrafficPolicy: 'Local',
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } },
  })
  const [a, b] = [projectAnnounced(raw('a')), projectAnnounced(raw('b'))]
  expect(a).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'a',
      namespace: 'default',
      uid: 'u',
      annotations: { 'metallb.io/address-pool': 'a' },
      resourceVersion: '7',
    },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      ports: [{ port: 80, protocol: 'TCP' }],
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  })
  expect(b.spec).toBe(a.spec)
})

test('a speaker keeps no conditions of a Service, and its addresses', () => {
  const ingress = [{ ip: '192.0.2.1' }]
  const conditions = [{ type: 'heraldlb.io/Addressed', status: 'True' }]
  const raw = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress }, conditions },
  }
  expect(projectAnnounced(raw).status).toEqual({ loadBalancer: { ingress } })
  expect(projectAnnounced({ ...raw, status: undefined }).status).toBeUndefined()
})
