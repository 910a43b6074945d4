/*
 * Holds back what this node was to announce, and could not serve: until a connection to the address through the node's
 * own proxy has succeeded, nothing is announced; after failures in a row the others are told, so that one of them is
 * elected.
 */
import { Agenda } from '#core/data-path/agenda.ts'
import { gatedPart, type GatedAddress } from '#core/data-path/gated.ts'
import {
  afterAttempt,
  isInDoubt,
  newGate,
  openGate,
  permits,
  wordOn,
  type Attempt,
  type Gate,
} from '#core/data-path/gate.ts'
import type { Address } from '#core/model/address.ts'
import { compareText } from '#core/model/collections.ts'
import type { Announcement, Silence } from '#core/model/decisions.ts'
import type { PathState } from '#core/model/facts.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Clock, Counter, Gauge, Logger, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { Decided } from '../decided.ts'
import type { Rights } from '../rights.ts'
import type { Goal, TryAll } from './io/attempts.ts'

/** A crowd of gates that open one after another is one change, or a few. */
const tellEvery = 50

export interface GatekeeperDeps {
  readonly node: string
  readonly rights: Pick<Rights, 'held' | 'setPaths'>
  readonly tryAll: TryAll
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: MetricScope
}

export class Gatekeeper {
  private readonly deps: GatekeeperDeps
  private readonly attempts: Counter
  private readonly counts: Gauge
  private readonly listeners = new Set<() => void>()
  private readonly agenda = new Agenda()
  private readonly gates = new Map<Address, Gate>()
  /** What the others have been told. */
  private readonly words = new Map<Address, PathState>()
  private addresses: ReadonlyMap<Address, GatedAddress> = new Map()
  /** What was let through last. */
  private announced: readonly Announcement[] = []
  private cancel: () => void = () => {}
  private toldAt = -Infinity
  private telling = false
  private stopped = false

  constructor(deps: GatekeeperDeps) {
    this.deps = deps
    this.attempts = deps.metrics.counter(metric('herald_data_path_attempts_total'))
    this.counts = deps.metrics.gauge(metric('herald_data_path_gates'))
  }

  /** Called when another decision is due. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Without what this node cannot serve, and with the reason why it is silent. */
  applyTo<D extends Decided>(decided: D): D {
    const { decisions, facts, parsed } = decided
    const part = gatedPart(decisions, facts, parsed.config, this.retained())
    this.follow(part.addresses)
    const waits = (one: Announcement): boolean => {
      const gate = part.isGated(one) ? this.gates.get(one.address) : undefined
      return gate !== undefined && !permits(gate)
    }
    const held = this.gates.size === 0 ? [] : decisions.announcements.filter(waits)
    if (held.length === 0) {
      this.announced = decisions.announcements
      return decided
    }
    const announcements = decisions.announcements.filter((one) => !waits(one))
    this.announced = announcements
    const silences = [...decisions.silences, ...this.silencesOf(held)]
    silences.sort((a, b) => compareText(a.service, b.service) || compareText(a.node, b.node))
    const untried = held.filter(({ address }) => this.gates.get(address)?.state === 'untried')
    return { ...decided, untried, decisions: { ...decisions, announcements, silences } }
  }

  stop(): void {
    this.stopped = true
    this.cancel()
  }

  /** What is announced already when its gate comes to be is not interrupted for it. */
  private follow(addresses: ReadonlyMap<Address, GatedAddress>): void {
    const renewed = [...addresses].flatMap(([address, now]) =>
      this.isForOthers(address, now) ? [address] : [],
    )
    this.addresses = addresses
    const gone = [...this.gates.keys()].filter((address) => !addresses.has(address))
    for (const address of gone) {
      this.agenda.remove(address)
      this.gates.delete(address)
    }
    const fresh = [...addresses.keys()].filter((address) => !this.gates.has(address))
    if (gone.length + fresh.length + renewed.length === 0) return
    const served = new Set(fresh.length === 0 ? [] : this.announced.map(({ address }) => address))
    for (const address of fresh) {
      this.gates.set(address, served.has(address) || this.isHeld(address) ? openGate : { ...newGate })
      this.agenda.add(address)
    }
    for (const address of renewed) {
      this.gates.set(address, { ...newGate })
      this.agenda.add(address)
    }
    this.say([...gone, ...fresh, ...renewed])
    this.count()
    this.go()
  }

