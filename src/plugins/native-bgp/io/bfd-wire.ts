/*
 * BFD on the kernel's UDP: one socket per family and port for what arrives, kept while a session needs it, and one
 * per session for what leaves, from a port of its own (RFC 5881 §4).
 */
import { randomInt } from 'node:crypto'

import { familyOf, type Family } from '#core/model/address.ts'
import { isSystemError } from '#platform/linux/system-error.ts'
import { openUdpSocket, type UdpSocket } from '#platform/linux/udp-socket.ts'

import type { Arrival, BfdWire, SessionSpec, SessionWire } from '../bfd/engine.ts'
import type { BfdProfile } from '../bfd/profile.ts'
import { sourcePort, udpPort } from '../bfd/wire/iana.ts'
import { EchoPath } from './bfd-echo.ts'
import { MAX_SENDERS, senderFilter, type AllowedSender } from './bfd-filter.ts'

export interface UdpBfdWireEvents {
  /** Calls back whenever `fd` is readable; returns the function that stops it. */
  watch(fd: number, handler: () => void): () => void
  arrived(arrival: Arrival): void
  echoReturned(discriminator: number): void
}

/** RFC 5881 §5: sent with it, and nothing less is taken from a direct neighbour. */
const fullTtl = 255
/** Read per wake-up before other descriptors have their turn. */
const batch = 64
/** Read before a session is called lost: more than any kernel queues by default. */
const backlog = 4096
const portAttempts = 64

interface Ear {
  readonly family: Family
  readonly socket: UdpSocket
  readonly unwatch: () => void
  readonly senders: Map<string, AllowedSender>
  readonly multihop: boolean
}

export class UdpBfdWire implements BfdWire {
  readonly #events: UdpBfdWireEvents
  readonly #ears = new Map<string, Ear>()
  readonly #echoes = new Set<EchoPath>()

  constructor(events: UdpBfdWireEvents) {
    this.#events = events
  }

  open(spec: SessionSpec, discriminator: number): SessionWire {
    const ear = this.#ear(spec)
    try {
      if (ear.senders.size >= MAX_SENDERS) throw new RangeError(`more than ${MAX_SENDERS} BFD sessions`)
      const socket = openSender(spec)
      const path =
        spec.multihop || familyOf(spec.local) === 'IPv6' ? undefined : this.#echoPath(spec, discriminator)
      const wire = new UdpSessionWire(spec, socket, {
        path,
        listen: (ttl) => this.#listen(ear, spec, ttl),
      })
      wire.configure(spec.profile)
      return wire
    } catch (error) {
      this.#listen(ear, spec, undefined)
      throw error
    }
  }

  drain(): void {
    for (const ear of this.#ears.values()) this.#read(ear, backlog)
    for (const path of this.#echoes) path.read(backlog)
  }

  #ear({ remote, multihop }: SessionSpec): Ear {
    const family = familyOf(remote)
    const port = multihop ? udpPort.multihop : udpPort.control
    const key = `${family} ${port}`
    const known = this.#ears.get(key)
    if (known !== undefined) return known
    const socket = openUdpSocket({ family, port, hops: fullTtl })
    const unwatch = this.#events.watch(socket.fd, () => this.#read(ear, batch))
    const ear: Ear = { family, socket, unwatch, senders: new Map(), multihop }
    this.#ears.set(key, ear)
    return ear
  }

  /** Takes packets of `remote` with at least this TTL; undefined: none, and without anybody the socket goes. */
  #listen(ear: Ear, { remote, zone }: SessionSpec, minimumTtl: number | undefined): void {
    const key = `${remote} ${zone}`
    if (minimumTtl === undefined) ear.senders.delete(key)
    else ear.senders.set(key, { address: remote, minimumTtl })
    const senders = [...ear.senders.values()]
    if (senders.length > 0) return ear.socket.filter(senderFilter(ear.family, senders))
    ear.unwatch()
    ear.socket.close()
    for (const [key, other] of this.#ears) if (other === ear) this.#ears.delete(key)
  }

  #read({ socket, multihop }: Ear, limit: number): void {
    for (let i = 0; i < limit; i++) {
      const datagram = socket.receive()
      if (datagram === undefined) return
      this.#events.arrived({ ...datagram, multihop })
    }
  }

  #echoPath(spec: SessionSpec, discriminator: number): EchoPath {
    const path: EchoPath = new EchoPath(spec, discriminator, {
      watch: (fd, handler) => this.#events.watch(fd, handler),
      returned: () => this.#events.echoReturned(discriminator),
      opened: () => this.#echoes.add(path),
      closed: () => this.#echoes.delete(path),
    })
    return path
  }
}

interface Reception {
  readonly path: EchoPath | undefined
  /** Undefined: packets of the other side are not wanted any more. */
  listen(minimumTtl: number | undefined): void
}

class UdpSessionWire implements SessionWire {
  readonly #spec: SessionSpec
  readonly #socket: UdpSocket
  readonly #reception: Reception

  constructor(spec: SessionSpec, socket: UdpSocket, reception: Reception) {
    this.#spec = spec
    this.#socket = socket
    this.#reception = reception
  }

  configure({ minimumTtl, parameters }: BfdProfile): void {
    this.#reception.listen(this.#spec.multihop ? minimumTtl : fullTtl)
    this.#reception.path?.use(parameters.echoInterval !== undefined)
  }

  send(bytes: Uint8Array): void {
    const { remote, multihop } = this.#spec
    try {
      this.#socket.send(bytes, remote, multihop ? udpPort.multihop : udpPort.control)
    } catch (error) {
      // No route, no neighbour, a full queue: the other side notices by our silence, as it should.
      if (!isSystemError(error)) throw error
    }
  }

  get echoes(): boolean {
    return this.#reception.path !== undefined
  }

  sendEcho(): boolean {
    return this.#reception.path?.send() === true
  }

  close(): void {
    this.#reception.path?.use(false)
    this.#reception.listen(undefined)
    this.#socket.close()
  }
}

/** A socket on a port that no other session sends from; nothing is received on it. */
function openSender({ local: address, zone }: SessionSpec): UdpSocket {
  const family = familyOf(address)
  const range = sourcePort.max - sourcePort.min + 1
  for (let attempt = 1; ; attempt++) {
    const port = sourcePort.min + randomInt(range)
    try {
      return openUdpSocket({ family, address, zone, port, hops: fullTtl })
    } catch (error) {
      if (attempt === portAttempts || !isSystemError(error, 'EADDRINUSE')) throw error
    }
  }
}
