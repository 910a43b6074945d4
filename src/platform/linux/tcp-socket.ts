/* TCP sockets with what Node cannot ask for: a signature of every segment (RFC 2385), and a source address. */
import { endianness } from 'node:os'

import type { Address, Family } from '#core/model/address.ts'

import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_MINHOPCOUNT,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  IP_MINTTL,
  IP_TOS,
  IP_TTL,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_REUSEADDR,
  TCP_INFO,
  TCP_MD5SIG,
} from './constants.ts'
import * as libc from './libc.ts'
import { socketAddress } from './socket-address.ts'
import { isSystemError } from './system-error.ts'

const REUSE_ADDRESS = { level: SOL_SOCKET, name: SO_REUSEADDR, label: 'SO_REUSEADDR' }
const ONLY_V6 = { level: IPPROTO_IPV6, name: IPV6_V6ONLY, label: 'IPV6_V6ONLY' }
const MD5_SIGNATURE = { level: IPPROTO_TCP, name: TCP_MD5SIG, label: 'TCP_MD5SIG' }
const INFORMATION = { level: IPPROTO_TCP, name: TCP_INFO, label: 'TCP_INFO' }
const SERVICE_CLASS = {
  IPv4: { level: IPPROTO_IP, name: IP_TOS, label: 'IP_TOS' },
  IPv6: { level: IPPROTO_IPV6, name: IPV6_TCLASS, label: 'IPV6_TCLASS' },
} as const

const TTL = {
  IPv4: { level: IPPROTO_IP, name: IP_TTL, label: 'IP_TTL' },
  IPv6: { level: IPPROTO_IPV6, name: IPV6_UNICAST_HOPS, label: 'IPV6_UNICAST_HOPS' },
} as const
const MIN_TTL = {
  IPv4: { level: IPPROTO_IP, name: IP_MINTTL, label: 'IP_MINTTL' },
  IPv6: { level: IPPROTO_IPV6, name: IPV6_MINHOPCOUNT, label: 'IPV6_MINHOPCOUNT' },
} as const

/** DSCP CS6, network control. */
const networkControl = 0xc0
/** Of `tcpi_unacked` in struct tcp_info. */
const unackedAt = 24
/** Longest key the kernel takes. */
const md5KeyMax = 80

const any = { IPv4: '0.0.0.0', IPv6: '::' } as Readonly<Record<Family, Address>>

export interface TcpSocketOptions {
  readonly family: Family
  /** Absent = the kernel chooses when connecting. */
  readonly source?: Address
}

/** A socket that is not connected yet. Throws a SystemError; the descriptor belongs to the caller. */
export function openTcpSocket({ family, source }: TcpSocketOptions): number {
  return opened(family, (fd) => {
    if (source !== undefined) libc.bind(fd, socketAddress(source, 0), `source address ${source}`)
  })
}

/** A socket bound to `port` on every address of the family. */
export function openTcpListener(family: Family, port: number): number {
  return opened(family, (fd) => {
    libc.setsockopt(fd, REUSE_ADDRESS, 1)
    if (family === 'IPv6') libc.setsockopt(fd, ONLY_V6, 1)
    // Connections inherit it, and a peer that demands it judges by the first segment (RFC 5082).
    libc.setsockopt(fd, TTL[family], 255)
    libc.bind(fd, socketAddress(any[family], port), `${family} port ${port}`)
  })
}

/** How many connections wait to be accepted: for a listening socket the kernel tells that as what is not acknowledged. */
export function connectionsWaiting(fd: number): number {
  const info = libc.getsockopt(fd, INFORMATION, unackedAt + 4)
  return new DataView(info.buffer).getUint32(unackedAt, endianness() === 'LE')
}

/** Segments that arrive with a lower TTL are dropped from now on, and ours leave with 255 (RFC 5082 §3). */
export function demandMinTtl(fd: number, family: Family, minTtl: number): void {
  libc.setsockopt(fd, TTL[family], 255)
  libc.setsockopt(fd, MIN_TTL[family], minTtl)
}

/**
 * Segments from and to `peer` carry the MD5 signature of `key` from now on, on a listening socket too; undefined
 * takes the key away.
 */
export function setTcpMd5Key(fd: number, peer: Address, key: Uint8Array | undefined): void {
  if (key !== undefined && key.length > md5KeyMax) {
    throw new RangeError(`a TCP MD5 password of ${key.length} bytes, allowed 1 to ${md5KeyMax}`)
  }
  try {
    libc.setsockopt(fd, MD5_SIGNATURE, md5Signature(peer, key ?? new Uint8Array()))
  } catch (error) {
    // Nothing to take away.
    if (key !== undefined || !isSystemError(error, 'ENOENT')) throw error
  }
}

function opened(family: Family, prepare: (fd: number) => void): number {
  const domain = family === 'IPv4' ? AF_INET : AF_INET6
  const fd = libc.socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  try {
    libc.setsockopt(fd, SERVICE_CLASS[family], networkControl)
    prepare(fd)
    return fd
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

/** `struct tcp_md5sig`: peer (128), flags, prefix length, key length, interface, key (80). */
function md5Signature(peer: Address, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(216)
  bytes.set(socketAddress(peer, 0))
  new Uint16Array(bytes.buffer)[65] = key.length
  bytes.set(key, 136)
  return bytes
}
