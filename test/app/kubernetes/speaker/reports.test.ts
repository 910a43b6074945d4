import { describe, expect, it } from 'vitest'

import { comingOf, reportsOf } from '#app/kubernetes/speaker/reports.ts'
import type { TargetStatus } from '#core/announcer.ts'
import type { Announcement } from '#core/model/decisions.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'

import { address, assignment } from '../../../core/selection/fixtures.ts'

const ip = address('192.0.2.1')
const protocols = new Map([['native-bgp', 'bgp' as const]])

/** What is said of a Service that this node is no longer to announce. */
function said(status: Omit<TargetStatus, 'address'>) {
  const targets = new Map([[ip, { address: ip, ...status }]])
  const runner = { plugin: 'native-bgp', targets } as unknown as RunnerStatus
  const decisions = { announcements: [], assignments: [assignment('web', ip)] }
  return [...reportsOf(decisions, [runner], protocols).announced.values()]
}

describe('a Service whose route is on its way out', () => {
  it.each(['Draining', 'Withdrawing'])('is announced for as long as it is %s', (reason) => {
    expect(said({ phase: 'pending', reason, via: ['tor'] })).toEqual([
      { service: 'default/web', protocol: 'bgp', through: ['tor'] },
    ])
  })

  it('is announced until the backend knows of it', () => {
    expect(said({ phase: 'serving', via: ['tor'] })).toEqual([
      { service: 'default/web', protocol: 'bgp', through: ['tor'] },
    ])
  })

  it('is not, once all peers were told', () => {
    expect(said({ phase: 'silent' })).toEqual([])
  })
})

describe('a Service that this node has to announce', () => {
  const announcement = { service: 'default/web', announcer: 'native-bgp', address: ip } as Announcement
  const coming = (...targets: Omit<TargetStatus, 'address'>[]) => {
    const statuses = targets.map((status) => [ip, { address: ip, ...status }] as const)
    const runner = { plugin: 'native-bgp', targets: new Map(statuses) } as unknown as RunnerStatus
    return comingOf([announcement], [runner], protocols).map(({ service }) => service)
  }

  it('is coming until its announcer has said something of it, and while the segment is asked', () => {
    expect(coming()).toEqual(['default/web'])
    expect(coming({ phase: 'pending', reason: 'Probing' })).toEqual(['default/web'])
  })

  it.each([
    { phase: 'serving' },
    { phase: 'failed' },
    { phase: 'armed' },
    { phase: 'pending', reason: 'AddressInUse' },
  ] as const)('is not when it is $phase $reason', (status) => {
    expect(coming(status)).toEqual([])
  })
})
