/*
 * The Membership port, on the main thread: a picture of what the heartbeat engine in the poll loop knows. The engine
 * acts on the fence by itself; here it is only told what this node wants, and heard what became of it.
 */
import type { Epoch } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'
import type { BootId } from '#core/membership/boot.ts'
import type { ExpectedPeer, PartitionPolicy, Returns } from '#core/membership/state.ts'
import type { MembershipTiming } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock, Counter, Histogram, Logger, Member, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { Liveness, NodeClaim, Outranked } from './liveness.ts'
import { Picture } from './picture.ts'
import type {
  FromHeartbeats,
  HeartbeatCounts,
  HeartbeatInit,
  Holding,
  Keys,
  ToHeartbeats,
} from './protocol.ts'

/** Where the engine runs. */
export interface EngineHost {
  /** Rejects when the engine cannot be started at all. */
  start(init: HeartbeatInit, handlers: EngineHandlers): Promise<EngineChannel>
}

export interface EngineHandlers {
  readonly message: (body: FromHeartbeats) => void
  readonly closed: (error?: string) => void
}

export interface EngineChannel {
  post(body: ToHeartbeats): void
  close(): Promise<void>
}

export interface HeartbeatsDeps {
  readonly self: string
  readonly boot: BootId
  readonly keys: Keys
  /** Calls back with other keys to use from then on; returns what ends it. */
  readonly followKeys?: (use: (keys: Keys) => void) => () => void
  readonly port: number
  readonly timing: MembershipTiming
  readonly policy: PartitionPolicy
  readonly fence: SharedArrayBuffer
  readonly host: EngineHost
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: MetricScope
}

const restartAfter: Duration = milliseconds(1000)

export class Heartbeats implements Liveness {
  private readonly deps: HeartbeatsDeps
  private readonly counters: { readonly sent: Counter; readonly received: Counter; readonly refused: Counter }
  private readonly lateness: Histogram
  private readonly pauses: Counter
  private readonly outrankings: Counter
  private readonly listeners = new Set<() => void>()
  private readonly wordListeners = new Set<(addresses: Iterable<Address>) => void>()
  private readonly outrankedListeners = new Set<(outranked: Outranked) => void>()
  private readonly picture: Picture
  private peers: readonly ExpectedPeer[] = []
  private keys: Keys
  private fault: string | undefined
  private channel: EngineChannel | undefined
  private left: () => void = () => {}
  private started = false
  private launching = false
  private stopped = false
  private cancelRestart: () => void = () => {}
  private endFollowing: (() => void) | undefined

  constructor(deps: HeartbeatsDeps) {
    const { self, metrics } = deps
    this.deps = deps
    this.keys = deps.keys
    this.picture = new Picture(self)
    this.counters = {
      sent: metrics.counter(metric('herald_heartbeats_sent_total')),
      received: metrics.counter(metric('herald_heartbeats_received_total')),
      refused: metrics.counter(metric('herald_heartbeats_refused_total')),
    }
    this.lateness = metrics.histogram(metric('herald_heartbeat_lateness_seconds'))
    this.pauses = metrics.counter(metric('herald_pauses_total'))
    this.outrankings = metrics.counter(metric('herald_outranked_total'))
  }

  /** A node alone needs no engine: nobody can take over from it. */
  start(): void {
    this.started = true
    this.endFollowing = this.deps.followKeys?.((keys) => this.useKeys(keys))
    this.picture.takesPart = this.alone()
    if (!this.alone()) void this.launch()
    this.publish()
  }

  private alone(): boolean {
    return this.peers.every(({ node }) => node === this.deps.self)
  }

  private async launch(): Promise<void> {
    if (this.stopped || this.launching || this.channel !== undefined) return
    this.launching = true
    const { self, boot, port, timing, policy, fence, host } = this.deps
    try {
      const channel = await host.start(
        { self, boot, port, timing, policy, fence, keys: this.keys },
        { message: (body) => this.receive(body), closed: (error) => this.closed(error) },
      )
      if (this.stopped) return void channel.close()
      this.channel = channel
      channel.post({ kind: 'expect', peers: this.peers })
      channel.post({ kind: 'claim', put: this.picture.holdings(), drop: [] })
    } catch (cause) {
      this.closed(messageOf(cause))
    } finally {
      this.launching = false
    }
  }

  members(): readonly Member[] {
    return this.picture.members
  }

