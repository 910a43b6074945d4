/*
 * Which connections to an address leave this machine as they are. Where the proxy takes one, its destination is an
 * endpoint before it reaches any link; where the proxy does not, the present owner on the segment would answer, and the
 * connection would succeed although this node cannot serve it.
 */
import { addressFromBytes, bytesOf, type Address } from '#core/model/address.ts'
import {
  acceptIfIn,
  drop,
  INTERFACE_OFFSET,
  loadByte,
  loadWord,
  NETWORK_OFFSET,
  PACKET_OUTGOING,
  PACKET_TYPE_OFFSET,
  PROTOCOL_OFFSET,
  require,
  when,
  wordRanges,
  type Instruction,
} from '#platform/linux/bpf.ts'
import { ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, IPPROTO_TCP } from '#platform/linux/constants.ts'
import { openPacketSocket } from '#platform/linux/packet-socket.ts'

/** The loopback interface has this index in every network namespace. */
const LOOPBACK = 1
/** More addresses than these make the filter take in what lies between them; what it lets through is looked at. */
const maxRanges = 256

export interface Leaks {
  /**
   * Whether a new connection to the port of the address has left the machine so far. Whose it is does not matter, and
   * could not be told: translation may have given it another source.
   */
  has(address: Address, port: number): boolean
  close(): void
}

/** Sees all that leaves from now on until `close`. Throws a SystemError, EPERM without CAP_NET_RAW. */
export function watchLeaks(addresses: readonly Address[]): Leaks {
  const socket = openPacketSocket(ETH_P_ALL, 0, { headless: true })
  try {
    socket.filter(outgoingTo(addresses))
  } catch (error) {
    socket.close()
    throw error
  }
  const seen = new Set<string>()
  const drain = (): void => {
    for (let frame = socket.receive(); frame !== undefined; frame = socket.receive()) {
      const flow = flowOf(frame)
      if (flow !== undefined) seen.add(flow)
    }
  }
  return {
    has(address, port) {
      drain()
      return seen.has(`${address} ${port}`)
    },
    close: () => socket.closeSoon(),
  }
}

/** TCP segments to one of the addresses, by any link but loopback. */
function outgoingTo(addresses: readonly Address[]): readonly Instruction[] {
  const ends = addresses.map((address) => bytesOf(address))
  const words = (length: number): number[] =>
    ends.filter((bytes) => bytes.length === length).map((bytes) => lastWord(bytes))
  const segmentsTo = (protocolAt: number, wordAt: number, length: number): readonly Instruction[] => [
    loadByte(NETWORK_OFFSET + protocolAt),
    ...require(IPPROTO_TCP),
    loadWord(NETWORK_OFFSET + wordAt),
    ...acceptIfIn(wordRanges(words(length), maxRanges)),
    drop(),
  ]
  return [
    loadWord(INTERFACE_OFFSET),
    ...when(LOOPBACK, [drop()]),
    loadWord(PACKET_TYPE_OFFSET),
    ...require(PACKET_OUTGOING),
    loadWord(PROTOCOL_OFFSET),
    ...when(ETH_P_IP, segmentsTo(9, 16, 4)),
    ...when(ETH_P_IPV6, segmentsTo(6, 36, 16)),
    drop(),
  ]
}

function lastWord(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0)
}

/** `destination port` of a packet that begins with its IP header and opens a connection (SYN without ACK). */
function flowOf(packet: Uint8Array): string | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  const version = view.getUint8(0) >> 4
  const header = version === 4 ? (view.getUint8(0) & 15) * 4 : 40
  if (packet.length < header + 14) return undefined
  if ((view.getUint8(header + 13) & 0x12) !== 0x02) return undefined
  const destination = version === 4 ? packet.slice(16, 20) : packet.slice(24, 40)
  return `${addressFromBytes(destination)} ${view.getUint16(header + 2)}`
}
