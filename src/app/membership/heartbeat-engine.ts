/*
 * The membership machine at work, in the poll-loop thread: performs its effects and feeds it time and datagrams.
 *
 *     clock ──time──►┌─────────────────┐──send──► wire ──► peers
 *     wire ──────►   │ core/membership │──lease, outranked──► the fence, at once
 *     main thread ──►└─────────────────┘──members, claims──► main thread
 *
 * A node without peers opens no socket. Where the socket cannot be opened, time stands still for the machine: it stays
 * listening, and this node takes no part, rather than believing itself alone.
 */
import { messageOf } from '#core/errors.ts'
import { outranks, type OwnClaim } from '#core/membership/claims.ts'
import { membersOf } from '#core/membership/members.ts'
import { dueAt, initialState, transition } from '#core/membership/membership.ts'
import type { Message } from '#core/membership/message.ts'
import { maySpeak, takesPart } from '#core/membership/standing.ts'
import type {
  ExpectedPeer,
  MembershipEffect,
  MembershipEvent,
  MembershipState,
} from '#core/membership/state.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { leaseCell } from '#core/runtime/lease.ts'

import { PendingClaims } from './pending-claims.ts'
import type { FromHeartbeats, HeartbeatInit, Holding, Keys, ToHeartbeats } from './protocol.ts'
import type { Ears, MessageWire } from './signed-wire.ts'
import { Tally } from './tally.ts'

export interface HeartbeatEngineDeps {
  readonly init: HeartbeatInit
  readonly clock: Clock
  /** Whole milliseconds of the clock the fence's lease is measured by. */
  readonly monotonic: () => number
  /** Throws when the port cannot be opened. */
  readonly openWire: (keys: Keys, ears: Ears) => MessageWire
  /** Frames that the links of this node's addresses have received so far; undefined: nobody knows. */
  readonly framesHeard: (addresses: readonly string[]) => number | undefined
  readonly emit: (message: FromHeartbeats) => void
}

const reopenAfter: Duration = milliseconds(1000)
/** One datagram may be lost; three hardly. */
const farewells = 3

export class HeartbeatEngine {
  readonly #deps: HeartbeatEngineDeps
  readonly #cells: Int32Array
  readonly #slots = new Map<Address, number>()
  #state: MembershipState
  #keys: Keys
  #wire: MessageWire | undefined
  #frames: number | undefined
  /** This node's own. */
  #addresses: readonly string[] = []
  #cancelTimer: () => void = () => {}
  /** What the timer is set for. */
  #due: Instant | undefined
  #cancelReopen: (() => void) | undefined
  readonly #claims = new PendingClaims()
  #cancelClaims: (() => void) | undefined
  readonly #tally: Tally

  constructor(deps: HeartbeatEngineDeps) {
    this.#deps = deps
    this.#cells = new Int32Array(deps.init.fence)
    this.#keys = deps.init.keys
    this.#state = initialState(deps.init, deps.clock.now())
    this.#tell()
    this.#schedule()
    this.#tally = new Tally(deps.clock, (counts) => deps.emit({ kind: 'tally', counts }))
  }

  handle(message: ToHeartbeats): void {
    switch (message.kind) {
      case 'expect':
        return this.#expect(message.peers)
      case 'claim':
        return this.#claim(message.put, message.drop)
      case 'keys':
        this.#keys = message.keys
        return this.#wire?.useKeys(message.keys)
      case 'leave':
        for (let i = 0; i < farewells; i++) this.#feed({ type: 'leave', now: this.#now() })
        this.#deps.emit({ kind: 'left' })
        return
    }
  }

  close(): void {
    this.#cancelTimer()
    this.#cancelClaims?.()
    this.#cancelReopen?.()
    this.#wire?.close()
    this.#tally.stop()
  }

