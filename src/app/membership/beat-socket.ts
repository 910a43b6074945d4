/* Heartbeats over UDP, IPv4 and IPv6, on one port. */
import { createSocket, type Socket } from 'node:dgram'

export interface BeatSocketOptions {
  readonly port: number
  readonly received: (message: Uint8Array) => void
}

/** What carries heartbeats. */
export interface BeatLink {
  /** Settles when the message left or could not: an unreachable peer is found out by its silence. */
  send(message: Uint8Array, address: string): Promise<void>
  close(): void
}

/** A host without IPv6 does with IPv4. Rejects when the port is taken. */
export async function openBeatSocket({ port, received }: BeatSocketOptions): Promise<BeatLink> {
  const v4 = await bound('udp4', port, received)
  try {
    return new BeatSocket({ v4, v6: await bound('udp6', port, received) }, port)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EAFNOSUPPORT')
      return new BeatSocket({ v4 }, port)
    v4.close()
    throw cause
  }
}

class BeatSocket implements BeatLink {
  private readonly sockets: { readonly v4?: Socket; readonly v6?: Socket }
  private readonly port: number

  constructor(sockets: BeatSocket['sockets'], port: number) {
    this.sockets = sockets
    this.port = port
  }

  send(message: Uint8Array, address: string): Promise<void> {
    const socket = address.includes(':') ? this.sockets.v6 : this.sockets.v4
    if (socket === undefined) return Promise.resolve()
    return new Promise((resolve) => socket.send(message, this.port, address, () => resolve()))
  }

  close(): void {
    this.sockets.v4?.close()
    this.sockets.v6?.close()
  }
}

function bound(
  type: 'udp4' | 'udp6',
  port: number,
  received: (message: Uint8Array) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type, ipv6Only: type === 'udp6' })
    socket.once('error', (cause) => {
      socket.close()
      reject(cause)
    })
    socket.bind(port, () => {
      socket.removeAllListeners('error')
      // What the kernel reports of earlier datagrams (a peer's port closed) concerns nobody.
      socket.on('error', () => {})
      socket.on('message', received)
      resolve(socket)
    })
  })
}
