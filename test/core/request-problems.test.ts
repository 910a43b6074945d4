import { describe, expect, it } from 'vitest'

import type { Assignment } from '#core/model/decisions.ts'
import type { ServiceObject } from '#core/model/objects.ts'
import { requestProblems } from '#core/request-problems.ts'

const service: ServiceObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'LoadBalancer', loadBalancerIP: '203.0.113' },
}

const refused: Assignment = {
  service: 'default/web',
  addresses: [],
  reason: 'InvalidRequest',
  message: 'no IP address',
}

describe('the problems of requests', () => {
  it('name the field that has to be edited', () => {
    expect(requestProblems([service], [refused])).toEqual([
      {
        object: 'Service default/web',
        field: 'spec.loadBalancerIP',
        reason: 'InvalidRequest',
        message: 'no IP address',
      },
    ])
  })

  it('are told as well while the Service keeps an address from before the request', () => {
    const kept = { ...refused, pool: 'first', addresses: ['192.0.2.3'] } as unknown as Assignment
    expect(requestProblems([service], [kept])).toHaveLength(1)
  })

  it('tell of an annotation that looks like a request and is none', () => {
    const annotations = {
      'metallb.universe.tf/loadbalancerips': '192.0.2.1',
      'metallb.io/adress-pool': 'lan',
      'metallb.io/ip-allocated-from-pool': 'lan',
      'metallb.io/note': 'ours',
      'example.com/address-pool': 'lan',
    }
    const misspelt = { ...service, metadata: { ...service.metadata, annotations } }
    const assigned: Assignment = { ...refused, reason: 'Assigned' }
    expect(requestProblems([misspelt], [assigned]).map(({ field, message }) => [field, message])).toEqual([
      [
        'metadata.annotations["metallb.universe.tf/loadbalancerips"]',
        'nobody reads this annotation; did you mean "loadBalancerIPs"?',
      ],
      [
        'metadata.annotations["metallb.io/adress-pool"]',
        'nobody reads this annotation; did you mean "address-pool"?',
      ],
    ])
  })

  it('are none where the Service makes no request', () => {
    const silent = { ...service, spec: { type: 'LoadBalancer' } } as ServiceObject
    expect(requestProblems([silent], [refused])).toEqual([])
  })
})
