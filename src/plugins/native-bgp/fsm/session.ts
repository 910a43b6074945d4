/*
 * The session state machine of RFC 4271 §8, for one connection. Events carry the RFC's names and everything they
 * mean; effects are done by whoever runs the machine. Every state and event survives JSON, so that a session can be
 * recorded and replayed.
 *
 *              ┌──────┐ start   ┌─────────┐  fails   ┌────────┐
 *              │ Idle ├────────►│ Connect │◄────────►│ Active │
 *              └──▲───┘         └────┬────┘  retry   └───┬────┘
 *     anything    │                  │ connected         │ accepted
 *     wrong, stop │             ┌────▼─────┐             │
 *                 ├─────────────┤ OpenSent │◄────────────┘
 *                 │             └────┬─────┘ OPEN
 *                 │           ┌──────▼──────┐
 *                 ├───────────┤ OpenConfirm │
 *                 │           └──────┬──────┘ KEEPALIVE
 *                 │           ┌──────▼──────┐
 *                 └───────────┤ Established │
 *                             └─────────────┘
 */
import type { Failure } from '../errors.ts'
import { cease, errorCode, fsmError } from '../wire/iana.ts'
import { notification } from '../wire/notification.ts'
import type { Direction, Effect, SessionEvent, SessionState, StateName, Step, Timer } from './model.ts'
import {
  connect,
  dump,
  end,
  endSaying,
  failed,
  heard,
  holdExpired,
  keepalive,
  replaced,
  retryLater,
  sendHold,
  sendOpen,
  sessionTimers,
  stay,
  stop,
  stopTimer,
  unexpected,
  type In,
} from './steps.ts'

const ownedTimers: Readonly<Record<StateName, readonly Timer[]>> = {
  Idle: ['idleHold'],
  Connect: ['connectRetry'],
  Active: ['connectRetry'],
  OpenSent: ['hold'],
  OpenConfirm: ['hold', 'keepalive'],
  Established: ['hold', 'keepalive', 'sendHold'],
}

export function idle(direction: Direction): SessionState {
  return { name: 'Idle', direction, failures: 0, waiting: false }
}

/** Where an accepted connection begins: as if we had been waiting for it. */
export function awaitingPeer(): SessionState {
  return { name: 'Active', direction: 'incoming', failures: 0 }
}

/** Leaving a state stops the timers it owns. */
export function transition(state: SessionState, event: SessionEvent): Step {
  const next = step(state, event)
  const kept = ownedTimers[next.state.name]
  const left = ownedTimers[state.name].filter((timer) => !kept.includes(timer))
  return { state: next.state, effects: [...left.map(stopTimer), ...next.effects] }
}

function step(state: SessionState, event: SessionEvent): Step {
  if (event.name === 'AutomaticStop') return stop(state, event.notification)
  switch (state.name) {
    case 'Idle':
      return inIdle(state, event)
    case 'Connect':
      return inConnect(state, event)
    case 'Active':
      return inActive(state, event)
    case 'OpenSent':
      return inOpenSent(state, event)
    case 'OpenConfirm':
      return inOpenConfirm(state, event)
    case 'Established':
      return inEstablished(state, event)
  }
}

function inIdle(state: In<'Idle'>, event: SessionEvent): Step {
  switch (event.name) {
    case 'AutomaticStart':
    case 'IdleHoldTimer_Expires':
      return connect(state)
    case 'AutomaticStart_with_PassiveTcpEstablishment':
      return { state: { name: 'Active', direction: state.direction, failures: state.failures }, effects: [] }
    default:
      return stay(state)
  }
}

function inConnect(state: In<'Connect'>, event: SessionEvent): Step {
  switch (event.name) {
    case 'Tcp_CR_Acked':
      return sendOpen(state)
    case 'TcpConnectionFails':
      return retryLater(state, { reason: 'ConnectFailed', code: event.code, detail: event.detail })
    case 'ConnectRetryTimer_Expires': {
      const again = connect({ ...state, failures: state.failures + 1 })
      return {
        state: again.state,
        effects: [{ do: 'close' }, failed({ reason: 'ConnectTimeout' }), ...again.effects],
      }
    }
    default:
      return stay(state)
  }
}

