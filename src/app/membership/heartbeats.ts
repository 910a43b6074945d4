/*
 * The Membership port over UDP heartbeats: performs the effects of core/membership and feeds it time and datagrams.
 *
 *     clock ──tick──►┌───────────────────┐──send──► BeatLink ──► peers
 *     BeatLink ──►   │ core/membership   │
 *     folder ─expect►└───────────────────┘──changed──► listeners
 *
 * A node without peers opens no socket. Where the socket cannot be opened, time stands still for the machine: it stays
 * listening, and this node takes no part, rather than believing itself alone.
 */
import { createHmac } from 'node:crypto'

import { decodeBeat, encodeBeat, type Beat, type Mac } from '#core/membership/beat.ts'
import type { BootId } from '#core/membership/boot.ts'
import { membersOf } from '#core/membership/members.ts'
import {
  initialState,
  transition,
  type ExpectedPeer,
  type MembershipEffect,
  type MembershipEvent,
  type MembershipState,
} from '#core/membership/membership.ts'
import type { MembershipTiming } from '#core/membership/timing.ts'
import { milliseconds, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock, Counter, Logger, Member, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { BeatLink, BeatSocketOptions } from './beat-socket.ts'
import type { Liveness } from './liveness.ts'

export interface HeartbeatsDeps {
  readonly self: string
  readonly boot: BootId
  readonly key: Uint8Array
  readonly port: number
  readonly openLink: (options: BeatSocketOptions) => Promise<BeatLink>
  readonly timing: MembershipTiming
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: MetricScope
}

const reopenAfter: Duration = milliseconds(1000)
/** One datagram may be lost; three hardly. */
const farewells = 3

export class Heartbeats implements Liveness {
  private readonly deps: HeartbeatsDeps
  private readonly mac: Mac
  private readonly counters: { readonly sent: Counter; readonly received: Counter; readonly refused: Counter }
  private readonly pauses: Counter
  private readonly listeners = new Set<() => void>()
  private state: MembershipState
  private link: BeatLink | undefined
  private opening = false
  private fault: string | undefined
  private stopped = false
  private cancelTick: () => void = () => {}
  private cancelReopen: () => void = () => {}

  constructor(deps: HeartbeatsDeps) {
    const { self, boot, timing, clock, metrics } = deps
    this.deps = deps
    this.mac = (message) => createHmac('sha256', deps.key).update(message).digest()
    this.counters = {
      sent: metrics.counter(metric('herald_heartbeats_sent_total')),
      received: metrics.counter(metric('herald_heartbeats_received_total')),
      refused: metrics.counter(metric('herald_heartbeats_refused_total')),
    }
    this.pauses = metrics.counter(metric('herald_pauses_total'))
    this.state = initialState({ self, boot }, timing, clock.now())
  }

  start(): void {
    this.tick()
  }

  members(): readonly Member[] {
    return membersOf(this.state)
  }

  expect(peers: readonly ExpectedPeer[]): void {
    void this.feed({ type: 'expect', now: this.deps.clock.now(), peers })
    if (this.state.peers.size > 0) void this.open()
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  takesPart(): boolean {
    return this.state.phase.at === 'active' && this.fault === undefined
  }

  lastHeard(node: string): Instant | undefined {
    const peer = this.state.peers.get(node)?.state
    return peer === undefined || peer.is === 'unheard' ? undefined : peer.heardAt
  }

  problem(): string | undefined {
    return this.fault
  }

  async leave(): Promise<void> {
    const sending = Array.from({ length: farewells }, () => this.feed({ type: 'leave' }))
    this.publish()
    await Promise.all(sending)
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.cancelTick()
    this.cancelReopen()
    this.link?.close()
    this.link = undefined
  }

  private tick(): void {
    const { clock, timing } = this.deps
    this.cancelTick = clock.after(timing.beatEvery, () => this.tick())
    if (this.link !== undefined || this.state.peers.size === 0)
      void this.feed({ type: 'tick', now: clock.now() })
  }

  private async open(): Promise<void> {
    if (this.link !== undefined || this.opening || this.stopped) return
    this.opening = true
    try {
      const received = (message: Uint8Array): void => this.receive(message)
      const link = await this.deps.openLink({ port: this.deps.port, received })
      if (this.stopped) link.close()
      else this.begin(link)
    } catch (cause) {
      this.report(
        `UDP port ${this.deps.port} for heartbeats: ${cause instanceof Error ? cause.message : String(cause)}`,
      )
      this.cancelReopen = this.deps.clock.after(reopenAfter, () => void this.open())
    } finally {
      this.opening = false
    }
  }

  /** The time until the link was there was no pause of this process: listening begins now. */
  private begin(link: BeatLink): void {
    const { self, boot, timing, clock } = this.deps
    this.link = link
    const peers = [...this.state.peers].map(([node, { addresses }]) => ({ node, addresses }))
    this.state = initialState({ self, boot }, timing, clock.now())
    void this.feed({ type: 'expect', now: clock.now(), peers })
    this.report(undefined)
  }

  private receive(message: Uint8Array): void {
    const decoded = decodeBeat(message, this.mac)
    if (decoded.ok) this.believe(decoded.beat)
    else this.counters.refused.add({ reason: decoded.fault })
  }

  private believe(beat: Beat): void {
    const before = this.state
    void this.feed({ type: 'beat', now: this.deps.clock.now(), beat })
    if (this.state !== before) this.counters.received.add({})
  }

  /** Settles when the datagrams it causes are on their way. */
  private feed(event: MembershipEvent): Promise<unknown> {
    const { state, effects } = transition(this.state, event)
    this.state = state
    return Promise.all(effects.flatMap((effect) => this.perform(effect)))
  }

  private perform(effect: MembershipEffect): Promise<void>[] {
    switch (effect.type) {
      case 'send':
        return this.send(effect)
      case 'changed':
        this.publish()
        return []
      case 'paused':
        this.pauses.add({})
        this.deps.log.warn('this process stood still, it listens before it takes part again', {
          milliseconds: Math.round(effect.gap),
        })
        return []
      case 'disbelieved':
        if (effect.why !== 'duplicate') this.counters.refused.add({ reason: effect.why })
        return []
    }
  }

  private send({ addresses, beat }: Extract<MembershipEffect, { type: 'send' }>): Promise<void>[] {
    const { link } = this
    if (link === undefined) return []
    const bytes = encodeBeat(beat, this.mac)
    this.counters.sent.add({}, addresses.length)
    return addresses.map((address) => link.send(bytes, address))
  }

  private report(fault: string | undefined): void {
    if (fault === this.fault) return
    this.fault = fault
    if (fault === undefined) this.deps.log.info('heartbeats work again')
    else this.deps.log.error('heartbeats do not work, this node takes no part', { cause: fault })
    this.publish()
  }

  private publish(): void {
    for (const listener of this.listeners) listener()
  }
}