  #now(): Instant {
    return this.#deps.clock.now()
  }

  #expect(peers: readonly ExpectedPeer[]): void {
    this.#addresses = peers.find(({ node }) => node === this.#state.self)?.addresses ?? []
    this.#feed({ type: 'expect', now: this.#now(), peers })
    if (this.#state.peers.size > 0) this.#open()
    this.#schedule()
    this.#tell()
  }

  #claim(put: readonly Holding[], drop: readonly Address[]): void {
    for (const address of drop) this.#slots.delete(address)
    for (const { claim, slot } of put) if (slot !== undefined) this.#slots.set(claim.address, slot)
    this.#claims.add({ put: put.map(({ claim }) => claim), drop })
    // What must not speak is found out before the responder, which may be told next, does.
    if (put.some(({ claim }) => this.#isOutranked(claim))) return this.#tellClaims()
    this.#cancelClaims ??= this.#deps.clock.after(milliseconds(0), () => this.#tellClaims())
  }

  #isOutranked({ address, counter }: OwnClaim): boolean {
    const heard = this.#state.epochs.get(address)
    return heard !== undefined && outranks(heard, { counter, node: this.#state.self })
  }

  /** Those of all messages that waited, before anything else happens. */
  #tellClaims(): void {
    this.#cancelClaims?.()
    this.#cancelClaims = undefined
    const news = this.#claims.take()
    if (news !== undefined) this.#step({ type: 'claim', now: this.#now(), ...news })
  }

  #open(): void {
    if (this.#wire !== undefined || this.#cancelReopen !== undefined) return
    const { init, emit, clock, openWire } = this.#deps
    try {
      this.#wire = openWire(this.#keys, {
        received: (message) => this.#receive(message),
        refused: (reason) => this.#tally.refused(reason),
      })
    } catch (cause) {
      const why = messageOf(cause)
      emit({ kind: 'fault', fault: `UDP port ${init.port} for heartbeats: ${why}` })
      this.#cancelReopen = clock.after(reopenAfter, () => {
        this.#cancelReopen = undefined
        this.#open()
      })
      return
    }
    this.#beginAnew()
    emit({ kind: 'fault' })
  }

  /** The time until the wire was there was no pause of this process: listening begins now. */
  #beginAnew(): void {
    const peers = this.#state.peers.all.map(({ node, addresses }) => ({ node, addresses }))
    const { own, digest } = this.#state
    this.#state = { ...initialState(this.#deps.init, this.#now()), own, digest }
    this.#feed({ type: 'expect', now: this.#now(), peers })
    this.#schedule()
  }

  #schedule(): void {
    this.#cancelTimer()
    const alone = this.#state.peers.size === 0
    if (alone && this.#state.phase.at === 'active') return
    if (!alone && this.#wire === undefined) return
    this.#due = dueAt(this.#state)
    const delay = milliseconds(Math.max(0, since(this.#now(), this.#due)))
    this.#cancelTimer = this.#deps.clock.after(delay, () => this.#timeCame())
  }

  /** What arrived while this thread was busy or stopped comes first: it may end a silence, or tell of a takeover. */
  #timeCame(): void {
    this.#tally.late(since(dueAt(this.#state), this.#now()))
    this.#wire?.drain()
    this.#listen()
    this.#feed({ type: 'time', now: this.#now() })
    this.#schedule()
  }

  /** When the members are silent it matters whether anything else is heard; where nobody can say, something is. */
  #listen(): void {
    const { heardAnyAt, timing, peers } = this.#state
    if (peers.size === 0 || since(heardAnyAt, this.#now()) < timing.deadAfter / 2) {
      this.#frames = undefined
      return
    }
    const frames = this.#deps.framesHeard(this.#addresses)
    const heard = frames === undefined || (this.#frames !== undefined && frames !== this.#frames)
    this.#frames = frames
    if (heard) this.#feed({ type: 'segment', now: this.#now() })
  }

  #receive(message: Message): void {
    this.#tally.received()
    this.#feed({ type: 'message', now: this.#now(), message })
    if (dueAt(this.#state) !== this.#due) this.#schedule()
  }

  #feed(event: MembershipEvent): void {
    this.#tellClaims()
    this.#step(event)
  }

  #step(event: MembershipEvent): void {
    const { state, effects } = transition(this.#state, event)
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: MembershipEffect): void {
    const { emit } = this.#deps
    switch (effect.type) {
      case 'send':
        return this.#send(effect)
      case 'lease':
        return this.#lease(effect.until)
      case 'outranked':
        this.#silence(effect.address, effect.counter)
        return emit({ ...effect, kind: 'outranked' })
      case 'changed':
        return this.#tell()
      case 'claims':
        return emit(wordsOf(effect))
      case 'epochs':
        return emit({ ...effect, kind: 'epochs' })
      case 'returns':
        return emit({ ...effect, kind: 'returns' })
      case 'paused':
        return emit({ kind: 'paused', gap: effect.gap })
      case 'accused':
        return emit({ kind: 'accused', by: effect.by })
      case 'disbelieved':
        return effect.why === 'duplicate' ? undefined : this.#tally.refused(effect.why)
    }
  }

  #send({ addresses, message }: Extract<MembershipEffect, { type: 'send' }>): void {
    if (this.#wire === undefined) return
    this.#tally.sent(addresses.length)
    this.#wire.send(message, addresses)
  }

  /** A node without peers needs no lease: nobody can take over. */
  #lease(until: Instant | undefined): void {
    const now = this.#deps.monotonic()
    const alone = this.#state.peers.size === 0 && until !== undefined
    const end = until === undefined ? now - 1 : now + since(this.#now(), until)
    Atomics.store(this.#cells, this.#cells.length - 1, leaseCell(alone ? undefined : end))
  }

  #silence(address: Address, counter: number): void {
    const slot = this.#slots.get(address)
    if (slot !== undefined) Atomics.compareExchange(this.#cells, slot, counter, 0)
  }

  #tell(): void {
    const now = this.#now()
    const ages: Record<string, Duration> = {}
    const peers = this.#state.peers.all
    for (const { node, signAt } of peers) if (signAt !== undefined) ages[node] = since(signAt, now)
    const leaving = peers.filter(({ life }) => life?.standing === 'leaving').map(({ node }) => node)
    const dead = peers.filter(({ verdict }) => verdict === 'dead').map(({ node }) => node)
    const working = this.#state.peers.size === 0 || this.#wire !== undefined
    this.#deps.emit({
      kind: 'members',
      members: membersOf(this.#state),
      ages,
      leaving,
      dead,
      takesPart: working && takesPart(this.#state),
      certain: working && maySpeak(this.#state),
    })
    if (this.#state.peers.size === 0 && maySpeak(this.#state)) this.#lease(now)
  }
}

function wordsOf({ node, whole, put, drop }: Extract<MembershipEffect, { type: 'claims' }>): FromHeartbeats {
  return { kind: 'claims', node, whole, put, drop }
}
