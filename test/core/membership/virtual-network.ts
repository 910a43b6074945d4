/*
 * Members on a network that loses, delays and cuts, in virtual time: every event happens at its instant, in order, and
 * the same seed gives the same run.
 */
import { bootFrom } from '#core/membership/boot.ts'
import type { OwnClaim } from '#core/membership/claims.ts'
import type { Message } from '#core/membership/message.ts'
import { membersOf } from '#core/membership/members.ts'
import { dueAt, initialState, transition } from '#core/membership/membership.ts'
import { maySpeak } from '#core/membership/standing.ts'
import type {
  MembershipEffect,
  MembershipEvent,
  MembershipState,
  PartitionPolicy,
} from '#core/membership/state.ts'
import { profiles, type MembershipTiming } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import { instantAt } from '#core/model/duration.ts'

export interface NetworkOptions {
  readonly seed?: number
  /** Of datagrams, 0 … 1. */
  readonly loss?: number
  /** Milliseconds; the delay of a datagram is up to this. */
  readonly delay?: number
  readonly timing?: MembershipTiming
  readonly policy?: PartitionPolicy
}

export interface Told {
  readonly at: number
  readonly node: string
  readonly effect: MembershipEffect
}

interface Life {
  state: MembershipState
  /** The process stands still until then; Infinity: dead. */
  stoppedUntil: number
  /** What waits in its socket meanwhile. */
  readonly inbox: Message[]
  leaseUntil: number
}

interface Flight {
  readonly at: number
  readonly order: number
  readonly to: string
  readonly message: Message
}

export class VirtualNetwork {
  now = 0
  sent = 0
  readonly told: Told[] = []
  readonly #options: Required<NetworkOptions>
  readonly #names: readonly string[]
  readonly #lives = new Map<string, Life>()
  readonly #boots = new Map<string, number>()
  readonly #next: () => number
  #flights: Flight[] = []
  #order = 0
  /** Whether a datagram from one to the other gets through. */
  passes: (from: string, to: string) => boolean = () => true

  constructor(names: readonly string[], options: NetworkOptions = {}) {
    this.#names = names
    this.#options = { seed: 1, loss: 0, delay: 1, timing: profiles.default, policy: 'available', ...options }
    this.#next = seeded(this.#options.seed)
  }

  boot(...nodes: readonly string[]): void {
    for (const self of nodes) {
      const life = (this.#boots.get(self) ?? 0) + 1
      this.#boots.set(self, life)
      const boot = bootFrom(
        Uint8Array.of(0, 0, 0, 0, 0, life, this.#names.indexOf(self) >> 8, this.#names.indexOf(self)),
      )
      const { timing, policy } = this.#options
      const state = initialState({ self, boot, timing, policy }, instantAt(this.now))
      this.#lives.set(self, { state, stoppedUntil: 0, inbox: [], leaseUntil: 0 })
      const peers = this.#names.map((name) => ({ node: name, addresses: [name] }))
      this.feed(self, { type: 'expect', now: instantAt(this.now), peers })
    }
  }

  kill(node: string): void {
    const life = this.#life(node)
    life.stoppedUntil = Infinity
    life.leaseUntil = 0
  }

  /** As SIGSTOP and SIGCONT: what arrives meanwhile waits in the socket. */
  pause(node: string, milliseconds: number): void {
    this.#life(node).stoppedUntil = this.now + milliseconds
  }

  claim(node: string, ...put: readonly OwnClaim[]): void {
    this.feed(node, { type: 'claim', now: instantAt(this.now), put, drop: [] })
  }

  run(milliseconds: number, check: () => void = () => {}): void {
    const until = this.now + milliseconds
    for (let next = this.#nextInstant(); next <= until; next = this.#nextInstant()) {
      this.now = next
      this.#step()
      check()
    }
    this.now = until
  }

  aliveAccordingTo(node: string): readonly string[] {
    return membersOf(this.#life(node).state).flatMap(({ alive, node: name }) => (alive ? [name] : []))
  }

  state(node: string): MembershipState {
    return this.#life(node).state
  }

  /** Whether the fence would let a frame of the node pass now. */
  maySend(node: string): boolean {
    const { leaseUntil, stoppedUntil, state } = this.#life(node)
    return stoppedUntil <= this.now && leaseUntil >= this.now && maySpeak(state)
  }

  holds(node: string, address: Address): boolean {
    return this.#life(node).state.own.has(address)
  }

  feed(node: string, event: MembershipEvent): void {
    const life = this.#life(node)
    const { state, effects } = transition(life.state, event)
    life.state = state
    for (const effect of effects) this.#perform(node, life, effect)
  }

  #perform(node: string, life: Life, effect: MembershipEffect): void {
    if (effect.type === 'lease') life.leaseUntil = effect.until ?? -1
    if (effect.type !== 'send') return void this.told.push({ at: this.now, node, effect })
    const [to] = effect.addresses
    this.sent++
    if (to === undefined || !this.passes(node, to) || this.#next() < this.#options.loss) return
    // Whole half milliseconds: events that coincide are cheaper than events that nearly do.
    const at = Math.ceil(2 * (this.now + this.#next() * this.#options.delay)) / 2
    this.#flights.push({ at, order: this.#order++, to, message: effect.message })
  }

  #nextInstant(): number {
    let next = Infinity
    for (const { at } of this.#flights) next = Math.min(next, at)
    for (const { state, stoppedUntil } of this.#lives.values())
      next = Math.min(next, Math.max(dueAt(state), stoppedUntil, this.now))
    return next
  }

  #step(): void {
    const due = this.#flights
      .filter(({ at }) => at <= this.now)
      .toSorted((a, b) => a.at - b.at || a.order - b.order)
    this.#flights = this.#flights.filter(({ at }) => at > this.now)
    for (const { to, message } of due) this.#lives.get(to)?.inbox.push(message)
    for (const [node, life] of this.#lives) {
      if (life.stoppedUntil > this.now) continue
      for (const message of life.inbox.splice(0))
        this.feed(node, { type: 'message', now: instantAt(this.now), message })
      if (dueAt(life.state) <= this.now) this.feed(node, { type: 'time', now: instantAt(this.now) })
    }
  }

  #life(node: string): Life {
    const life = this.#lives.get(node)
    if (life === undefined) throw new RangeError(`${node} was never booted`)
    return life
  }
}

/** A small deterministic generator, so that a failing seed replays. */
export function seeded(seed: number): () => number {
  let x = Math.imul(seed, 2654435761) | 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) / 2 ** 32
  }
}

export function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `node-${String(index).padStart(3, '0')}`)
}
