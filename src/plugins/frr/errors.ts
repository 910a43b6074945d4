/* What can be wrong with a peer or with FRR, as a closed list, and the sentence a person reads about it. */
export { ConfigError } from '#core/errors.ts'

export type TroubleReason =
  /** The spec makes no session. */
  | 'InvalidPeer'
  /** No such Secret, no password in it, or one that FRR cannot take. */
  | 'SecretUnavailable'
  /** FRR runs a router that ours cannot share. */
  | 'RouterConflict'
  /** The operator has configured the same neighbor. */
  | 'NeighborConflict'
  /** bgpd would end, for it cannot have the port it listens on. */
  | 'PortTaken'
  /** FRR did not take a command. */
  | 'CommandRefused'
  /** A daemon's socket cannot be reached, or nothing is answered. */
  | 'FrrUnreachable'
  /** bgpd runs, bfdd does not. */
  | 'BfdUnavailable'
  /** FRR has the neighbor, but no session with it. */
  | 'NotEstablished'

export interface Trouble {
  readonly reason: TroubleReason
  /** One sentence without a secret in it. */
  readonly message: string
}

/** A daemon that cannot be talked to. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError'
}

/** A command that FRR answered with an error; nothing secret in it. */
export interface Refusal {
  readonly command: string
  readonly context: readonly string[]
  readonly status: number
  readonly answer: string
  /** Address or interface of the neighbor it is about. */
  readonly neighbor?: string
}

export function describeRefusal({ command, context, status, answer }: Refusal): string {
  const place = context.length === 0 ? '' : ` in "${context.join(' / ')}"`
  return `FRR refuses "${command}"${place} with status ${status}${answer === '' ? '' : `: ${answer}`}`
}

export function portTaken(port: number): Trouble {
  const remedy =
    'have it listen elsewhere (native-bgp: plugins.native-bgp.listenPort: 0), or start bgpd with -p 0 and say plugins.frr.bgpPort: 0'
  const message = `somebody else listens on TCP port ${port}, and bgpd would end without it; ${remedy}`
  return { reason: 'PortTaken', message }
}
