/*
 * TCP-AO (RFC 5925), which Linux has since 6.7 where it is built with CONFIG_TCP_AO: the master keys of a socket, per
 * peer. A listening socket drops what a peer that has a key here sends without a signature.
 */
import { familyOf, type Address } from '#core/model/address.ts'

import { IPPROTO_TCP, TCP_AO_ADD_KEY, TCP_AO_DEL_KEY } from './constants.ts'
import * as libc from './libc.ts'
import { socketAddress } from './socket-address.ts'
import { isSystemError } from './system-error.ts'

const ADD_KEY = {
  level: IPPROTO_TCP,
  name: TCP_AO_ADD_KEY,
  label: 'TCP_AO_ADD_KEY',
}
const DELETE_KEY = {
  level: IPPROTO_TCP,
  name: TCP_AO_DEL_KEY,
  label: 'TCP_AO_DEL_KEY',
}

/** TCP_AO_MAXKEYLEN. */
const keyMax = 80
/** Both algorithms of RFC 5926 cut their codes to 96 bits. */
const codeLength = 12

/** A master key tuple (RFC 5925 §3.1) of one peer, for both directions. */
export interface MasterKey {
  readonly key: Uint8Array
  /** As the kernel's crypto calls it. */
  readonly algorithm: 'hmac(sha1)' | 'cmac(aes128)'
  /** KeyID of what is sent, 0 to 255: the peer's `receiveId`. */
  readonly sendId: number
  /** KeyID of what is received. */
  readonly receiveId: number
}

/**
 * Segments from and to `peer` are signed from now on; a connection takes keys only before it is made. Throws a
 * SystemError, or an error of code ENOPROTOOPT that says what the kernel lacks.
 */
export function addTcpAoKey(fd: number, peer: Address, master: MasterKey): void {
  if (master.key.length < 1 || master.key.length > keyMax) {
    throw new RangeError(`a TCP-AO master key of ${master.key.length} bytes, allowed 1 to ${keyMax}`)
  }
  try {
    libc.setsockopt(fd, ADD_KEY, tcpAoAdd(peer, master))
  } catch (error) {
    throw isSystemError(error, 'ENOPROTOOPT') ? withoutTcpAo(error) : error
  }
}

/** Takes the key with these ids away from a listening socket; none is no fault. */
export function removeTcpAoKey(fd: number, peer: Address, master: MasterKey): void {
  try {
    libc.setsockopt(fd, DELETE_KEY, tcpAoDelete(peer, master))
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOPROTOOPT')) throw error
  }
}

/**
 * `struct tcp_ao_add`: peer (128), algorithm (64), interface, flags, padding, prefix length, send id, receive id, code
 * length, key flags, key length, key (80).
 */
export function tcpAoAdd(peer: Address, { key, algorithm, sendId, receiveId }: MasterKey): Uint8Array {
  const bytes = new Uint8Array(288)
  bytes.set(socketAddress(peer, 0))
  bytes.set(new TextEncoder().encode(algorithm), 128)
  bytes.set([hostLength(peer), sendId, receiveId, codeLength, 0, key.length], 202)
  bytes.set(key, 208)
  return bytes
}

/** `struct tcp_ao_del`: peer (128), interface, flags, padding, prefix length, send id, receive id, three more. */
export function tcpAoDelete(peer: Address, { sendId, receiveId }: MasterKey): Uint8Array {
  const bytes = new Uint8Array(144)
  bytes.set(socketAddress(peer, 0))
  bytes.set([hostLength(peer), sendId, receiveId], 138)
  return bytes
}

function hostLength(peer: Address): number {
  return familyOf(peer) === 'IPv4' ? 32 : 128
}

function withoutTcpAo(cause: { readonly code: string }): Error {
  const text = 'this kernel has no TCP-AO: Linux 6.7 and newer have it when built with CONFIG_TCP_AO'
  return Object.assign(new Error(text, { cause }), { code: cause.code })
}