  expect(peers: readonly ExpectedPeer[]): void {
    this.peers = peers
    this.channel?.post({ kind: 'expect', peers })
    if (!this.started || this.channel !== undefined || this.alone()) return
    this.picture.takesPart = false
    void this.launch()
    this.publish()
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  takesPart(): boolean {
    return this.picture.takesPart && this.fault === undefined
  }

  isCertain(): boolean {
    return this.picture.certain && this.fault === undefined
  }

  isLeaving(node: string): boolean {
    return this.picture.isLeaving(node)
  }

  isDead(node: string): boolean {
    return this.picture.isDead(node)
  }

  lastHeard(node: string): Instant | undefined {
    return this.picture.lastHeard(node)
  }

  returns(): Returns {
    return this.picture.returns
  }

  problem(): string | undefined {
    return this.fault
  }

  private useKeys(keys: Keys): void {
    this.keys = keys
    this.channel?.post({ kind: 'keys', keys })
  }

  claim(put: readonly Holding[], drop: readonly Address[]): void {
    this.picture.hold(put, drop)
    this.tellWords([...drop, ...put.map(({ claim }) => claim.address)])
    this.channel?.post({ kind: 'claim', put, drop })
  }

  claimsOn(address: Address): readonly NodeClaim[] {
    return this.picture.claimsOn(address)
  }

  wordsOn(address: Address): readonly NodeClaim[] {
    return this.picture.wordsOn(address)
  }

  pathsAreTold(): boolean {
    return this.picture.pathsAreTold
  }

  onWords(listener: (addresses: Iterable<Address>) => void): () => void {
    this.wordListeners.add(listener)
    return () => this.wordListeners.delete(listener)
  }

  private tellWords(addresses: Iterable<Address>): void {
    for (const listener of this.wordListeners) listener(addresses)
  }

  epochOf(address: Address): Epoch | undefined {
    return this.picture.epochOf(address)
  }

  onOutranked(listener: (outranked: Outranked) => void): () => void {
    this.outrankedListeners.add(listener)
    return () => this.outrankedListeners.delete(listener)
  }

  async leave(): Promise<void> {
    const { channel } = this
    if (channel === undefined) return
    await new Promise<void>((resolve) => {
      this.left = resolve
      channel.post({ kind: 'leave' })
    })
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.endFollowing?.()
    this.cancelRestart()
    await this.channel?.close()
    this.channel = undefined
  }

  private receive(message: FromHeartbeats): void {
    switch (message.kind) {
      case 'members':
        this.picture.membersAre(message, this.deps.clock.now())
        return this.publish()
      case 'claims':
        this.tellWords(this.picture.claimsAre(message))
        return this.publish()
      case 'epochs':
        return this.picture.learn(message)
      case 'returns':
        this.picture.returnsAre(message, this.deps.clock.now())
        return this.publish()
      case 'outranked':
        return this.outranked(message)
      case 'paused':
        this.pauses.add({})
        return this.deps.log.warn('this process stood still, it asks before it speaks again', {
          milliseconds: Math.round(message.gap),
        })
      case 'accused':
        return this.deps.log.warn('others thought this node dead, it asks before it speaks again', {
          by: message.by,
        })
      case 'fault':
        return this.report(message.fault)
      case 'tally':
        return this.count(message.counts)
      case 'left':
        return this.left()
    }
  }

  private outranked(message: Extract<FromHeartbeats, { kind: 'outranked' }>): void {
    const { address, counter, by } = message
    this.outrankings.add({})
    this.picture.outranked(message)
    this.tellWords([address])
    for (const listener of this.outrankedListeners) listener({ address, counter, by })
  }

  private count({ sent, received, refused, late }: HeartbeatCounts): void {
    this.lateness.observe({}, late / 1000)
    if (sent > 0) this.counters.sent.add({}, sent)
    if (received > 0) this.counters.received.add({}, received)
    for (const [reason, times] of Object.entries(refused)) this.counters.refused.add({ reason }, times)
  }

  /** The thread is gone: without it nobody hears of us, so others take over. */
  private closed(error: string | undefined): void {
    this.channel = undefined
    this.left()
    if (this.stopped) return
    this.picture.takesPart = false
    this.report(`the heartbeat engine ended: ${error?.split('\n')[0] ?? 'unasked'}`)
    this.cancelRestart = this.deps.clock.after(restartAfter, () => {
      this.report(undefined)
      void this.launch()
    })
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
