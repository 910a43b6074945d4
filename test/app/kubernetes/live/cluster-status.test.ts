import { describe, expect, it } from 'vitest'

import type { ApiClient, RawObject } from '#app/kubernetes/api/client.ts'
import type { Resource } from '#app/kubernetes/api/resources.ts'
import { clusterStatus } from '#app/kubernetes/live/cluster-status.ts'
import { clusterStatusText } from '#app/kubernetes/live/cluster-status-text.ts'
import { decideInput } from '#app/cli/inputs.ts'
import { readCluster } from '#app/kubernetes/live/read-cluster.ts'
import { decide } from '#core/decide.ts'
import { explain } from '#core/explain/explanation.ts'
import type { Facts } from '#core/model/facts.ts'
import type { NodeObject } from '#core/model/objects.ts'
import { planDocument } from '#core/plan/document.ts'
import { reasons } from '#core/reasons.ts'

import { drained, facts, node, settings } from '../../../core/selection/fixtures.ts'

function pod(name: string, component: string, nodeName: string): RawObject {
  return {
    metadata: { name, labels: { 'app.kubernetes.io/component': component } },
    spec: { nodeName },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

const pods = [pod('c', 'controller', 'a'), pod('s-a', 'speaker', 'a'), pod('s-b', 'speaker', 'b')]

function clientWith(objects: Readonly<Record<string, readonly RawObject[]>>): ApiClient {
  return {
    list: (resource: Resource) => Promise.resolve(objects[resource.plural] ?? []),
    get: () => Promise.resolve({ spec: { holderIdentity: 'c' } }),
  } as unknown as ApiClient
}

/** Has nothing but Pods. */
const client = clientWith({ pods })

async function podRows(parts: Partial<Facts>): Promise<string[]> {
  const all = facts(parts)
  const status = await clusterStatus(client, all, decide(all))
  return clusterStatusText(status).split('\n').slice(1, 4)
}

const cordoned: NodeObject = { ...node('b'), spec: { unschedulable: true } }

describe('the status of a cluster', () => {
  it('says which speakers are on a node that is being drained', async () => {
    expect(await podRows({ nodes: [drained('a'), node('b')] })).toEqual([
      'c    a     yes    controller, writing',
      's-a  a     yes    speaker, drained',
      's-b  b     yes    speaker',
    ])
  })

  it('counts a cordon where that is asked for', async () => {
    expect((await podRows({ nodes: [cordoned] }))[2]).toMatch(/speaker$/)
    const draining = { ...settings, drainOnCordon: true }
    expect((await podRows({ nodes: [cordoned], settings: draining }))[2]).toMatch(/speaker, drained$/)
  })
})

describe('a Service whose address is asked about', () => {
  const lb = (name: string, status: object = {}): RawObject => ({
    metadata: { name, namespace: 'default', uid: name },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'], ports: [{ port: 80 }] },
    status,
  })
  const about = (address: string, name: string): RawObject => ({
    metadata: { name: address },
    spec: { address, services: [{ namespace: 'default', name }] },
  })
  const lan = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool' }
  const metadata = { name: 'lan', namespace: settings.namespace }
  const asking = clientWith({
    ipaddresspools: [{ ...lan, metadata, spec: { addresses: ['192.0.2.0/29'] } }],
    services: [lb('web'), lb('old', { loadBalancer: { ingress: [{ ip: '192.0.2.5' }] } })],
    addressprobes: [about('192.0.2.0', 'web'), about('192.0.2.6', 'old')],
  })
  const message = '192.0.2.0: the segment is asked whether somebody has it'

  it('has none yet, as explain and plan say', async () => {
    const input = await readCluster(asking, settings)
    const decisions = decideInput(input)
    const awaiting = { reason: 'AwaitingProbe', message }
    expect(explain(input.facts, decisions, 'default/web')).toMatchObject({
      planned: { addresses: [], ...awaiting },
      cause: { ...awaiting, remedy: reasons.AwaitingProbe.remedy },
    })
    expect(planDocument(decisions).services).toMatchObject([
      { name: 'old', addresses: ['192.0.2.5'], reason: 'Unchanged' },
      { name: 'web', addresses: [], ...awaiting },
    ])
  })

  it('waits for the answer, as the status says', async () => {
    const input = await readCluster(asking, settings)
    const { services } = await clusterStatus(asking, input.facts, decideInput(input))
    const web = services.find(({ service }) => service === 'default/web')
    expect(web).toMatchObject({ addresses: [], reason: 'AwaitingProbe', message })
  })
})
