import { describe, expect, it } from 'vitest'

import type { Stage } from '#core/announcer.ts'
import { statusOf, type Situation } from '#plugins/l2/status.ts'
import { ip, link } from './memory-lan.ts'

const grant = { epoch: { counter: 1, node: 'node-a' }, slot: 0 }
const onTwoLinks: Situation = {
  placing: { links: [link(2, 'eth0'), link(3, 'eth1')] },
  faults: new Map(),
  permitted: true,
  wire: 'free',
}

function phaseOf(stage: Stage, situation: Partial<Situation> = {}) {
  return statusOf({ address: ip('192.0.2.10'), stage, grant }, { ...onTwoLinks, ...situation })
}

describe('the status of a target', () => {
  it.each([
    ['arm', true, 'armed'],
    ['arm', false, 'armed'],
    ['serve', true, 'serving'],
    ['serve', false, 'armed'],
    ['retire', true, 'serving'],
    ['retire', false, 'silent'],
  ] as const)('at stage %s with the fence open: %s is %s', (stage, permitted, phase) => {
    expect(phaseOf(stage, { permitted }).phase).toBe(phase)
  })

  it('is pending while the wire is asked, and while somebody else answers', () => {
    expect(phaseOf('serve', { wire: 'asking' })).toMatchObject({ phase: 'pending', reason: 'Probing' })
    const rival = { hardwareAddress: '02:00:00:00:00:09', via: 'eth0' }
    expect(phaseOf('serve', { wire: rival })).toEqual({
      address: ip('192.0.2.10'),
      phase: 'pending',
      reason: 'AddressInUse',
      message: '02:00:00:00:00:09 answers for it on eth0; asked again each second',
    })
  })

  it('names the links that work', () => {
    expect(phaseOf('serve', { faults: new Map([[2, 'broken']]) })).toMatchObject({
      phase: 'serving',
      via: ['eth1'],
    })
  })

  it('is failed, with every link’s fault, when none works', () => {
    const faults = new Map([
      [2, 'EPERM'],
      [3, 'ENOMEM'],
    ])
    expect(phaseOf('serve', { faults })).toMatchObject({
      phase: 'failed',
      reason: 'ListenFailed',
      message: 'eth0: EPERM; eth1: ENOMEM',
    })
  })

  it('is pending with the reason when there is no link to serve on', () => {
    const nowhere = { links: [], reason: 'NoInterface', message: 'none' } as const
    expect(phaseOf('serve', { placing: nowhere })).toMatchObject({ phase: 'pending', reason: 'NoInterface' })
  })
})