  /** None of the Services that the gate was for is left, and no proxy need know of those that have the address now. */
  private isForOthers(address: Address, { ports }: GatedAddress): boolean {
    const before = this.addresses.get(address)?.ports
    if (before === undefined || [...ports.keys()].some((service) => before.has(service))) return false
    return !this.announced.some((one) => one.address === address && ports.has(one.service))
  }

  /** Whoever was elected, this node answers for it. */
  private isHeld(address: Address): boolean {
    return this.deps.rights.held(address) !== undefined
  }

  private go(): void {
    this.cancel()
    if (this.stopped) return
    const { clock } = this.deps
    const now = clock.now()
    const { due, next } = this.agenda.take(now)
    if (due.length > 0) this.try(due)
    this.cancel = next === undefined ? () => {} : clock.after(milliseconds(next - now), () => this.go())
  }

  /** An address that Services share is reached when each of them is. */
  private try(due: readonly Address[]): void {
    const left = new Map<Address, number>()
    const tried = new Map(due.map((address) => [address, this.gates.get(address)]))
    const goals = due.flatMap((address): Goal[] => {
      const ports = new Set(this.addresses.get(address)?.ports.values())
      left.set(address, ports.size)
      return [...ports].map((port) => ({ address, port }))
    })
    void this.deps.tryAll(goals, ({ address, port }, attempt) => {
      this.attempts.add({ result: attempt.ok ? 'success' : 'failure' })
      const others = (left.get(address) ?? 0) - 1
      left.set(address, attempt.ok ? others : 0)
      if (others < 0 || (attempt.ok && others > 0)) return
      // The Services of an address may have changed meanwhile.
      if (this.gates.get(address) !== tried.get(address)) return
      this.conclude(address, attempt.ok ? attempt : { ...attempt, cause: `port ${port}: ${attempt.cause}` })
    })
  }

  private conclude(address: Address, attempt: Attempt): void {
    const before = this.gates.get(address)
    if (before === undefined || this.stopped) return
    const { clock, log } = this.deps
    const gate = afterAttempt(before, attempt)
    this.gates.set(address, gate)
    this.agenda.again(address, clock.now(), isInDoubt(gate))
    if (gate.state !== before.state) {
      if (gate.state === 'shut')
        log.warn('the data path to the address is shut', {
          address,
          cause: gate.cause,
        })
      else log.info('the data path to the address is open', { address })
      this.say([address])
      this.tell()
    } else if (gate.state === 'untried' && gate.cause !== before.cause) this.tell()
    this.go()
  }

  /** Tells the other nodes what is new of these. */
  private say(addresses: readonly Address[]): void {
    const news = new Map<Address, PathState | undefined>()
    for (const address of addresses) {
      const gate = this.gates.get(address)
      const word = gate && wordOn(gate, this.addresses.get(address)?.everyNode === true)
      if (word === this.words.get(address)) continue
      news.set(address, word)
      if (word === undefined) this.words.delete(address)
      else this.words.set(address, word)
    }
    if (news.size > 0) this.deps.rights.setPaths(news)
  }

  /** Whoever is shut is elected again once it is not; what waits its turn to be handed over is still answered for. */
  private retained(): ReadonlySet<Address> {
    const found = new Set<Address>()
    for (const [address, word] of this.words) if (word !== 'untried') found.add(address)
    for (const address of this.gates.keys()) if (this.isHeld(address)) found.add(address)
    return found
  }

  private tell(): void {
    if (this.telling) return
    this.telling = true
    const { clock } = this.deps
    const wait = Math.max(0, this.toldAt + tellEvery - clock.now())
    clock.after(milliseconds(wait), () => {
      this.telling = false
      this.toldAt = clock.now()
      if (this.stopped) return
      this.count()
      for (const listener of this.listeners) listener()
    })
  }

  private count(): void {
    const states = [...this.gates.values()].map(({ state }) => state)
    for (const state of ['untried', 'open', 'shut'] as const)
      this.counts.set({ state }, states.filter((one) => one === state).length)
  }

  private silencesOf(held: readonly Announcement[]): Silence[] {
    const { node } = this.deps
    const found = new Map<string, Silence>()
    for (const { service, announcer, address } of held) {
      const ports = this.addresses.get(address)?.ports
      const cause = this.gates.get(address)?.cause
      const why = cause === undefined ? '' : `; ${cause}`
      const message = `no connection to port ${
        ports?.get(service) ?? ''
      } of ${address} through the proxy of ${node} has succeeded yet${why}`
      found.set(`${announcer} ${service}`, {
        service,
        node,
        announcer,
        reason: 'DataPathUntested',
        message,
      })
    }
    return [...found.values()]
  }
}
