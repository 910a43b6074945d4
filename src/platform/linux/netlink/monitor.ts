/* Follows the kernel's links and addresses over an rtnetlink socket. */
import {
  AF_NETLINK,
  NETLINK_ROUTE,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
} from '../constants.ts'
import * as libc from '../libc.ts'
import { isSystemError } from '../system-error.ts'
import { LinkTable, type Link, type SyncEffect } from './link-table.ts'
import { decodeDatagram, dumpRequest } from './messages.ts'

/** RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR. */
const GROUPS = 0x1 | 0x10 | 0x100
const RECEIVE_BUFFER = { level: SOL_SOCKET, name: SO_RCVBUF, label: 'SO_RCVBUF' }
/** Room for some thousand events while a handler runs. */
const RECEIVE_BUFFER_BYTES = 1 << 20
/** The kernel fills dump replies up to 32 KiB. */
const DATAGRAM_BYTES = 1 << 16

export interface LinkMonitor {
  readonly fd: number
  /** Call when `fd` is readable. */
  read(): void
  close(): void
}

/** Calls `changed` with all links once they are known, and again after each change; only ever from `read`. */
export function openLinkMonitor(changed: (links: readonly Link[]) => void): LinkMonitor {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)
  try {
    libc.setsockopt(fd, RECEIVE_BUFFER, RECEIVE_BUFFER_BYTES)
    libc.bind(fd, netlinkAddress(GROUPS), 'rtnetlink')
    return new Monitor(fd, changed)
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

class Monitor implements LinkMonitor {
  readonly fd: number
  readonly #changed: (links: readonly Link[]) => void
  readonly #buffer = new Uint8Array(DATAGRAM_BYTES)
  #seq = 1
  #table = new LinkTable(this.#seq)

  constructor(fd: number, changed: (links: readonly Link[]) => void) {
    this.fd = fd
    this.#changed = changed
    this.#request()
  }

  read(): void {
    let publish = false
    for (let datagram = this.#receive(); datagram !== undefined; datagram = this.#receive()) {
      const effects = this.#table.apply(decodeDatagram(datagram))
      for (const effect of effects) publish = this.#perform(effect) || publish
    }
    if (publish && this.#table.awaiting === undefined) this.#changed(this.#table.links())
  }

  close(): void {
    libc.close(this.fd)
  }

  #perform(effect: SyncEffect): boolean {
    switch (effect.kind) {
      case 'request':
        this.#request()
        return false
      case 'restart':
        this.#restart()
        return false
      case 'publish':
        return true
    }
  }

  /** ENOBUFS means the kernel dropped events: what is known may be wrong. */
  #receive(): Uint8Array | undefined {
    try {
      const length = libc.recv(this.fd, this.#buffer)
      return length === undefined ? undefined : this.#buffer.subarray(0, length)
    } catch (error) {
      if (!isSystemError(error, 'ENOBUFS')) throw error
      this.#restart()
      return new Uint8Array(0)
    }
  }

  #restart(): void {
    this.#seq += 2
    this.#table = new LinkTable(this.#seq)
    this.#request()
  }

  #request(): void {
    const awaiting = this.#table.awaiting
    if (awaiting !== undefined)
      libc.sendto(this.fd, dumpRequest(awaiting.dump, awaiting.seq), netlinkAddress(0))
  }
}

/** `struct sockaddr_nl`; port 0 is the kernel, or for bind: choose one. */
function netlinkAddress(groups: number): Uint8Array {
  const bytes = new Uint8Array(12)
  new Uint16Array(bytes.buffer)[0] = AF_NETLINK
  new Uint32Array(bytes.buffer)[2] = groups
  return bytes
}
