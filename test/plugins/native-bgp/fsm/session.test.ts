import { describe, expect, it } from 'vitest'

import type { Address } from '#core/model/address.ts'
import type {
  Effect,
  EventName,
  SessionEvent,
  SessionState,
  StateName,
  Timer,
} from '#plugins/native-bgp/fsm/model.ts'
import type { Negotiated } from '#plugins/native-bgp/fsm/negotiate.ts'
import { transition } from '#plugins/native-bgp/fsm/session.ts'
import { notification } from '#plugins/native-bgp/wire/notification.ts'

import { expectGolden } from '../../../golden-file.ts'

const negotiated: Negotiated = {
  localAs: 7776,
  remoteAs: 7675,
  localIdentifier: '172.16.1.11' as Address,
  remoteIdentifier: '172.16.1.1' as Address,
  internal: false,
  fourOctetAs: true,
  holdTime: 90,
  keepaliveTime: 30,
  families: ['IPv4'],
  extendedNextHop: false,
  maxLength: 4096,
  enhancedRefresh: false,
  peerRestarts: false,
  keepsAfterNotification: false,
}
const common = { direction: 'outgoing', failures: 2 } as const

const states: { readonly [N in StateName]: SessionState } = {
  Idle: { name: 'Idle', waiting: true, ...common },
  Connect: { name: 'Connect', ...common },
  Active: { name: 'Active', ...common },
  OpenSent: { name: 'OpenSent', ...common },
  OpenConfirm: { name: 'OpenConfirm', negotiated, ...common },
  Established: { name: 'Established', negotiated, ...common, failures: 0 },
}

const events: { readonly [N in EventName]: Extract<SessionEvent, { name: N }> } = {
  AutomaticStart: { name: 'AutomaticStart' },
  AutomaticStart_with_PassiveTcpEstablishment: { name: 'AutomaticStart_with_PassiveTcpEstablishment' },
  AutomaticStop: { name: 'AutomaticStop', notification: notification(6, 2) },
  ConnectRetryTimer_Expires: { name: 'ConnectRetryTimer_Expires' },
  HoldTimer_Expires: { name: 'HoldTimer_Expires' },
  KeepaliveTimer_Expires: { name: 'KeepaliveTimer_Expires' },
  IdleHoldTimer_Expires: { name: 'IdleHoldTimer_Expires' },
  Tcp_CR_Acked: { name: 'Tcp_CR_Acked' },
  TcpConnectionConfirmed: { name: 'TcpConnectionConfirmed' },
  TcpConnectionFails: { name: 'TcpConnectionFails', code: 'ECONNRESET', detail: 'connection reset' },
  BGPOpen: { name: 'BGPOpen', negotiated },
  BGPHeaderErr: { name: 'BGPHeaderErr', notification: notification(1, 1) },
  BGPOpenMsgErr: { name: 'BGPOpenMsgErr', notification: notification(2, 2) },
  OpenCollisionDump: { name: 'OpenCollisionDump' },
  NotifMsgVerErr: { name: 'NotifMsgVerErr', notification: notification(2, 1) },
  NotifMsg: { name: 'NotifMsg', notification: notification(6, 4) },
  KeepAliveMsg: { name: 'KeepAliveMsg' },
  UpdateMsg: { name: 'UpdateMsg' },
  UpdateMsgErr: { name: 'UpdateMsgErr', notification: notification(3, 1) },
  SendHoldTimer_Expires: { name: 'SendHoldTimer_Expires' },
  SendBlocked: { name: 'SendBlocked' },
  SendUnblocked: { name: 'SendUnblocked' },
  PeerRestarted: { name: 'PeerRestarted' },
  BfdDown: { name: 'BfdDown', detail: 'nothing heard' },
  RouteRefreshMsg: { name: 'RouteRefreshMsg', family: 'IPv4' },
}

/** `→ Idle: notify 2/2, close`: the whole step in one line. */
function told(state: SessionState, event: SessionEvent): string {
  const step = transition(state, event)
  return `→ ${step.state.name}: ${step.effects.map(brief).join(', ') || 'nothing'}`
}

