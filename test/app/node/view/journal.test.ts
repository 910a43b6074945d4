import { describe, expect, it } from 'vitest'

import { journalOf } from '#app/node/view/journal.ts'
import type { NodeView } from '#app/node/view/node-view.ts'
import { db, sampleView, web } from './sample-view.ts'

const told = (changes: Partial<NodeView>) => journalOf(sampleView(), sampleView(changes))
const [dbService, webService] = sampleView().services
const [l2Target, bgpTarget] = sampleView().announcements
const [owner] = sampleView().owners
const [peer] = sampleView().peers
const [self, other] = sampleView().members

describe('journal', () => {
  it('says nothing when nothing changed', () => {
    expect(told({})).toEqual([])
    expect(told({ role: 'following', term: 9, notes: ['x'] })).toEqual([])
  })

  it('tells a new address, a lost one and a removed Service', () => {
    expect(told({ services: [dbService!, { ...webService!, addresses: [db], message: 'gets it' }] })).toEqual(
      [
        {
          level: 'info',
          message: 'address assigned',
          fields: {
            service: 'default/web',
            addresses: [db],
            pool: 'lan',
            reason: 'Assigned',
            message: 'gets it',
          },
        },
      ],
    )
    const without = {
      service: 'default/web',
      addresses: [],
      reason: 'PoolExhausted',
      message: 'all in use',
    } as const
    expect(told({ services: [dbService!, without] })).toEqual([
      {
        level: 'warn',
        message: 'no address',
        fields: { service: 'default/web', reason: 'PoolExhausted', message: 'all in use' },
      },
    ])
    expect(told({ services: [dbService!] })).toEqual([
      { level: 'info', message: 'service removed', fields: { service: 'default/web', released: [web] } },
    ])
  })

  it('leaves out the moment in which an address is being written down', () => {
    const awaiting = {
      service: 'default/x',
      addresses: [],
      reason: 'AwaitingAllocator',
      message: '',
    } as const
    expect(told({ services: [...sampleView().services, awaiting] })).toEqual([])
  })

  it('tells phases with their reasons, failures as warnings', () => {
    const failed = { ...l2Target!, phase: 'failed', reason: 'NoInterface', message: 'no link' } as const
    expect(told({ announcements: [failed] })).toEqual([
      {
        level: 'warn',
        message: 'announcement failed',
        fields: {
          announcer: 'l2',
          address: web,
          services: ['default/web'],
          via: ['eth0'],
          reason: 'NoInterface',
          message: 'no link',
        },
      },
      {
        level: 'info',
        message: 'no longer announced',
        fields: { announcer: 'native-bgp', address: db, services: ['default/db'] },
      },
    ])
    expect(told({ announcements: [l2Target!, { ...bgpTarget!, message: 'other words' }] })).toEqual([])
  })

  it('tells owners with who it was before', () => {
    expect(told({ owners: [{ ...owner!, winner: 'node-b' }] })).toMatchObject([
      { message: 'owner', fields: { owner: 'node-b', before: 'node-a', reason: 'Elected' } },
    ])
  })

  it('tells peers, members, conflicts and problems as they come and go', () => {
    expect(told({ peers: [{ announcer: 'native-bgp', peer: 'tor-1', state: 'Established' }] })).toMatchObject(
      [{ level: 'info', message: 'peer', fields: { state: 'Established', before: 'Active' } }],
    )
    expect(told({ peers: [{ ...peer!, reason: 'WrongAS' }] })).toMatchObject([
      { level: 'warn', message: 'peer' },
    ])
    expect(told({ members: [self!, { ...other!, alive: false, detail: 'left' }] })).toEqual([
      { level: 'warn', message: 'member lost', fields: { member: 'node-b', detail: 'left' } },
    ])
    expect(told({ members: [{ ...self!, alive: false }, other!] })).toEqual([])
    const conflict = {
      announcer: 'l2',
      kind: 'conflict',
      address: web,
      hardwareAddress: '02:00:00:00:00:09',
      via: 'eth0',
    } as const
    expect(told({ conflicts: [conflict] })).toMatchObject([
      { level: 'error', message: 'somebody else answers for an address' },
    ])
    const problem = {
      object: 'Service a/b',
      field: 'spec',
      reason: 'WrongType',
      message: 'm',
      file: 'f',
      line: 3,
    } as const
    expect(told({ problems: [problem] })).toEqual([
      {
        level: 'warn',
        message: 'problem',
        fields: { object: 'Service a/b', field: 'spec', reason: 'WrongType', at: 'f:3', message: 'm' },
      },
    ])
    expect(journalOf(sampleView({ problems: [problem] }), sampleView())).toMatchObject([
      { level: 'info', message: 'problem solved', fields: { object: 'Service a/b', at: 'f:3' } },
    ])
  })
})
