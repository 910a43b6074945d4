/*
 * IPv6 multicast memberships of this host's interfaces: they make the kernel report the groups (MLD, RFC 3810) and
 * the network card let their frames in. The kernel bounds how many one socket may hold (net.core.optmem_max), so
 * further sockets are opened as they fill.
 */
import { bytesOf, type Address } from '#core/model/address.ts'
import {
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from './constants.ts'
import * as libc from './libc.ts'
import { isSystemError } from './system-error.ts'

export class Memberships {
  readonly #sockets: number[] = []
  /** By interface and group: the socket that holds the membership. */
  readonly #held = new Map<string, number>()

  /** Idempotent. Throws a SystemError, ENODEV when the interface is gone or has no IPv6. */
  join(ifindex: number, group: Address): void {
    const key = keyOf(ifindex, group)
    if (!this.#held.has(key)) this.#held.set(key, this.#add(ifindex, group))
  }

  /** Idempotent; a membership that the kernel has already dropped with its interface is fine too. */
  leave(ifindex: number, group: Address): void {
    const key = keyOf(ifindex, group)
    const fd = this.#held.get(key)
    if (fd === undefined) return
    this.#held.delete(key)
    try {
      libc.setsockopt(
        fd,
        option('IPV6_DROP_MEMBERSHIP', IPV6_DROP_MEMBERSHIP, key),
        groupRequest(ifindex, group),
      )
    } catch (error) {
      if (!isSystemError(error, 'EADDRNOTAVAIL', 'ENODEV')) throw error
    }
  }

  /** Leaves everything. */
  close(): void {
    for (const fd of this.#sockets.splice(0)) libc.close(fd)
    this.#held.clear()
  }

  #add(ifindex: number, group: Address): number {
    const add = option('IPV6_ADD_MEMBERSHIP', IPV6_ADD_MEMBERSHIP, keyOf(ifindex, group))
    const newest = this.#sockets.at(-1)
    if (newest !== undefined) {
      try {
        libc.setsockopt(newest, add, groupRequest(ifindex, group))
        return newest
      } catch (error) {
        if (!isSystemError(error, 'ENOMEM', 'ENOBUFS')) throw error
      }
    }
    const fd = libc.socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    this.#sockets.push(fd)
    libc.setsockopt(fd, add, groupRequest(ifindex, group))
    return fd
  }
}

function option(label: string, name: number, key: string): libc.SocketOption {
  return { level: IPPROTO_IPV6, name, label: `${label} ${key}` }
}

/** `struct ipv6_mreq` */
export function groupRequest(ifindex: number, group: Address): Uint8Array {
  const bytes = new Uint8Array(20)
  bytes.set(bytesOf(group))
  new Int32Array(bytes.buffer)[4] = ifindex
  return bytes
}

function keyOf(ifindex: number, group: Address): string {
  return `${group} on interface ${ifindex}`
}