function brief(effect: Effect): string {
  switch (effect.do) {
    case 'sendNotification':
      return `notify ${effect.notification.code}/${effect.notification.subcode}`
    case 'startTimer': {
      const { after } = effect
      return `start ${effect.timer} ${typeof after === 'object' ? `backoff ${after.backoff}` : after}`
    }
    case 'stopTimer':
      return `stop ${effect.timer}`
    case 'failed':
      return `failed ${effect.failure.reason}`
    case 'refresh':
      return `refresh ${effect.family}`
    default:
      return effect.do
  }
}

/** Timers running after a step from a state in which its own timers ran. */
function running(state: SessionState, event: SessionEvent): { before: StateName; after: Set<Timer> } {
  const own: Record<StateName, Timer[]> = {
    Idle: ['idleHold'],
    Connect: ['connectRetry'],
    Active: ['connectRetry'],
    OpenSent: ['hold'],
    OpenConfirm: ['hold', 'keepalive'],
    Established: ['hold', 'keepalive', 'sendHold'],
  }
  const step = transition(state, event)
  const after = new Set(own[state.name])
  for (const effect of step.effects) {
    if (effect.do === 'stopTimer') after.delete(effect.timer)
    if (effect.do === 'startTimer') after.add(effect.timer)
  }
  const allowed = own[step.state.name]
  expect([...after].filter((timer) => !allowed.includes(timer))).toEqual([])
  return { before: state.name, after }
}

const pairs = Object.values(states).flatMap((state) =>
  Object.values(events).map((event) => [state.name, event.name, state, event] as const),
)

describe('the session state machine (RFC 4271 §8)', () => {
  it('answers every event in every state as the golden table says', () => {
    const table = pairs.map(([state, event, ...pair]) => `${state} + ${event} ${told(...pair)}`)
    expectGolden('native-bgp/session-table.txt', `${table.join('\n')}\n`)
  })

  it.each(pairs)('in %s on %s leaves no timer that its new state does not own', (_s, _e, state, event) => {
    running(state, event)
  })

  it.each(pairs)('in %s on %s is the same after a trip through JSON', (_s, _e, state, event) => {
    const [farState, farEvent] = JSON.parse(JSON.stringify([state, event])) as [SessionState, SessionEvent]
    expect(transition(farState, farEvent)).toEqual(transition(state, event))
  })

  it.each(pairs)('in %s on %s says goodbye only where there is a connection', (_s, _e, state, event) => {
    const says = transition(state, event).effects.some((effect) => effect.do === 'sendNotification')
    if (says) expect(['OpenSent', 'OpenConfirm', 'Established']).toContain(state.name)
  })

  it('runs no timers when the hold time is zero', () => {
    const quiet = { ...negotiated, holdTime: 0, keepaliveTime: 0 }
    const opened = transition(states.OpenSent, { name: 'BGPOpen', negotiated: quiet })
    expect(opened.effects.map(brief)).toEqual(['sendKeepalive', 'stop hold', 'stop keepalive'])
    const up = transition(opened.state, events.KeepAliveMsg)
    expect(up.effects.map(brief)).toEqual(['established'])
  })

  it('does not try again by itself on a connection of the peer’s', () => {
    const accepted = { ...states.OpenSent, direction: 'incoming' } as SessionState
    for (const event of [events.TcpConnectionFails, events.NotifMsg, events.HoldTimer_Expires]) {
      const { state, effects } = transition(accepted, event)
      expect(state).toMatchObject({ name: 'Idle', waiting: false })
      expect(effects.some((effect) => effect.do === 'startTimer')).toBe(false)
    }
  })

  it('forgets its failures once a session lasts until our next KEEPALIVE', () => {
    const up = transition(states.OpenConfirm, events.KeepAliveMsg).state
    expect(up.failures).toBe(2)
    expect(transition(up, events.KeepAliveMsg).state.failures).toBe(2)
    expect(transition(up, events.KeepaliveTimer_Expires).state.failures).toBe(0)
  })
})
