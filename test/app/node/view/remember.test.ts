import { describe, expect, it } from 'vitest'

import type { NodeView } from '#app/node/view/node-view.ts'
import { remember } from '#app/node/view/remember.ts'
import { sampleView } from './sample-view.ts'

const [nine, ten] = ['2026-11-28T09:00:00.000Z', '2026-11-28T10:00:00.000Z']

function ownedBy(winner: string | undefined): NodeView['owners'] {
  const { service, address, announcer, reason, message } = sampleView().owners[0]!
  return [
    {
      service,
      address,
      announcer,
      reason,
      message,
      ...(winner === undefined ? {} : { winner }),
    },
  ]
}

function why({ reason, message }: NodeView['services'][number]) {
  return { reason, message }
}

describe('what a view remembers', () => {
  const first = remember(undefined, sampleView(), nine)

  it('dates everything when it is first seen', () => {
    expect([...first.announcements, ...first.owners, ...first.peers].map(({ since }) => since)).toEqual(
      Array.from({ length: 4 }, () => nine),
    )
  })

  it('keeps the date while nothing changes, so that an equal view stays equal', () => {
    expect(remember(first, sampleView(), ten)).toEqual(first)
  })

  it('dates anew what changed, and that alone', () => {
    const [web, db] = sampleView().announcements
    const view = sampleView({ announcements: [web!, { ...db!, phase: 'serving' }] })
    expect(remember(first, view, ten).announcements.map(({ since }) => since)).toEqual([nine, ten])
  })

  it('tells an address that went to another node as a move, the newest first', () => {
    const second = remember(first, sampleView({ owners: ownedBy('node-b') }), ten)
    const third = remember(second, sampleView({ owners: ownedBy(undefined) }), ten)
    expect(third.moves).toMatchObject([
      { at: ten, address: '192.0.2.1', from: 'node-b' },
      { at: ten, address: '192.0.2.1', from: 'node-a', to: 'node-b' },
    ])
    expect(third.moves[0]).not.toHaveProperty('to')
  })

  it('does not call it a move when a Service comes or goes', () => {
    const without = remember(first, sampleView({ owners: [] }), ten)
    expect(remember(without, sampleView(), ten).moves).toEqual([])
  })

  it('tells which Services got, changed or lost their addresses, and when', () => {
    const [db, web] = sampleView().services
    const moved = { ...web!, addresses: [db!.addresses[0]!], reason: 'Assigned' } as const
    const second = remember(first, sampleView({ services: [moved] }), ten)
    expect(second.changes).toEqual([
      { at: ten, service: 'default/web', before: web!.addresses, addresses: db!.addresses, ...why(moved) },
      { at: ten, service: 'default/db', before: db!.addresses, addresses: [] },
    ])
    const third = remember(second, sampleView({ services: [db!, moved] }), nine)
    expect(third.changes[0]).toMatchObject({ service: 'default/db', before: [], addresses: db!.addresses })
    expect(remember(third, sampleView({ services: [db!, moved] }), ten).changes).toEqual(third.changes)
  })

  it('forgets the oldest moves', () => {
    let view = first
    for (let i = 0; i < 150; i++) view = remember(view, sampleView({ owners: ownedBy(`node-${i}`) }), ten)
    expect(view.moves).toHaveLength(100)
    expect(view.moves[0]).toMatchObject({ to: 'node-149' })
  })
})
