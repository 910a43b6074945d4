import { describe, expect, it } from 'vitest'

import type { ApiClient, RawObject } from '#app/kubernetes/api/client.ts'
import { resources, type Resource } from '#app/kubernetes/api/resources.ts'
import { clusterStatus } from '#app/kubernetes/live/cluster-status.ts'
import { clusterStatusText } from '#app/kubernetes/live/cluster-status-text.ts'
import { decide } from '#core/decide.ts'
import type { Facts } from '#core/model/facts.ts'
import type { NodeObject } from '#core/model/objects.ts'

import { drained, facts, node, settings } from '../../../core/selection/fixtures.ts'

function pod(name: string, component: string, nodeName: string): RawObject {
  return {
    metadata: { name, labels: { 'app.kubernetes.io/component': component } },
    spec: { nodeName },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

const pods = [pod('c', 'controller', 'a'), pod('s-a', 'speaker', 'a'), pod('s-b', 'speaker', 'b')]

/** Has nothing but Pods. */
const client = {
  list: (resource: Resource) => Promise.resolve(resource === resources.pods ? pods : []),
  get: () => Promise.resolve({ spec: { holderIdentity: 'c' } }),
} as unknown as ApiClient

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
