/* UDP sockets with what Node cannot ask for: a TTL and traffic class, and a kernel filter before anything arrives. */
import type { Address, Family } from '#core/model/address.ts'

import { assemble, drop, type Instruction } from './bpf.ts'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  IP_TOS,
  IP_TTL,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from './constants.ts'
import * as libc from './libc.ts'
import { addressOf, socketAddress, zoneOf } from './socket-address.ts'

const ONLY_V6 = { level: IPPROTO_IPV6, name: IPV6_V6ONLY, label: 'IPV6_V6ONLY' }
const HOPS = {
  IPv4: { level: IPPROTO_IP, name: IP_TTL, label: 'IP_TTL' },
  IPv6: { level: IPPROTO_IPV6, name: IPV6_UNICAST_HOPS, label: 'IPV6_UNICAST_HOPS' },
} as const
const SERVICE_CLASS = {
  IPv4: { level: IPPROTO_IP, name: IP_TOS, label: 'IP_TOS' },
  IPv6: { level: IPPROTO_IPV6, name: IPV6_TCLASS, label: 'IPV6_TCLASS' },
} as const

/** DSCP CS6, network control. */
const networkControl = 0xc0

const any = { IPv4: '0.0.0.0', IPv6: '::' } as Readonly<Record<Family, Address>>

export interface UdpSocketOptions {
  readonly family: Family
  /** Absent = every address of the family. */
  readonly address?: Address
  /** Index of the interface, of a link-local address. */
  readonly zone?: number
  readonly port: number
  /** Of packets sent: TTL or hop limit. */
  readonly hops: number
}

export interface Datagram {
  readonly source: Address
  /** Index of the interface, of a link-local source; else 0. */
  readonly zone: number
  /** Valid until the next call of `receive`. */
  readonly bytes: Uint8Array
}

export interface UdpSocket {
  readonly fd: number
  /** Replaces the kernel filter atomically. */
  filter(program: readonly Instruction[]): void
  /** The next waiting datagram, or undefined. */
  receive(): Datagram | undefined
  /** Throws a SystemError when the kernel cannot send it now. */
  send(bytes: Uint8Array, to: Address, port: number): void
  close(): void
}

/**
 * Accepts nothing until `filter` is called: the first filter drops everything and is attached before the socket is
 * bound. Throws a SystemError, EADDRINUSE when the port is another's.
 */
export function openUdpSocket(options: UdpSocketOptions): UdpSocket {
  const { family, address = any[family], zone, port, hops } = options
  const domain = family === 'IPv4' ? AF_INET : AF_INET6
  const fd = libc.socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  const filter = (program: readonly Instruction[]): void => libc.attachFilter(fd, assemble(program))
  try {
    filter([drop()])
    if (family === 'IPv6') libc.setsockopt(fd, ONLY_V6, 1)
    libc.setsockopt(fd, HOPS[family], hops)
    libc.setsockopt(fd, SERVICE_CLASS[family], networkControl)
    libc.bind(fd, socketAddress(address, port, zone), `${family} UDP port ${port}`)
  } catch (error) {
    libc.close(fd)
    throw error
  }
  const [buffer, from] = [new Uint8Array(1500), new Uint8Array(28)]
  return {
    fd,
    filter,
    receive() {
      const length = libc.recvfrom(fd, buffer, from)
      if (length === undefined) return undefined
      return { source: addressOf(from), zone: zoneOf(from), bytes: buffer.subarray(0, length) }
    },
    send: (bytes, to, toPort) => libc.sendto(fd, bytes, socketAddress(to, toPort)),
    close: () => libc.close(fd),
  }
}
