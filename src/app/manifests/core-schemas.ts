/*
 * The part of Kubernetes' own kinds that Herald uses. The objects themselves are closed, what lies below `spec` and
 * `status` is open: a newer API server may know more fields than this table.
 */
import { anything, metadataSchema } from './metadata.ts'
import type { JsonSchema } from '#core/model/json.ts'

const text: JsonSchema = { type: 'string' }
const flag: JsonSchema = { type: 'boolean' }
const texts: JsonSchema = { type: 'object', additionalProperties: text }
const port: JsonSchema = { type: 'integer', minimum: 1, maximum: 65535 }

function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

function oneOf(...values: readonly string[]): JsonSchema {
  return { type: 'string', enum: values }
}

/** Fields beyond `properties` are taken as they are. */
function open(properties: Readonly<Record<string, JsonSchema>>, ...required: readonly string[]): JsonSchema {
  return { type: 'object', additionalProperties: true, properties, required }
}

function kind(fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return {
    type: 'object',
    required: ['metadata'],
    properties: { apiVersion: text, kind: text, metadata: metadataSchema, ...fields },
  }
}

const servicePort = open(
  {
    name: text,
    protocol: { ...oneOf('TCP', 'UDP', 'SCTP'), default: 'TCP' },
    port,
    targetPort: { 'x-kubernetes-int-or-string': true },
    nodePort: { type: 'integer', minimum: 0, maximum: 65535 },
  },
  'port',
)

export const serviceSchema = kind({
  spec: {
    ...open({
      type: { ...oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'), default: 'ClusterIP' },
      clusterIP: text,
      clusterIPs: listOf(text),
      ipFamilies: { ...listOf(oneOf('IPv4', 'IPv6')), maxItems: 2 },
      ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
      loadBalancerIP: text,
      loadBalancerClass: text,
      externalTrafficPolicy: { ...oneOf('Cluster', 'Local'), default: 'Cluster' },
      ports: listOf(servicePort),
      selector: texts,
    }),
    default: {},
  },
  status: open({ loadBalancer: open({ ingress: listOf(open({ ip: text, hostname: text })) }) }),
})

export const nodeSchema = kind({
  spec: open({ unschedulable: flag }),
  status: open({
    conditions: listOf(open({ type: text, status: oneOf('True', 'False', 'Unknown') }, 'type', 'status')),
    addresses: listOf(open({ type: text, address: text }, 'type', 'address')),
  }),
})

export const namespaceSchema = kind({ spec: anything, status: anything })

export const endpointSliceSchema = kind({
  addressType: oneOf('IPv4', 'IPv6', 'FQDN'),
  ports: anything,
  endpoints: listOf(
    open({
      addresses: listOf(text),
      nodeName: text,
      conditions: open({ ready: flag, serving: flag, terminating: flag }),
    }),
  ),
})

/** Values are marked as passwords, so that no message quotes one. */
const hiddenTexts: JsonSchema = {
  type: 'object',
  additionalProperties: { type: 'string', format: 'password' },
}

export const secretSchema = kind({
  type: { ...text, default: 'Opaque' },
  immutable: flag,
  data: hiddenTexts,
  stringData: hiddenTexts,
})
