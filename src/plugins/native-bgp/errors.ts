/* Everything that can go wrong with a session, as a closed list, and the sentence a person reads about it. */
import { describeNotification, type Notification } from './wire/notification.ts'

export type Failure =
  /** No answer at all within the connect timeout. */
  | { readonly reason: 'ConnectTimeout' }
  /** `code`: the system's error name, `ECONNREFUSED`. */
  | { readonly reason: 'ConnectFailed'; readonly code: string; readonly detail: string }
  /** The TCP connection ended without a NOTIFICATION. */
  | { readonly reason: 'ConnectionLost'; readonly code: string; readonly detail: string }
  | { readonly reason: 'HoldTimerExpired'; readonly seconds: number }
  | { readonly reason: 'SendHoldTimerExpired' }
  /** It keeps our routes and opened a new connection (RFC 4724 §5). */
  | { readonly reason: 'PeerRestarted' }
  /** `detail`: what BFD saw, in one phrase. */
  | { readonly reason: 'BfdDown'; readonly detail: string }
  | { readonly reason: 'OpenTimeout' }
  | { readonly reason: 'WrongPeerAS'; readonly found: number; readonly expected: string }
  | { readonly reason: 'NotificationSent'; readonly notification: Notification; readonly detail?: string }
  | { readonly reason: 'NotificationReceived'; readonly notification: Notification }

/** Why a BGPPeer makes no session at all. */
export type ResourceFault =
  | { readonly reason: 'SecretUnavailable'; readonly detail: string }
  | { readonly reason: 'InvalidPeer'; readonly field: string; readonly detail: string }
  /** Nobody is known at the other end of the link yet. */
  | { readonly reason: 'NoRouterOnLink'; readonly link: string; readonly detail: string }

export type SignedBy = 'password' | 'TCP-AO'

export interface FailureContext {
  /** `address:port`. */
  readonly peer: string
  /** What segments are signed with; absent: nothing. */
  readonly signedBy?: SignedBy
  readonly localAs: number
}

/** One sentence, without secrets. */
export function describeFailure(failure: Failure, { peer, signedBy, localAs }: FailureContext): string {
  switch (failure.reason) {
    case 'ConnectTimeout':
      return `no answer from ${peer}; ${silenceHint(signedBy)}`
    case 'ConnectFailed':
      return `cannot connect to ${peer}: ${failure.detail}`
    case 'ConnectionLost':
      return `the connection to ${peer} was lost: ${failure.detail}`
    case 'HoldTimerExpired':
      return `nothing heard from ${peer} for ${failure.seconds} s, the hold time`
    case 'SendHoldTimerExpired':
      return `${peer} has not taken what we send for minutes, though it goes on talking`
    case 'PeerRestarted':
      return `${peer} has restarted`
    case 'BfdDown':
      return `BFD lost ${peer}: ${failure.detail}`
    case 'OpenTimeout':
      return `${peer} accepted the connection but sent no OPEN`
    case 'WrongPeerAS':
      return `${peer} is AS ${failure.found}, expected AS ${failure.expected}`
    case 'NotificationSent':
      return `told ${peer}: ${describeNotification(failure.notification)}${suffix(failure.detail)}`
    case 'NotificationReceived':
      return `${peer} says: ${describeNotification(failure.notification)}; our AS is ${localAs}`
  }
}

export function describeFault(fault: ResourceFault): string {
  switch (fault.reason) {
    case 'InvalidPeer':
      return `spec.${fault.field}: ${fault.detail}`
    case 'NoRouterOnLink':
      return `no peer on ${fault.link}: ${fault.detail}`
    case 'SecretUnavailable':
      return `no password to use: ${fault.detail}`
  }
}

function suffix(detail: string | undefined): string {
  return detail === undefined ? '' : ` (${detail})`
}

/** RFC 2385, RFC 5925: segments with a wrong or missing signature are dropped in silence. */
function silenceHint(signedBy: SignedBy | 'nothing' = 'nothing'): string {
  const cause = {
    nothing: 'the peer may require a password',
    password: 'the password may differ',
    'TCP-AO': 'the master key, its ids or its algorithm may differ',
  }[signedBy]
  return `${cause}, or the address is unreachable or filtered`
}

/** The configuration of this plugin is not what it must be. */
export class ConfigError extends Error {
  constructor(path: string, found: unknown, allowed: string) {
    super(`${path}: found ${JSON.stringify(found)}, allowed ${allowed}`)
    this.name = 'ConfigError'
  }
}
