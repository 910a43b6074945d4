/* A segment in memory: the engine's wire, the client that asks on it, and a driver that runs the engine in place. */
import { fenceOver } from '#core/announcer.ts'
import { familyOf, type Address } from '#core/model/address.ts'
import type { Clock } from '#core/ports.ts'
import { Engine } from '#plugins/l2/engine.ts'
import type { LinkFacts } from '#plugins/l2/interfaces.ts'
import type { StartDriver } from '#plugins/l2/protocol.ts'
import { solicitedNodeGroup } from '#plugins/l2/subnet.ts'
import type { Wire } from '#plugins/l2/wire.ts'
import { decodeArp } from '#plugins/l2/wire/arp.ts'
import { decodeNdp } from '#plugins/l2/wire/ndp.ts'
import { arp, linkLayerOption, macOf, ndp } from './frames.ts'

export function link(index: number, name: string, more: Partial<LinkFacts> = {}): LinkFacts {
  return {
    index,
    name,
    up: true,
    running: true,
    ethernet: true,
    broadcast: true,
    noArp: false,
    enslaved: false,
    hardwareAddress: macOf(index),
    addresses: [
      { address: `192.0.2.${index}` as Address, prefixLength: 24 },
      { address: `fe80::${index}` as Address, prefixLength: 64 },
    ],
    ...more,
  }
}

export interface SentFrame {
  readonly via: string
  readonly frame: Uint8Array
}

export class MemoryLan implements Wire {
  /** Everything the engine sent, oldest first. */
  readonly sent: SentFrame[] = []
  /** What it listens for, by link. */
  readonly listening = new Map<string, readonly Address[]>()
  /** Links on which listening or sending fails, with the reason. */
  readonly deaf = new Map<string, string>()
  readonly mute = new Set<string>()
  #links: readonly LinkFacts[]
  #engine: Engine | undefined

  constructor(...links: readonly LinkFacts[]) {
    this.#links = links
  }

  /** Runs the engine in place of a worker thread. */
  startDriver(clock: Clock): StartDriver {
    return async ({ config, fence }, events) => {
      const emit = events.engine.bind(events)
      const engine = new Engine({ config, fence: fenceOver(fence), clock, wire: this, emit })
      this.#engine = engine
      engine.setLinks(this.#links)
      return {
        apply: (delta) => new Promise((resolve) => engine.apply(delta, resolve)),
        close: async () => {
          engine.close()
          this.#engine = undefined
        },
      }
    }
  }

  /** For tests of the engine alone. */
  attach(engine: Engine): void {
    this.#engine = engine
    engine.setLinks(this.#links)
  }

  setLinks(...links: readonly LinkFacts[]): void {
    this.#links = links
    this.#engine?.setLinks(links)
  }

  listen({ name }: LinkFacts, own: readonly Address[], watched: readonly Address[]): void {
    const addresses = [...own, ...watched]
    const fault = this.deaf.get(name)
    if (fault !== undefined && addresses.length > 0) throw new Error(fault)
    if (addresses.length === 0) this.listening.delete(name)
    else this.listening.set(name, addresses)
  }

  send({ name }: LinkFacts, frame: Uint8Array): void {
    if (this.mute.has(name)) throw new Error('network is down (ENETDOWN)')
    this.sent.push({ via: name, frame })
  }

  /** Puts a frame on every link that is listened on, or on the one named; returns what was sent in response. */
  hear(frame: Uint8Array, only?: string): readonly SentFrame[] {
    const before = this.sent.length
    for (const { index, name } of this.#links)
      if (this.listening.has(name) && (only ?? name) === name) this.#engine?.hear(index, frame)
    return this.sent.slice(before)
  }

  /** Whether a client that asks for the address gets an answer. */
  answers(address: Address): boolean {
    return this.hear(question(address)).some(({ frame }) => answered(frame) === address)
  }
}

/** The broadcast or multicast question for an address. */
export function question(address: Address): Uint8Array {
  if (familyOf(address) === 'IPv4') return arp({ sender: '192.0.2.99', target: address })
  const destination = solicitedNodeGroup(address)
  return ndp({ source: 'fe80::99', destination, target: address, options: linkLayerOption(1, macOf(9)) })
}

/** The address a frame answers for, if it is an answer. */
export function answered(frame: Uint8Array): Address | undefined {
  const reply = decodeArp(frame)
  if (typeof reply !== 'string') return reply.operation === 'reply' ? reply.sender.address : undefined
  const advertisement = decodeNdp(frame)
  return typeof advertisement === 'string' ? undefined : advertisement.message.target
}

export const ip = (text: string): Address => text as Address
