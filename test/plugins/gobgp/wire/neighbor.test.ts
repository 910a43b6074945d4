import { describe, expect, it } from 'vitest'

import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { v3 } from '#plugins/gobgp/wire/dialect.ts'
import { peer, type Peer } from '#plugins/gobgp/wire/messages.ts'
import { neighborMessage, neighborState } from '#plugins/gobgp/wire/neighbor.ts'
import { decode, encode, type Draft } from '#plugins/gobgp/wire/protobuf.ts'

const spec = {
  address: '192.0.2.1' as Address,
  port: 1179,
  description: 'herald:tor:1',
  localAs: 65_001,
  remoteAs: 65_000,
  multihop: false,
  holdTime: seconds(90),
  keepaliveTime: seconds(30),
  connectTime: milliseconds(200),
  gracefulRestart: false,
  families: ['IPv4', 'IPv6'] as const,
}

const sent = (change: Partial<Parameters<typeof neighborMessage>[0]> = {}) =>
  decode(peer, encode(peer, neighborMessage({ ...spec, ...change })))

const seen = (draft: Draft<Peer>) => neighborState(decode(peer, encode(peer, draft)), v3)

describe('a neighbour', () => {
  it('is sent with both families, and times in whole seconds, at least one', () => {
    expect(sent()).toMatchObject({
      conf: { neighborAddress: '192.0.2.1', localAsn: 65_001, peerAsn: 65_000, authPassword: '' },
      ebgpMultihop: undefined,
      timers: { config: { connectRetry: 1, holdTime: 90, keepaliveInterval: 30 } },
      transport: { localAddress: '', remotePort: 1179 },
      families: [{ config: { family: { afi: 1, safi: 1 } } }, { config: { family: { afi: 2, safi: 1 } } }],
    })
  })

  it('is sent with what is asked for beyond that', () => {
    const change = {
      multihop: true,
      password: 'secret',
      sourceAddress: '192.0.2.11' as Address,
      gracefulRestart: true,
    }
    expect(sent(change)).toMatchObject({
      conf: { authPassword: 'secret' },
      ebgpMultihop: { enabled: true, ttl: 255 },
      transport: { localAddress: '192.0.2.11' },
      gracefulRestart: { enabled: true },
      families: [{ gracefulRestart: { config: { enabled: true } } }, { gracefulRestart: {} }],
    })
  })

  it('is sent with one family where no other is wanted', () => {
    expect(sent({ families: ['IPv6'] })?.families).toMatchObject([
      { config: { family: { afi: 2, safi: 1 } } },
    ])
  })

  it('is understood: its state, its counts, and why it has no session', () => {
    const conf = { neighborAddress: '192.0.2.1', description: 'd' }
    const messages = { sent: { update: 7, notification: 1 }, received: { notification: 2 } }
    expect(seen({ conf, state: { sessionState: 6, messages, disconnectMessage: 'why' } })).toEqual({
      address: '192.0.2.1',
      description: 'd',
      state: 'Established',
      families: [],
      updatesSent: 7,
      notificationsSent: 1,
      notificationsReceived: 2,
      problem: 'why',
    })
    expect(seen({ conf, state: {} })).toMatchObject({ state: 'Idle', updatesSent: 0 })
  })

  it('without an address is none', () => {
    expect(seen({ conf: { neighborAddress: 'eth0' }, state: {} })).toBeUndefined()
  })
})
