/* The wire as it is on Linux: two packet sockets per interface behind kernel filters, and multicast memberships. */
import { familyOf, type Address } from '#core/model/address.ts'
import type { Instruction } from '#platform/linux/bpf.ts'
import { ETH_P_ARP, ETH_P_IPV6 } from '#platform/linux/constants.ts'
import { Memberships } from '#platform/linux/multicast.ts'
import { openPacketSocket, type PacketSocket } from '#platform/linux/packet-socket.ts'
import { isSystemError } from '#platform/linux/system-error.ts'
import type { LinkFacts } from '../interfaces.ts'
import { solicitedNodeGroup } from '../subnet.ts'
import type { Wire } from '../wire.ts'
import { arpFilter, ndpFilter } from './filters.ts'

export interface PacketWireEvents {
  /** Calls back whenever `fd` is readable; returns the function that stops it. */
  watch(fd: number, handler: () => void): () => void
  frame(index: number, frame: Uint8Array): void
  /** Listening on the link came to an end. */
  broken(index: number, fault: string): void
}

type Filter = (addresses: readonly Address[], limit: number) => readonly Instruction[]

/** One protocol on one link. */
interface Tap {
  readonly socket: PacketSocket
  readonly unwatch: () => void
}

interface LinkTaps {
  arp?: Tap
  ndp?: Tap
  groups: ReadonlySet<Address>
}

/** The ARP filter tests two sets of addresses; this many of each, with what surrounds them, fit a program. */
const EXACT_ADDRESSES = 2000
/** Frames taken per wake-up before other descriptors have their turn. */
const BATCH = 64

export class PacketWire implements Wire {
  readonly #events: PacketWireEvents
  readonly #memberships = new Memberships()
  readonly #links = new Map<number, LinkTaps>()

  constructor(events: PacketWireEvents) {
    this.#events = events
  }

  listen({ index }: LinkFacts, addresses: readonly Address[]): void {
    const taps = this.#links.get(index) ?? { groups: new Set<Address>() }
    this.#links.set(index, taps)
    const [ipv4, ipv6] = [ofFamily(addresses, 'IPv4'), ofFamily(addresses, 'IPv6')]
    this.#tap(index, 'arp', ipv4)
    this.#tap(index, 'ndp', ipv6)
    this.#follow(index, taps, new Set(ipv6.map(solicitedNodeGroup)))
    if (addresses.length === 0) this.#links.delete(index)
  }

  send({ index }: LinkFacts, frame: Uint8Array): void {
    const taps = this.#links.get(index)
    const tap = taps?.arp ?? taps?.ndp
    tap?.socket.send(frame)
  }

  close(): void {
    for (const index of this.#links.keys()) {
      this.#untap(index, 'arp')
      this.#untap(index, 'ndp')
    }
    this.#links.clear()
    this.#memberships.close()
  }

  #tap(index: number, kind: 'arp' | 'ndp', addresses: readonly Address[]): void {
    if (addresses.length === 0) return this.#untap(index, kind)
    const taps = this.#links.get(index)
    const tap = taps?.[kind] ?? this.#open(index, kind)
    if (taps !== undefined) taps[kind] = tap
    attach(tap.socket, kind === 'arp' ? arpFilter : ndpFilter, addresses)
  }

  #untap(index: number, kind: 'arp' | 'ndp'): void {
    const taps = this.#links.get(index)
    taps?.[kind]?.unwatch()
    taps?.[kind]?.socket.close()
    delete taps?.[kind]
  }

  #open(index: number, kind: 'arp' | 'ndp'): Tap {
    const socket = openPacketSocket(kind === 'arp' ? ETH_P_ARP : ETH_P_IPV6, index)
    return { socket, unwatch: this.#events.watch(socket.fd, () => this.#read(index, kind, socket)) }
  }

  #read(index: number, kind: 'arp' | 'ndp', socket: PacketSocket): void {
    try {
      for (let i = 0; i < BATCH; i++) {
        const frame = socket.receive()
        if (frame === undefined) return
        this.#events.frame(index, frame)
      }
    } catch (error) {
      if (!isSystemError(error)) throw error
      // The link went down or away. Whether the socket would recover cannot be told from here: a new one will.
      this.#untap(index, kind)
      this.#events.broken(index, error.message)
    }
  }

  #follow(index: number, taps: LinkTaps, groups: ReadonlySet<Address>): void {
    for (const group of taps.groups) if (!groups.has(group)) this.#memberships.leave(index, group)
    for (const group of groups) this.#memberships.join(index, group)
    taps.groups = groups
  }
}

/**
 * As exact a filter as the kernel takes: where its memory for socket options is small (net.core.optmem_max), the
 * filter is widened until it fits.
 */
function attach(socket: PacketSocket, filter: Filter, addresses: readonly Address[]): void {
  for (let limit = EXACT_ADDRESSES; ; limit >>= 1) {
    try {
      return socket.filter(filter(addresses, limit))
    } catch (error) {
      if (limit === 1 || !isSystemError(error, 'ENOMEM', 'EINVAL')) throw error
    }
  }
}

function ofFamily(addresses: readonly Address[], family: 'IPv4' | 'IPv6'): readonly Address[] {
  return addresses.filter((address) => familyOf(address) === family)
}
