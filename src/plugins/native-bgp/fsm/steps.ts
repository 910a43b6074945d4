/* The steps that several states of the session machine have in common, and the effects they are made of. */
import type { Failure } from '../errors.ts'
import { cease, errorCode } from '../wire/iana.ts'
import { hardReset, notification, type Notification } from '../wire/notification.ts'
import type { Effect, SessionState, StateName, Step, Timer } from './model.ts'
import type { Negotiated } from './negotiate.ts'

export type In<Name extends StateName> = Extract<SessionState, { name: Name }>

/** How long a peer may take from accepting the connection to its OPEN; RFC 4271 §8.2.2 suggests minutes. */
const openHoldSeconds = 30
/** RFC 9687 §3.2: eight minutes, or twice the hold time where that is more. */
const sendHoldSeconds = 480

export function stay(state: SessionState): Step {
  return { state, effects: [] }
}

export function connect({ direction, failures }: SessionState): Step {
  return {
    state: { name: 'Connect', direction, failures },
    effects: [{ do: 'connect' }, { do: 'startTimer', timer: 'connectRetry', after: 'connectTimeout' }],
  }
}

export function sendOpen({ direction, failures }: SessionState): Step {
  return {
    state: { name: 'OpenSent', direction, failures },
    effects: [{ do: 'sendOpen' }, { do: 'startTimer', timer: 'hold', after: openHoldSeconds }],
  }
}

/** RFC 4271 §8.2.2, events 18 in Connect and OpenSent: wait in Active, where the peer may connect to us. */
export function retryLater(state: SessionState, failure: Failure): Step {
  if (state.direction === 'incoming') return end(state, failure)
  const failures = state.failures + 1
  return {
    state: { name: 'Active', direction: state.direction, failures },
    effects: [
      { do: 'close' },
      failed(failure),
      { do: 'startTimer', timer: 'connectRetry', after: { backoff: failures } },
    ],
  }
}

/** The connection is over: to Idle, and for our own connections to another attempt after a while. */
export function end(state: SessionState, failure: Failure, farewell?: Notification): Step {
  const { direction } = state
  const failures = state.failures + 1
  const waiting = direction === 'outgoing'
  return {
    state: { name: 'Idle', direction, failures, waiting },
    effects: [
      ...closing(state, farewell),
      failed(failure),
      ...(waiting ? [{ do: 'startTimer', timer: 'idleHold', after: { backoff: failures } } as const] : []),
    ],
  }
}

export function endSaying(state: SessionState, farewell: Notification): Step {
  return end(state, { reason: 'NotificationSent', notification: farewell }, farewell)
}

export function unexpected(state: SessionState, subcode: number): Step {
  return endSaying(state, notification(errorCode.fsm, subcode))
}

export function holdExpired(state: In<'OpenConfirm' | 'Established'>): Step {
  const failure: Failure = { reason: 'HoldTimerExpired', seconds: state.negotiated.holdTime }
  return end(state, failure, notification(errorCode.holdTimer))
}

/** RFC 4271 §6.8: the other connection is kept, which is no failure of this one. */
export function dump(state: SessionState): Step {
  const { direction, failures } = state
  return {
    state: { name: 'Idle', direction, failures, waiting: false },
    effects: closing(state, notification(errorCode.cease, cease.collision)),
  }
}

export function stop(state: SessionState, farewell: Notification): Step {
  const effects = state.name === 'Idle' ? [stopTimer('idleHold')] : closing(state, farewell)
  return { state: { name: 'Idle', direction: state.direction, failures: 0, waiting: false }, effects }
}

function closing(state: SessionState, farewell: Notification | undefined): Effect[] {
  const { name } = state
  const open = name === 'OpenSent' || name === 'OpenConfirm' || name === 'Established'
  return [
    ...(farewell !== undefined && open
      ? [{ do: 'sendNotification', notification: worded(state, farewell) } as const]
      : []),
    { do: 'close' },
    ...(name === 'Established' ? [{ do: 'lost' } as const] : []),
  ]
}

/** A peer that keeps routes across NOTIFICATIONs must be told when it is not to (RFC 8538 §3.1). */
function worded(state: SessionState, farewell: Notification): Notification {
  const keeps = state.name === 'Established' && state.negotiated.keepsAfterNotification
  return keeps && farewell.code === errorCode.cease ? hardReset(farewell) : farewell
}

/** RFC 4724 §5: a peer that restarts says so by a new connection; the old one is dead, so nothing is said on it. */
export function replaced(state: SessionState): Step {
  const { direction, failures } = state
  return {
    state: { name: 'Idle', direction, failures, waiting: false },
    effects: [...closing(state, undefined), failed({ reason: 'PeerRestarted' })],
  }
}

/** RFC 9687 §3.2: from the moment the peer does not take what we send. */
export function sendHold({ holdTime }: Negotiated): Effect {
  return { do: 'startTimer', timer: 'sendHold', after: Math.max(sendHoldSeconds, 2 * holdTime) }
}

export function keepalive(state: In<'OpenConfirm' | 'Established'>): Step {
  const after = state.negotiated.keepaliveTime
  return { state, effects: [{ do: 'sendKeepalive' }, { do: 'startTimer', timer: 'keepalive', after }] }
}

/** RFC 4271 §4.2: a hold time of zero means neither timer runs. */
export function sessionTimers({ holdTime, keepaliveTime }: Negotiated): Effect[] {
  if (holdTime === 0) {
    return [
      { do: 'stopTimer', timer: 'hold' },
      { do: 'stopTimer', timer: 'keepalive' },
    ]
  }
  return [
    { do: 'startTimer', timer: 'hold', after: holdTime },
    { do: 'startTimer', timer: 'keepalive', after: keepaliveTime },
  ]
}

export function heard({ holdTime }: Negotiated): Effect[] {
  return holdTime === 0 ? [] : [{ do: 'startTimer', timer: 'hold', after: holdTime }]
}

export function failed(failure: Failure): Effect {
  return { do: 'failed', failure }
}

export function stopTimer(timer: Timer): Effect {
  return { do: 'stopTimer', timer }
}
