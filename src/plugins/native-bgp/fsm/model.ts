/* The vocabulary of the session state machine. */
import type { Family } from '#core/model/address.ts'

import type { Failure } from '../errors.ts'
import type { Notification } from '../wire/notification.ts'
import type { Negotiated } from './negotiate.ts'

/** Which side opened the connection. */
export type Direction = 'outgoing' | 'incoming'

interface Common {
  readonly direction: Direction
  /** Attempts in a row that did not lead to a session that lasted. */
  readonly failures: number
}

export type SessionState =
  /** `waiting`: the IdleHoldTimer will start it again. */
  | (Common & { readonly name: 'Idle'; readonly waiting: boolean })
  | (Common & { readonly name: 'Connect' })
  | (Common & { readonly name: 'Active' })
  | (Common & { readonly name: 'OpenSent' })
  | (Common & { readonly name: 'OpenConfirm'; readonly negotiated: Negotiated })
  /** `lasting`: for a KEEPALIVE interval at least. */
  | (Common & { readonly name: 'Established'; readonly negotiated: Negotiated; readonly lasting?: true })

export type StateName = SessionState['name']

/** RFC 4271 §8.1; the number of each in the comment. */
export type SessionEvent =
  | { readonly name: 'AutomaticStart' } // 3
  | { readonly name: 'AutomaticStart_with_PassiveTcpEstablishment' } // 5
  | { readonly name: 'AutomaticStop'; readonly notification: Notification } // 8
  | { readonly name: 'ConnectRetryTimer_Expires' } // 9
  | { readonly name: 'HoldTimer_Expires' } // 10
  | { readonly name: 'KeepaliveTimer_Expires' } // 11
  | { readonly name: 'IdleHoldTimer_Expires' } // 13
  | { readonly name: 'Tcp_CR_Acked' } // 16
  | { readonly name: 'TcpConnectionConfirmed' } // 17
  | { readonly name: 'TcpConnectionFails'; readonly code: string; readonly detail: string } // 18
  | { readonly name: 'BGPOpen'; readonly negotiated: Negotiated } // 19
  | { readonly name: 'BGPHeaderErr'; readonly notification: Notification } // 21
  | { readonly name: 'BGPOpenMsgErr'; readonly notification: Notification; readonly failure?: Failure } // 22
  | { readonly name: 'OpenCollisionDump' } // 23
  | { readonly name: 'NotifMsgVerErr'; readonly notification: Notification } // 24
  | { readonly name: 'NotifMsg'; readonly notification: Notification } // 25
  | { readonly name: 'KeepAliveMsg' } // 26
  | { readonly name: 'UpdateMsg' } // 27
  | { readonly name: 'UpdateMsgErr'; readonly notification: Notification } // 28
  | { readonly name: 'SendHoldTimer_Expires' } // 29, RFC 9687 §3.1
  /** The peer does not take what is sent, and takes it again. */
  | { readonly name: 'SendBlocked' }
  | { readonly name: 'SendUnblocked' }
  | { readonly name: 'PeerRestarted' } // RFC 4724 §5
  | { readonly name: 'BfdDown'; readonly detail: string } // RFC 9384 §3
  | { readonly name: 'RouteRefreshMsg'; readonly family?: Family } // RFC 2918 §4; no family of ours: none

export type EventName = SessionEvent['name']
export type Timer = 'connectRetry' | 'hold' | 'keepalive' | 'idleHold' | 'sendHold'

/** Seconds, the time one attempt to connect may take, or the wait that grows with the failures in a row. */
export type Span = number | 'connectTimeout' | { readonly backoff: number }

export type Effect =
  | { readonly do: 'connect' }
  /** Whatever was sent before still goes out. */
  | { readonly do: 'close' }
  | { readonly do: 'sendOpen' }
  | { readonly do: 'sendKeepalive' }
  | { readonly do: 'sendNotification'; readonly notification: Notification }
  | { readonly do: 'startTimer'; readonly timer: Timer; readonly after: Span }
  | { readonly do: 'stopTimer'; readonly timer: Timer }
  | { readonly do: 'established'; readonly negotiated: Negotiated }
  /** Left Established. */
  | { readonly do: 'lost' }
  | { readonly do: 'refresh'; readonly family: Family }
  | { readonly do: 'failed'; readonly failure: Failure }

export interface Step {
  readonly state: SessionState
  readonly effects: readonly Effect[]
}
