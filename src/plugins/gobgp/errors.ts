/* What can go wrong between Herald, gobgpd and a router, as a closed list. */
import { ConfigError } from '#core/errors.ts'
import { quote } from '#core/model/wording.ts'

/**
 * `unreachable`: no answer, or the connection broke; another attempt may do. `refused`: gobgpd understood and said no.
 * `aborted`: we gave up waiting ourselves.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly kind: 'unreachable' | 'refused' | 'aborted'

  constructor(kind: 'unreachable' | 'refused' | 'aborted', call: string, detail: string) {
    super(`${call}: ${detail}`)
    this.kind = kind
  }
}

/** Why a peer has no session, beyond what its state says. */
export interface PeerProblem {
  readonly reason:
    | 'DaemonUnreachable'
    | 'WrongAS'
    | 'ForeignNeighbor'
    | 'InvalidPeer'
    | 'RefusedByDaemon'
    | 'SecretUnavailable'
    | 'SessionLost'
  readonly message: string
}

export function invalidPeer(field: string, message: string): PeerProblem {
  return { reason: 'InvalidPeer', message: `spec.${field}: ${message}` }
}

export function configError(path: string, found: unknown, allowed: string): ConfigError {
  return new ConfigError({ path: path === '' ? 'gobgp' : `gobgp.${path}`, found: quote(found), allowed })
}