function inActive(state: In<'Active'>, event: SessionEvent): Step {
  switch (event.name) {
    case 'ConnectRetryTimer_Expires':
      return connect(state)
    case 'TcpConnectionConfirmed':
      return sendOpen(state)
    default:
      return stay(state)
  }
}

function inOpenSent(state: In<'OpenSent'>, event: SessionEvent): Step {
  switch (event.name) {
    case 'BGPOpen': {
      const { negotiated } = event
      const next = { ...state, name: 'OpenConfirm', negotiated } as const
      return { state: next, effects: [{ do: 'sendKeepalive' }, ...sessionTimers(negotiated)] }
    }
    case 'TcpConnectionFails':
      return retryLater(state, { reason: 'ConnectionLost', code: event.code, detail: event.detail })
    case 'HoldTimer_Expires':
      return end(state, { reason: 'OpenTimeout' }, notification(errorCode.holdTimer))
    case 'KeepAliveMsg':
    case 'UpdateMsg':
    case 'UpdateMsgErr':
    case 'RouteRefreshMsg':
      return unexpected(state, fsmError.inOpenSent)
    default:
      return inAnyOpen(state, event)
  }
}

function inOpenConfirm(state: In<'OpenConfirm'>, event: SessionEvent): Step {
  switch (event.name) {
    case 'KeepAliveMsg': {
      const { negotiated } = state
      return {
        state: { ...state, name: 'Established' },
        effects: [...heard(negotiated), { do: 'established', negotiated }],
      }
    }
    case 'KeepaliveTimer_Expires':
      return keepalive(state)
    case 'HoldTimer_Expires':
      return holdExpired(state)
    case 'BGPOpen':
    case 'UpdateMsg':
    case 'UpdateMsgErr':
    case 'RouteRefreshMsg':
      return unexpected(state, fsmError.inOpenConfirm)
    default:
      return inAnyOpen(state, event)
  }
}

function inEstablished(state: In<'Established'>, event: SessionEvent): Step {
  switch (event.name) {
    case 'UpdateMsg':
    case 'KeepAliveMsg':
      return { state, effects: heard(state.negotiated) }
    case 'RouteRefreshMsg': {
      const refresh: Effect[] = event.family === undefined ? [] : [{ do: 'refresh', family: event.family }]
      return { state, effects: [...heard(state.negotiated), ...refresh] }
    }
    case 'KeepaliveTimer_Expires':
      // RFC 4271 §8.1.1, DampPeerOscillations: only a session that lasts is forgiven what came before it.
      return keepalive({ ...state, failures: 0, lasting: true })
    case 'HoldTimer_Expires':
      return holdExpired(state)
    case 'SendBlocked':
      return { state, effects: [sendHold(state.negotiated)] }
    case 'SendUnblocked':
      return { state, effects: [stopTimer('sendHold')] }
    case 'SendHoldTimer_Expires':
      return end(state, { reason: 'SendHoldTimerExpired' }, notification(errorCode.sendHoldTimer))
    case 'PeerRestarted':
      return replaced(state)
    case 'UpdateMsgErr':
      return endSaying(state, event.notification)
    case 'BGPOpen':
      return unexpected(state, fsmError.inEstablished)
    default:
      return inAnyOpen(state, event)
  }
}

/** What OpenSent, OpenConfirm and Established answer alike. */
function inAnyOpen(state: In<'OpenSent' | 'OpenConfirm' | 'Established'>, event: SessionEvent): Step {
  switch (event.name) {
    case 'TcpConnectionFails':
      return end(state, { reason: 'ConnectionLost', code: event.code, detail: event.detail })
    case 'BGPHeaderErr':
      return endSaying(state, event.notification)
    case 'BGPOpenMsgErr':
      return event.failure === undefined
        ? endSaying(state, event.notification)
        : end(state, event.failure, event.notification)
    case 'BfdDown': {
      const failure: Failure = { reason: 'BfdDown', detail: event.detail }
      return end(state, failure, notification(errorCode.cease, cease.bfdDown))
    }
    case 'OpenCollisionDump':
      return dump(state)
    case 'NotifMsgVerErr':
    case 'NotifMsg':
      return end(state, { reason: 'NotificationReceived', notification: event.notification })
    default:
      return stay(state)
  }
}
