/*
 * Two media between the same stations: datagrams (heartbeats) and the segment (ARP). A cut holds one direction between
 * two stations; the last station is the client, which sends no heartbeats.
 */
import type { Message } from '#core/membership/message.ts'

import type { Agenda } from './agenda.ts'
import type { Chance } from './random.ts'

/** Where keys are replaced it is the bytes that travel. */
export type Datagram = Message | Uint8Array

export type Medium = 'datagrams' | 'segment'

export interface Weather {
  /** Of datagrams, 0 … 1. */
  loss: number
  /** Milliseconds: a datagram takes up to this, so that later ones overtake earlier ones. */
  delay: number
}

export class Network {
  readonly client: number
  readonly weather: Weather
  readonly #agenda: Agenda
  readonly #chance: Chance
  readonly #stations: number
  readonly #cuts: Record<Medium, Uint8Array>
  /** Since when nothing has stood between two stations, in either direction and medium. */
  readonly #clearSince: Float64Array
  /** The same of the segment alone. */
  readonly #segmentSince: Float64Array
  /** Takes in a datagram. */
  deliver: (to: number, datagram: Datagram) => void = () => {}
  sent = 0
  lost = 0

  constructor(nodes: number, weather: Weather, agenda: Agenda, chance: Chance) {
    this.client = nodes
    this.weather = { ...weather }
    this.#agenda = agenda
    this.#chance = chance
    this.#stations = nodes + 1
    const pairs = this.#stations ** 2
    this.#cuts = { datagrams: new Uint8Array(pairs), segment: new Uint8Array(pairs) }
    this.#clearSince = new Float64Array(pairs).fill(-Infinity)
    this.#segmentSince = new Float64Array(pairs).fill(-Infinity)
  }

  send(from: number, to: number, datagram: Datagram): void {
    this.sent++
    if (!this.passes('datagrams', from, to) || this.#chance.next() < this.weather.loss) {
      this.lost++
      return
    }
    const delay = 0.05 + this.#chance.next() * this.weather.delay
    this.#agenda.plan(this.#agenda.now + delay, () => this.deliver(to, datagram))
  }

  passes(medium: Medium, from: number, to: number): boolean {
    return this.#cuts[medium][from * this.#stations + to] === 0
  }

  /** Both ways between each of the stations. */
  meet(medium: Medium, one: number, other: number): boolean {
    return this.passes(medium, one, other) && this.passes(medium, other, one)
  }

  cut(media: readonly Medium[], from: number, to: number): void {
    for (const medium of media) this.#cuts[medium][from * this.#stations + to]! += 1
    this.#touch(media, from, to)
  }

  mend(media: readonly Medium[], from: number, to: number): void {
    for (const medium of media) this.#cuts[medium][from * this.#stations + to]! -= 1
    this.#touch(media, from, to)
  }

  /** How long two nodes, and the client with both, have had nothing between them; 0 while something is. */
  clearFor(one: number, other: number): number {
    const since = Math.max(
      this.#since(one, other),
      this.#since(one, this.client),
      this.#since(other, this.client),
    )
    return Math.max(0, this.#agenda.now - since)
  }

  /** How long the segment alone has had nothing between two stations; 0 while something is. */
  segmentClearFor(one: number, other: number): number {
    if (!this.meet('segment', one, other)) return 0
    return this.#agenda.now - (this.#segmentSince[one * this.#stations + other] as number)
  }

  /** As if something had been between them until now. */
  stir(one: number, other: number): void {
    this.#clearSince[one * this.#stations + other] = this.#agenda.now
    this.#clearSince[other * this.#stations + one] = this.#agenda.now
  }

  #touch(media: readonly Medium[], from: number, to: number): void {
    this.stir(from, to)
    if (!media.includes('segment')) return
    this.#segmentSince[from * this.#stations + to] = this.#agenda.now
    this.#segmentSince[to * this.#stations + from] = this.#agenda.now
  }

  #since(one: number, other: number): number {
    const clear = this.meet('datagrams', one, other) && this.meet('segment', one, other)
    return clear ? (this.#clearSince[one * this.#stations + other] as number) : Infinity
  }
}
