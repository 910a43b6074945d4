/* Signatures as options of a socket, for the segments from and to one peer. */
import type { TcpAoAlgorithm } from '#core/bgp/own-fields.ts'
import type { Address } from '#core/model/address.ts'
import { addTcpAoKey, removeTcpAoKey, type MasterKey } from '#platform/linux/tcp-ao.ts'
import { setTcpMd5Key } from '#platform/linux/tcp-socket.ts'

import type { Signature, TcpAo } from '../signature.ts'

const kernelNames: Readonly<Record<TcpAoAlgorithm, MasterKey['algorithm']>> = {
  'hmac-sha-1-96': 'hmac(sha1)',
  'aes-128-cmac-96': 'cmac(aes128)',
}

export function sign(fd: number, peer: Address, { key, tcpAo }: Signature): void {
  if (tcpAo === undefined) setTcpMd5Key(fd, peer, key)
  else addTcpAoKey(fd, peer, masterKey(key, tcpAo))
}

/** The signatures that a listening socket demands. */
export class Demands {
  readonly #fd: number
  readonly #held = new Map<Address, Signature>()

  constructor(fd: number) {
    this.#fd = fd
  }

  /** Throws where the kernel does not take it; nothing is demanded of the peer then. */
  set(peer: Address, signature: Signature | undefined): void {
    const before = this.#held.get(peer)
    // A password takes the place of another; a master key does not, nor of the other kind.
    if (before?.tcpAo !== undefined || signature?.tcpAo !== undefined) this.#clear(peer, before)
    if (signature === undefined) setTcpMd5Key(this.#fd, peer, undefined)
    else sign(this.#fd, peer, signature)
    if (signature === undefined) this.#held.delete(peer)
    else this.#held.set(peer, signature)
  }

  #clear(peer: Address, before: Signature | undefined): void {
    this.#held.delete(peer)
    if (before?.tcpAo === undefined) setTcpMd5Key(this.#fd, peer, undefined)
    else removeTcpAoKey(this.#fd, peer, masterKey(before.key, before.tcpAo))
  }
}

function masterKey(key: Uint8Array, { algorithm, sendId, receiveId }: TcpAo): MasterKey {
  return { key, algorithm: kernelNames[algorithm], sendId, receiveId }
}
