/*
 * The wire as it is on Linux: two packet sockets per interface behind kernel filters, and multicast memberships.
 *
 * To close a packet socket waits for all cores of the machine (synchronize_net of the kernel): 5 to 20 ms in which this
 * thread neither beats nor answers nor takes over. One with nothing to hear is kept, behind a filter that drops all.
 */
import { familyOf, type Address } from '#core/model/address.ts'
import { drop, type Instruction } from '#platform/linux/bpf.ts'
import { ETH_P_ARP, ETH_P_IPV6 } from '#platform/linux/constants.ts'
import { Memberships } from '#platform/linux/multicast.ts'
import { openPacketSocket, type PacketSocket } from '#platform/linux/packet-socket.ts'
import { isSystemError } from '#platform/linux/system-error.ts'
import type { LinkFacts } from '../interfaces.ts'
import { solicitedNodeGroup } from '../subnet.ts'
import type { Wire } from '../wire.ts'
import { NotListening } from '../errors.ts'
import { isArp } from '../wire/ethernet.ts'
import { arpFilter, lastWord, ndpFilter } from './filters.ts'

export interface PacketWireEvents {
  /** Calls back whenever `fd` is readable; returns the function that stops it. */
  watch(fd: number, handler: () => void): () => void
  frame(index: number, frame: Uint8Array): void
  /** Listening on the link came to an end. */
  broken(index: number, fault: string): void
}

type Protocol = 'arp' | 'ndp'

interface Tap {
  readonly socket: PacketSocket
  readonly unwatch: () => void
}

/** What the wire needs of an address, worked out once. */
interface Ear {
  readonly protocol: Protocol
  readonly word: number
  /** Solicited-node group, of an IPv6 address. */
  readonly group?: Address
}

interface LinkTaps {
  arp?: Tap
  ndp?: Tap
  ears: ReadonlyMap<Address, Ear>
  watched: ReadonlyMap<Address, Ear>
  groups: ReadonlySet<Address>
}

const NONE: ReadonlyMap<Address, Ear> = new Map()

const PROTOCOLS = {
  arp: { number: ETH_P_ARP, filter: arpFilter },
  ndp: { number: ETH_P_IPV6, filter: ndpFilter },
} as const

/** A filter tests two sets of addresses; this many ranges of each, with what surrounds them, fit a program. */
const EXACT_RANGES = 800
/** Frames taken per wake-up before other descriptors have their turn. */
const BATCH = 64

export class PacketWire implements Wire {
  readonly #events: PacketWireEvents
  readonly #memberships = new Memberships()
  readonly #links = new Map<number, LinkTaps>()

  constructor(events: PacketWireEvents) {
    this.#events = events
  }

  listen({ index }: LinkFacts, addresses: readonly Address[], watched: readonly Address[]): void {
    const taps = this.#links.get(index) ?? { ears: NONE, watched: NONE, groups: new Set<Address>() }
    this.#links.set(index, taps)
    taps.ears = earsOf(addresses, taps)
    taps.watched = earsOf(watched, taps)
    this.#tap(index, taps, 'arp')
    this.#tap(index, taps, 'ndp')
    this.#follow(index, taps)
    this.#forgetIfBare(index, taps)
  }

  send({ index, name }: LinkFacts, frame: Uint8Array): void {
    const taps = this.#links.get(index)
    const tap = isArp(frame) ? taps?.arp : taps?.ndp
    if (tap === undefined) throw new NotListening(name)
    tap.socket.send(frame)
  }

  close(): void {
    for (const taps of this.#links.values()) {
      untap(taps, 'arp')
      untap(taps, 'ndp')
    }
    this.#links.clear()
    this.#memberships.close()
  }

  #tap(index: number, taps: LinkTaps, protocol: Protocol): void {
    const own = wordsOf(taps.ears, protocol)
    const all = [...own, ...wordsOf(taps.watched, protocol)]
    if (all.length === 0) return taps[protocol]?.socket.filter([drop()])
    const tap = taps[protocol] ?? this.#open(index, protocol)
    taps[protocol] = tap
    attach(tap.socket, (limit) => PROTOCOLS[protocol].filter({ own, all }, limit))
  }

  #open(index: number, protocol: Protocol): Tap {
    const socket = openPacketSocket(PROTOCOLS[protocol].number, index)
    return { socket, unwatch: this.#events.watch(socket.fd, () => this.#read(index, protocol, socket)) }
  }

  #read(index: number, protocol: Protocol, socket: PacketSocket): void {
    try {
      for (let i = 0; i < BATCH; i++) {
        const frame = socket.receive()
        if (frame === undefined) return
        this.#events.frame(index, frame)
      }
    } catch (error) {
      if (!isSystemError(error)) throw error
      // The link went down or away. Whether the socket would recover cannot be told from here: a new one will.
      const taps = this.#links.get(index)
      if (taps === undefined) return
      untap(taps, protocol)
      if (isIdle(taps)) this.#forgetIfBare(index, taps)
      else this.#events.broken(index, error.message)
    }
  }

  #forgetIfBare(index: number, taps: LinkTaps): void {
    if (isIdle(taps) && taps.arp === undefined && taps.ndp === undefined) this.#links.delete(index)
  }

  #follow(index: number, taps: LinkTaps): void {
    const groups = new Set([...taps.ears.values()].flatMap(({ group }) => group ?? []))
    for (const group of taps.groups) if (!groups.has(group)) this.#memberships.leave(index, group)
    for (const group of groups) this.#memberships.join(index, group)
    taps.groups = groups
  }
}

function isIdle({ ears, watched }: LinkTaps): boolean {
  return ears.size + watched.size === 0
}

function untap(taps: LinkTaps, protocol: Protocol): void {
  taps[protocol]?.unwatch()
  taps[protocol]?.socket.close()
  delete taps[protocol]
}

function earsOf(addresses: readonly Address[], { ears, watched }: LinkTaps): ReadonlyMap<Address, Ear> {
  const known = (address: Address): Ear | undefined => ears.get(address) ?? watched.get(address)
  return new Map(addresses.map((address) => [address, known(address) ?? earFor(address)]))
}

function wordsOf(ears: ReadonlyMap<Address, Ear>, protocol: Protocol): readonly number[] {
  return [...ears.values()].filter((ear) => ear.protocol === protocol).map(({ word }) => word)
}

function earFor(address: Address): Ear {
  const word = lastWord(address)
  return familyOf(address) === 'IPv4'
    ? { protocol: 'arp', word }
    : { protocol: 'ndp', word, group: solicitedNodeGroup(address) }
}

/**
 * As exact a filter as the kernel takes: where its memory for socket options is small (net.core.optmem_max), the
 * filter is widened until it fits.
 */
function attach(socket: PacketSocket, filter: (limit: number) => readonly Instruction[]): void {
  for (let limit = EXACT_RANGES; ; limit >>= 1) {
    try {
      return socket.filter(filter(limit))
    } catch (error) {
      if (limit === 1 || !isSystemError(error, 'ENOMEM', 'EINVAL')) throw error
    }
  }
}
