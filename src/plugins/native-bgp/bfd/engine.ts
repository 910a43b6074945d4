/* The sessions of this node: opens them on the wire, gives each packet to the one it belongs to, and tells of them. */
import { messageOf } from '#core/errors.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'

import type { Parameters, StateChange } from './fsm/model.ts'
import type { BfdProfile } from './profile.ts'
import type { BfdTally } from './service.ts'
import { BfdSession } from './session.ts'
import { decodeControl, encodeControl, isPacketFault } from './wire/control-packet.ts'

export interface SessionSpec {
  /** Of the one who asked; names the session in events. */
  readonly id: number
  readonly local: Address
  readonly remote: Address
  /** Index of the interface, where the addresses are link-local; else 0. */
  readonly zone: number
  readonly multihop: boolean
  readonly profile: BfdProfile
}

/** What sessions need of the network. */
export interface BfdWire {
  /** Throws an error that says why the session cannot be on the wire. */
  open(spec: SessionSpec, discriminator: number): SessionWire
  /** Hands over everything that has arrived. */
  drain(): void
}

export interface SessionWire {
  /** Whether there can be an echo function. */
  readonly echoes: boolean
  send(bytes: Uint8Array): void
  /** False: not possible yet. */
  sendEcho(): boolean
  /** Takes another lowest TTL, and whether there is an echo function. */
  configure(profile: BfdProfile): void
  close(): void
}

export interface Arrival {
  readonly source: Address
  readonly zone: number
  readonly multihop: boolean
  readonly bytes: Uint8Array
}

export type EngineEvent =
  | { readonly kind: 'changed'; readonly id: number; readonly change: StateChange }
  | { readonly kind: 'unavailable'; readonly id: number; readonly problem: string }
  | { readonly kind: 'counted'; readonly id: number; readonly tally: BfdTally }

export interface EngineDeps {
  readonly clock: Clock
  readonly random: Random
  readonly wire: BfdWire
  emit(event: EngineEvent): void
}

type Counts = { -readonly [K in keyof BfdTally]: number }

interface Running {
  spec: SessionSpec
  readonly session: BfdSession
  readonly wire: SessionWire
  counts: Counts
}

const retryAfter = seconds(5)
const tellCountsEvery = seconds(1)

export class BfdEngine {
  readonly #deps: EngineDeps
  readonly #running = new Map<number, Running>()
  readonly #retries = new Map<number, () => void>()
  #stopCounting: (() => void) | undefined

  constructor(deps: EngineDeps) {
    this.#deps = deps
  }

  /** Starts the session, or gives the one that runs its new profile. */
  keep(spec: SessionSpec): void {
    const running = this.#running.get(spec.id)
    this.#cancelRetry(spec.id)
    if (running === undefined) return this.#start(spec)
    running.spec = spec
    running.wire.configure(spec.profile)
    running.session.configure(parametersOn(running.wire, spec))
  }

  drop(id: number): void {
    this.#cancelRetry(id)
    const running = this.#running.get(id)
    if (running === undefined) return
    running.session.close()
    this.#tellCounts(id, running)
    running.wire.close()
    this.#running.delete(id)
    if (this.#running.size === 0) this.#pauseCounting()
  }

  hear({ bytes, ...from }: Arrival): void {
    const packet = decodeControl(bytes)
    if (isPacketFault(packet)) return
    const running = this.#find(packet.yourDiscriminator, from)
    if (running === undefined) return
    running.counts.received++
    running.session.receive(packet)
  }

  /** An echo packet of the session with this discriminator came back. */
  hearEcho(discriminator: number): void {
    for (const { session, counts } of this.#running.values()) {
      if (session.discriminator !== discriminator) continue
      counts.echoReceived++
      session.echoReturned()
    }
  }

  close(): void {
    for (const id of [...this.#running.keys(), ...this.#retries.keys()]) this.drop(id)
  }

  #start(spec: SessionSpec): void {
    const { wire, clock } = this.#deps
    const discriminator = this.#newDiscriminator()
    try {
      const rival = [...this.#running.values()].find(({ spec: other }) => sameEnds(other, spec))
      if (rival !== undefined) throw new Error(`a BFD session with ${spec.remote} runs already`)
      this.#run(spec, discriminator, wire.open(spec, discriminator))
    } catch (error) {
      const problem = messageOf(error)
      this.#deps.emit({ kind: 'unavailable', id: spec.id, problem })
      this.#retries.set(
        spec.id,
        clock.after(retryAfter, () => this.keep(spec)),
      )
    }
  }

  #run(spec: SessionSpec, discriminator: number, wire: SessionWire): void {
    const { id } = spec
    const counts = zero()
    const session = new BfdSession(discriminator, parametersOn(wire, spec), {
      clock: this.#deps.clock,
      random: this.#deps.random,
      send: (packet) => {
        counts.sent++
        wire.send(encodeControl(packet))
      },
      sendEcho: () => {
        const sent = wire.sendEcho()
        if (sent) counts.echoSent++
        return sent
      },
      drain: () => this.#deps.wire.drain(),
      changed: (change) => this.#deps.emit({ kind: 'changed', id, change }),
    })
    this.#running.set(id, { spec, session, wire, counts })
    this.#stopCounting ??= this.#count()
  }

  /** RFC 5880 §6.8.6: by our discriminator once the other side knows it, by the other side's address before. */
  #find(discriminator: number, from: Omit<Arrival, 'bytes'>): Running | undefined {
    for (const running of this.#running.values()) {
      const { session, spec } = running
      const known = discriminator === 0 || session.discriminator === discriminator
      if (known && sameEnds(spec, { ...from, remote: from.source })) return running
    }
    return undefined
  }

  #newDiscriminator(): number {
    const taken = new Set([...this.#running.values()].map(({ session }) => session.discriminator))
    let discriminator = Math.floor(this.#deps.random.next() * 0xffffffff) + 1
    while (taken.has(discriminator)) discriminator = (discriminator % 0xffffffff) + 1
    return discriminator
  }

  #count(): () => void {
    return this.#deps.clock.after(tellCountsEvery, () => {
      for (const [id, running] of this.#running) this.#tellCounts(id, running)
      this.#stopCounting = this.#count()
    })
  }

  #pauseCounting(): void {
    this.#stopCounting?.()
    this.#stopCounting = undefined
  }

  #tellCounts(id: number, { counts }: Running): void {
    if (Object.values(counts).every((count) => count === 0)) return
    this.#deps.emit({ kind: 'counted', id, tally: { ...counts } })
    Object.assign(counts, zero())
  }

  #cancelRetry(id: number): void {
    this.#retries.get(id)?.()
    this.#retries.delete(id)
  }
}

function parametersOn({ echoes }: SessionWire, { profile: { parameters } }: SessionSpec): Parameters {
  const { echoInterval, ...withoutEcho } = parameters
  return echoes && echoInterval !== undefined ? parameters : withoutEcho
}

function zero(): Counts {
  return { sent: 0, received: 0, echoSent: 0, echoReceived: 0 }
}

type Ends = Pick<SessionSpec, 'remote' | 'zone' | 'multihop'>

function sameEnds(a: Ends, b: Ends): boolean {
  return a.remote === b.remote && a.zone === b.zone && a.multihop === b.multihop
}
