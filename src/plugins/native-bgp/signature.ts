/* What every segment of a session is signed with: a password by TCP-MD5 (RFC 2385), or a master key by TCP-AO (RFC 5925). */
import type { TcpAoAlgorithm } from '#core/bgp/own-fields.ts'
import type { BgpPeer } from '#core/bgp/peer.ts'

export interface Signature {
  readonly key: Uint8Array
  /** Absent: TCP-MD5. */
  readonly tcpAo?: TcpAo
}

export interface TcpAo {
  readonly algorithm: TcpAoAlgorithm
  readonly sendId: number
  readonly receiveId: number
}

/** Undefined without a password. */
export function signatureOf(
  { own }: Pick<BgpPeer, 'own'>,
  password: Uint8Array | undefined,
): Signature | undefined {
  if (password === undefined) return undefined
  const { tcpAo: algorithm, tcpAoSendId: sendId = 1, tcpAoReceiveId: receiveId = 1 } = own
  return {
    key: password,
    ...(algorithm && { tcpAo: { algorithm, sendId, receiveId } }),
  }
}
