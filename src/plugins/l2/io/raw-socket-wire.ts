/*
 * A wire for Neighbour Discovery over the npm package raw-socket: one ICMPv6 socket per interface. The kernel hands
 * over ICMPv6 messages, not frames, with the checksum verified; whether the hop limit was 255 (RFC 4861 §7.1) cannot
 * be learnt from the package.
 */
import { addressFromBytes, bytesOf, parseAddress, type Address } from '#core/model/address.ts'
import type { LinkFacts } from '../interfaces.ts'
import { solicitedNodeGroup } from '../subnet.ts'
import type { Wire } from '../wire.ts'
import { decodeNeighborMessage, UNSPECIFIED, type NeighborMessage } from '../wire/ndp.ts'
import type { RawSocket, RawSocketModule } from './raw-socket.ts'

const SO_BINDTODEVICE = [1, 25] as const
const IPV6_UNICAST_HOPS = [41, 16] as const
const IPV6_MULTICAST_HOPS = [41, 18] as const
const IPV6_JOIN_GROUP = [41, 20] as const
const IPV6_LEAVE_GROUP = [41, 21] as const
/** The IPv6 header is ours: only so can the source be the target, which some clients insist on. */
const IPV6_HDRINCL = [41, 36] as const
const ICMP6_FILTER = [58, 1] as const

const ETHERNET_HEADER = 14
const DESTINATION = 24

interface Tap {
  readonly socket: RawSocket
  groups: ReadonlySet<Address>
}

export interface RawSocketWireEvents {
  heard(index: number, message: NeighborMessage): void
  broken(index: number, fault: string): void
}

export class RawSocketWire implements Wire {
  readonly #raw: RawSocketModule
  readonly #events: RawSocketWireEvents
  readonly #taps = new Map<number, Tap>()

  constructor(raw: RawSocketModule, events: RawSocketWireEvents) {
    this.#raw = raw
    this.#events = events
  }

  /** What is said to all comes to such a socket without being asked for. */
  listen(link: LinkFacts, addresses: readonly Address[], watched: readonly Address[]): void {
    if (addresses.length + watched.length === 0) return this.#close(link.index)
    const tap = this.#taps.get(link.index) ?? this.#open(link)
    const groups = new Set(addresses.map(solicitedNodeGroup))
    for (const group of tap.groups) if (!groups.has(group)) setMembership(tap, IPV6_LEAVE_GROUP, group, link)
    for (const group of groups) if (!tap.groups.has(group)) setMembership(tap, IPV6_JOIN_GROUP, group, link)
    tap.groups = groups
  }

  /** The kernel puts its own Ethernet header in front: the packet in the frame is what is sent. */
  send({ index }: LinkFacts, frame: Uint8Array): void {
    const packet = Buffer.from(frame.subarray(ETHERNET_HEADER))
    const destination = addressFromBytes(packet.subarray(DESTINATION, DESTINATION + 16))
    this.#taps.get(index)?.socket.wrap.send(packet, 0, packet.length, destination, () => undefined)
  }

  #open({ index, name }: LinkFacts): Tap {
    const { AddressFamily, Protocol } = this.#raw
    const socket = this.#raw.createSocket({ addressFamily: AddressFamily.IPv6, protocol: Protocol.ICMPv6 })
    socket.on('message', (bytes, source) => this.#hear(index, bytes, source))
    socket.on('error', (error) => {
      this.#taps.delete(index)
      this.#events.broken(index, error.message)
    })
    socket.setOption(...ICMP6_FILTER, neighborMessagesOnly(), 32)
    socket.setOption(...SO_BINDTODEVICE, Buffer.from(`${name}\0`), name.length + 1)
    socket.setOption(...IPV6_UNICAST_HOPS, 255)
    socket.setOption(...IPV6_MULTICAST_HOPS, 255)
    socket.setOption(...IPV6_HDRINCL, 1)
    const tap = { socket, groups: new Set<Address>() }
    this.#taps.set(index, tap)
    return tap
  }

  #close(index: number): void {
    this.#taps.get(index)?.socket.close()
    this.#taps.delete(index)
  }

  #hear(index: number, bytes: Uint8Array, from: string): void {
    const source = parseAddress(from.split('%')[0] ?? '')
    if (source === undefined) return
    const message = decodeNeighborMessage(bytes, { source, destination: UNSPECIFIED })
    if (typeof message !== 'string') this.#events.heard(index, message)
  }
}

/** `struct icmp6_filter`: a set bit keeps a type out. */
function neighborMessagesOnly(): Buffer {
  const words = new Uint32Array(8).fill(0xffffffff)
  for (const type of [135, 136]) words[type >> 5] = (words[type >> 5] ?? 0) & ~(1 << (type & 31))
  return Buffer.from(words.buffer)
}

function setMembership(
  { socket }: Tap,
  option: readonly [number, number],
  group: Address,
  { index }: LinkFacts,
): void {
  const request = Buffer.alloc(20)
  request.set(bytesOf(group))
  request.set(new Uint8Array(new Int32Array([index]).buffer), 16)
  socket.setOption(...option, request, request.length)
}
