/* Heartbeats on the kernel's UDP, IPv4 and IPv6 on one port, read in the poll loop. */
import { familyOf, type Address, type Family } from '#core/model/address.ts'
import { accept } from '#platform/linux/bpf.ts'
import { isSystemError } from '#platform/linux/system-error.ts'
import { openUdpSocket, type UdpSocket } from '#platform/linux/udp-socket.ts'

export interface BeatWireOptions {
  readonly port: number
  /** Calls back whenever `fd` is readable; returns the function that stops it. */
  readonly watch: (fd: number, handler: () => void) => () => void
  /** `message` is valid until it returns. */
  readonly received: (message: Uint8Array) => void
}

/** What carries heartbeats. */
export interface BeatWire {
  /** A peer that cannot be reached is found out by its silence. */
  send(message: Uint8Array, address: string): void
  /** Reads what waits, before silence is judged. */
  drain(): void
  close(): void
}

/** Members may be some routers apart. */
const hops = 64
/** Read per wake-up before other descriptors have their turn. */
const batch = 128
/** More than any kernel queues by default. */
const backlog = 8192

/** A host without IPv6 does with IPv4. Throws a SystemError when the port is taken. */
export function openBeatWire({ port, watch, received }: BeatWireOptions): BeatWire {
  const sockets = openSockets(port)
  const read = (socket: UdpSocket, limit: number): void => {
    for (let i = 0; i < limit; i++) {
      const datagram = socket.receive()
      if (datagram === undefined) return
      received(datagram.bytes)
    }
  }
  const unwatch = [...sockets.values()].map((socket) => watch(socket.fd, () => read(socket, batch)))
  return {
    send: (message, address) => send(sockets, message, address as Address, port),
    drain: () => sockets.forEach((socket) => read(socket, backlog)),
    close() {
      for (const stop of unwatch) stop()
      for (const socket of sockets.values()) socket.close()
    },
  }
}

function openSockets(port: number): ReadonlyMap<Family, UdpSocket> {
  const v4 = openUdpSocket({ family: 'IPv4', port, hops })
  v4.filter([accept()])
  try {
    const v6 = openUdpSocket({ family: 'IPv6', port, hops })
    v6.filter([accept()])
    return new Map([
      ['IPv4', v4],
      ['IPv6', v6],
    ])
  } catch (error) {
    if (isSystemError(error, 'EAFNOSUPPORT', 'EADDRNOTAVAIL')) return new Map([['IPv4', v4]])
    v4.close()
    throw error
  }
}

function send(
  sockets: ReadonlyMap<Family, UdpSocket>,
  message: Uint8Array,
  address: Address,
  port: number,
): void {
  try {
    sockets.get(familyOf(address))?.send(message, address, port)
  } catch (error) {
    // No route, no neighbour, a full queue, or the kernel's word on an earlier datagram (port closed).
    if (!isSystemError(error)) throw error
  }
}
