/* ICMPv6 sockets of one link, for messages that may not have crossed a router (RFC 4861 §3.1: hop limit 255). */
import type { Address } from '#core/model/address.ts'

import { accept, assemble, drop, loadByte, NETWORK_OFFSET, require, when } from './bpf.ts'
import {
  AF_INET6,
  IPPROTO_ICMPV6,
  IPPROTO_IPV6,
  IPV6_ADD_MEMBERSHIP,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_UNICAST_HOPS,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
} from './constants.ts'
import * as libc from './libc.ts'
import { addressOf, socketAddress } from './socket-address.ts'
import { groupRequest } from './multicast.ts'

const JOIN = { level: IPPROTO_IPV6, name: IPV6_ADD_MEMBERSHIP, label: 'IPV6_ADD_MEMBERSHIP' }
const LOOP = { level: IPPROTO_IPV6, name: IPV6_MULTICAST_LOOP, label: 'IPV6_MULTICAST_LOOP' }
const hopLimits = [
  { level: IPPROTO_IPV6, name: IPV6_UNICAST_HOPS, label: 'IPV6_UNICAST_HOPS' },
  { level: IPPROTO_IPV6, name: IPV6_MULTICAST_HOPS, label: 'IPV6_MULTICAST_HOPS' },
]
/** Of the IPv6 header. */
const hopLimitOffset = 7
const farthest = 255

export interface Icmp6Options {
  /** Our link-local address on the link: the source of what is sent. */
  readonly address: Address
  /** Index of the interface. */
  readonly zone: number
  /** Message types that are let in. */
  readonly types: readonly number[]
  readonly groups: readonly Address[]
}

export interface Icmp6Message {
  readonly source: Address
  /** From the type on; valid until the next call of `receive`. */
  readonly bytes: Uint8Array
}

export interface Icmp6Socket {
  readonly fd: number
  /** The next waiting message, or undefined. */
  receive(): Icmp6Message | undefined
  /** The kernel fills in the checksum. Throws a SystemError. */
  send(bytes: Uint8Array, to: Address): void
  close(): void
}

/** Throws a SystemError: EADDRNOTAVAIL while the address is being checked for a duplicate. */
export function openIcmp6Socket({ address, zone, types, groups }: Icmp6Options): Icmp6Socket {
  const fd = libc.socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6)
  try {
    const wanted = types.flatMap((type) => when(type, [accept()]))
    const direct = [loadByte(NETWORK_OFFSET + hopLimitOffset), ...require(farthest), loadByte(0)]
    libc.attachFilter(fd, assemble([...direct, ...wanted, drop()]))
    libc.bind(fd, socketAddress(address, 0, zone), `${address}, interface ${zone}`)
    for (const option of hopLimits) libc.setsockopt(fd, option, farthest)
    libc.setsockopt(fd, LOOP, 0)
    for (const group of groups) libc.setsockopt(fd, JOIN, groupRequest(zone, group))
  } catch (error) {
    libc.close(fd)
    throw error
  }
  const [buffer, from] = [new Uint8Array(1500), new Uint8Array(28)]
  return {
    fd,
    receive() {
      const length = libc.recvfrom(fd, buffer, from)
      return length === undefined ? undefined : { source: addressOf(from), bytes: buffer.subarray(0, length) }
    },
    send: (bytes, to) => libc.sendto(fd, bytes, socketAddress(to, 0, zone)),
    close: () => libc.close(fd),
  }
}
