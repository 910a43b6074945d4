/* AF_PACKET sockets: frames of one protocol that arrive on one interface, or are sent there. */
import { assemble, drop, type Instruction } from './bpf.ts'
import { AF_PACKET, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW } from './constants.ts'
import * as libc from './libc.ts'

export interface PacketSocket {
  readonly fd: number
  /** Replaces the kernel filter atomically; the same one again costs nothing. */
  filter(program: readonly Instruction[]): void
  /** The next waiting frame, or undefined. The bytes are valid until the next call. */
  receive(): Uint8Array | undefined
  /** Throws a SystemError, ENETDOWN while the interface is down. */
  send(frame: Uint8Array): void
  close(): void
  /** The same without waiting: the kernel takes its time until no processor looks at the socket any more. */
  closeSoon(): void
}

/**
 * Opens a socket for `protocol` (ETH_P_*) on the interface with this index. It accepts nothing until `filter` is
 * called: the first filter drops everything and is attached before the socket is bound, so no frame slips in. Index 0
 * stands for all interfaces; `headless`: frames begin with the header of the network layer, whatever the link.
 */
export function openPacketSocket(
  protocol: number,
  ifindex: number,
  { headless = false }: { readonly headless?: boolean } = {},
): PacketSocket {
  const type = headless ? SOCK_DGRAM : SOCK_RAW
  const fd = libc.socket(AF_PACKET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  let attached: Buffer = Buffer.alloc(0)
  const filter = (program: readonly Instruction[]): void => {
    const bytes = Buffer.from(assemble(program).buffer)
    if (bytes.equals(attached)) return
    libc.attachFilter(fd, bytes)
    attached = bytes
  }
  try {
    filter([drop()])
    libc.bind(fd, linkAddress(protocol, ifindex), `protocol 0x${protocol.toString(16)}, interface ${ifindex}`)
  } catch (error) {
    libc.close(fd)
    throw error
  }
  const buffer = new Uint8Array(2048)
  return {
    fd,
    filter,
    receive() {
      const length = libc.recv(fd, buffer)
      return length === undefined ? undefined : buffer.subarray(0, length)
    },
    send: (frame) => libc.send(fd, frame),
    close: () => libc.close(fd),
    closeSoon: () => libc.closeSoon(fd),
  }
}

/** `struct sockaddr_ll` with protocol and interface. */
function linkAddress(protocol: number, ifindex: number): Uint8Array {
  const bytes = new Uint8Array(20)
  new Uint16Array(bytes.buffer)[0] = AF_PACKET
  bytes[2] = protocol >> 8
  bytes[3] = protocol & 255
  new Int32Array(bytes.buffer)[1] = ifindex
  return bytes
}
