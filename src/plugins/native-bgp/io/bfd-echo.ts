/*
 * The echo function of one session: a packet socket on its interface, where echo packets leave and come back. The
 * neighbour's hardware address is the sender of its control packets.
 */
import { networkInterfaces } from 'node:os'

import { bytesOf, parseAddress, type Address } from '#core/model/address.ts'
import {
  accept,
  drop,
  loadByte,
  loadHalf,
  loadWord,
  PACKET_OTHERHOST,
  PACKET_TYPE_OFFSET,
  require,
  requireBelow,
  when,
  type Instruction,
} from '#platform/linux/bpf.ts'
import { interfaceIndex } from '#platform/linux/libc.ts'
import { openPacketSocket, type PacketSocket } from '#platform/linux/packet-socket.ts'
import { isSystemError } from '#platform/linux/system-error.ts'

import type { SessionSpec } from '../bfd/engine.ts'
import { decodeEcho, encodeEcho } from '../bfd/wire/echo-frame.ts'
import { udpPort } from '../bfd/wire/iana.ts'

export interface EchoPathEvents {
  watch(fd: number, handler: () => void): () => void
  returned(): void
  opened(): void
  closed(): void
}

const ETH_P_IP = 0x0800
const batch = 64
const offset = { source: 6, version: 14, protocol: 23, from: 26, port: 36 } as const
const [IPV4_WITHOUT_OPTIONS, UDP] = [0x45, 17]

type Ends = Pick<SessionSpec, 'local' | 'remote'>

interface Open {
  readonly socket: PacketSocket
  readonly unwatch: () => void
  readonly own: Uint8Array
}

export class EchoPath {
  readonly #ends: Ends
  readonly #discriminator: number
  readonly #events: EchoPathEvents
  #open: Open | undefined
  #neighbour: Uint8Array | undefined
  #sequence = 0

  constructor(ends: Ends, discriminator: number, events: EchoPathEvents) {
    this.#ends = ends
    this.#discriminator = discriminator
    this.#events = events
  }

  /** Whether there is to be an echo function. Throws when its socket cannot be opened. */
  use(wanted: boolean): void {
    if (wanted && this.#open === undefined) this.#start()
    if (!wanted) this.#stop()
  }

  /** False while the neighbour's hardware address is not known. */
  send(): boolean {
    if (this.#open === undefined || this.#neighbour === undefined) return false
    const [{ socket, own: source }, destination] = [this.#open, this.#neighbour]
    const [address, discriminator] = [this.#ends.local, this.#discriminator]
    const sequence = (this.#sequence = (this.#sequence + 1) >>> 0)
    try {
      socket.send(encodeEcho({ destination, source, address, discriminator, sequence }))
    } catch (error) {
      // The interface is down: nothing will come back either.
      if (!isSystemError(error)) throw error
    }
    return true
  }

  read(limit: number): void {
    for (let i = 0; i < limit; i++) {
      const frame = this.#receive()
      if (frame === undefined) return
      const discriminator = decodeEcho(frame, this.#ends.local)
      if (discriminator === this.#discriminator) this.#events.returned()
      else if (discriminator === undefined) this.#neighbour = frame.slice(offset.source, offset.source + 6)
    }
  }

  #receive(): Uint8Array | undefined {
    try {
      return this.#open?.socket.receive()
    } catch (error) {
      if (!isSystemError(error)) throw error
      return undefined
    }
  }

  #start(): void {
    const { name, mac } = interfaceOf(this.#ends.local)
    const socket = openPacketSocket(ETH_P_IP, interfaceIndex(name))
    socket.filter(echoFilter(this.#ends))
    const unwatch = this.#events.watch(socket.fd, () => this.read(batch))
    this.#open = {
      socket,
      unwatch,
      own: Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16)),
    }
    this.#events.opened()
  }

  #stop(): void {
    if (this.#open === undefined) return
    this.#open.unwatch()
    this.#open.socket.close()
    this.#open = undefined
    this.#events.closed()
  }
}

/** The neighbour's control packets, for its hardware address, and what we sent to ourselves. */
export function echoFilter({
  local,
  remote,
}: {
  readonly local: Address
  readonly remote: Address
}): readonly Instruction[] {
  const from = (address: Address): Instruction[] => [
    loadWord(offset.from),
    ...require(new DataView(bytesOf(address).buffer).getUint32(0)),
    accept(),
  ]
  return [
    loadWord(PACKET_TYPE_OFFSET),
    ...requireBelow(PACKET_OTHERHOST),
    loadByte(offset.version),
    ...require(IPV4_WITHOUT_OPTIONS),
    loadByte(offset.protocol),
    ...require(UDP),
    loadHalf(offset.port),
    ...when(udpPort.control, from(remote)),
    ...when(udpPort.echo, from(local)),
    drop(),
  ]
}

function interfaceOf(local: Address): { readonly name: string; readonly mac: string } {
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    const entry = entries?.find(({ address }) => parseAddress(address) === local)
    if (entry !== undefined) return { name, mac: entry.mac }
  }
  throw new Error(`no interface has the address ${local}`)
}
