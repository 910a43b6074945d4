import { describe, expect, it } from 'vitest'

import { Events } from '#app/kubernetes/speaker/events.ts'
import { configurationState, conflictText } from '#app/kubernetes/speaker/status-objects.ts'
import { fakeLogger } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { settle } from '#core/fakes/fake-clock.ts'

const reporter = { node: 'node-a', namespace: 'metallb-system', sha256: (text: string) => text }
const conflict = {
  kind: 'conflict',
  announcer: 'l2',
  address: '192.0.2.10' as Address,
  hardwareAddress: '02:00:00:00:00:09',
  via: 'eth0',
} as const

describe('somebody else who answers for an address', () => {
  it('is a condition of the speaker for as long as it does', () => {
    const conditions = configurationState([], [conflict], reporter).status['conditions']
    expect(conditions).toMatchObject([
      { type: 'configReconcilerValid', status: 'True' },
      {
        type: 'addressConflict',
        status: 'True',
        reason: 'SecondAnswerer',
        message: '192.0.2.10 is also answered for by 02:00:00:00:00:09 on eth0',
      },
    ])
    expect(configurationState([], [], reporter).status['conditions']).toHaveLength(1)
  })

  it('is an event on the Service that has it', async () => {
    const created: { reason?: unknown; type?: unknown; message?: unknown }[] = []
    const events = new Events({
      client: { create: async (_: unknown, object: object) => void created.push(object) } as never,
      node: 'node-a',
      pod: 'speaker-1',
      service: () => ({ metadata: { name: 'web', uid: 'u1' } }) as never,
      log: fakeLogger([]),
      wallClock: () => '2026-01-01T00:00:00Z',
      unique: () => 'x',
    })
    events.conflict('default/web', conflictText(conflict))
    await settle()
    expect(created).toMatchObject([
      {
        type: 'Warning',
        reason: 'addressConflict',
        message: 'node "node-a": 192.0.2.10 is also answered for by 02:00:00:00:00:09 on eth0',
      },
    ])
  })
})
