import { describe, expect, it } from 'vitest'

import { service } from './build.ts'

import { notOurs } from '#core/allocator/ours.ts'

describe('notOurs', () => {
  const classy = service('web', { spec: { loadBalancerClass: 'lan' } })

  it('claims Services of type LoadBalancer whose class is the one that is served', () => {
    expect(notOurs(service('web'))).toBeUndefined()
    expect(notOurs(service('web'), '')).toBeUndefined()
    expect(notOurs(classy, 'lan')).toBeUndefined()
  })

  it('says which class was found and which is served', () => {
    expect(notOurs(classy)).toEqual({
      reason: 'ClassMismatch',
      message:
        'default/web has loadBalancerClass "lan"; this Herald serves Services with no loadBalancerClass (--lb-class)',
    })
    expect(notOurs(service('web'), 'lan')?.message).toBe(
      'default/web has no loadBalancerClass; this Herald serves Services with loadBalancerClass "lan" (--lb-class)',
    )
  })

  it('leaves Services of other types alone, whatever their class', () => {
    const spec = { type: 'NodePort', loadBalancerClass: 'lan' }
    expect(notOurs(service('web', { spec }), 'lan')).toMatchObject({ reason: 'NotLoadBalancer' })
    const { type: _, ...untyped } = service('web').spec
    expect(notOurs({ ...service('web'), spec: untyped })?.message).toBe(
      'default/web is of type ClusterIP, not LoadBalancer',
    )
  })
})
