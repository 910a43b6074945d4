/*
 * The loop of a speaker:
 *
 *   API server ──► watch ──► decide ──► announcers ──► publisher: status objects, events, log, metrics
 *   snapshot  ───►              ▲
 *   members ────────────────────┘
 */
import { isDeepStrictEqual } from 'node:util'

import { messageOf } from '#core/errors.ts'
import type { ExpectedPeer } from '#core/membership/state.ts'
import { seconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Counter, Logger, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { Liveness } from '../../membership/liveness.ts'
import { Alarm } from '../../node/alarm.ts'
import type { Gatekeeper } from '../../node/data-path/gatekeeper.ts'
import type { Fleet } from '../../node/fleet.ts'
import type { Holders } from '../../node/holders.ts'
import { deadAmong, peersOf } from '../../node/nodes.ts'
import { Recollection } from '../../node/recollection.ts'
import { handover, type Rights } from '../../node/rights.ts'
import type { ShutPaths } from '../../node/shut-paths.ts'
import { takeoverCause, type Cause } from '../../node/stopwatch.ts'
import { Paced } from '../../paced.ts'
import type { ProbeAnswers } from './probe-answers.ts'
import type { ClusterWatch } from './cluster-watch.ts'
import type { SpeakerDecider } from './decider.ts'
import type { SpeakerPublisher } from './publisher.ts'
import type { SnapshotFile } from './snapshot.ts'
import type { SnapshotKeeper } from './snapshot-keeper.ts'
import type { StatusWriter } from './status-writer.ts'

/** An API server that has not answered by then is taken for away, and the snapshot for what it would say. */
const serverPatience: Duration = seconds(2)
/** Deciding and telling the announcers may take this share of the time. */
const share = 0.5

export interface SpeakerEngineDeps {
  readonly node: string
  readonly watch: ClusterWatch
  readonly snapshot: SnapshotFile
  readonly snapshots: SnapshotKeeper
  readonly liveness: Liveness
  /** Where the election asks who holds what. */
  readonly holders?: Holders | undefined
  readonly shutPaths: ShutPaths
  readonly decider: SpeakerDecider
  readonly gatekeeper: Gatekeeper
  readonly fleet: Fleet
  readonly rights: Rights
  readonly publisher: SpeakerPublisher
  readonly statuses: StatusWriter
  /** What the controller wants to know before it hands out an address. */
  readonly probes: ProbeAnswers
  readonly metrics: MetricScope
  readonly clock: Clock
  readonly log: Logger
}

export class SpeakerEngine {
  private readonly deps: SpeakerEngineDeps
  private readonly recollection: Recollection
  private readonly alarm: Alarm
  private readonly updates: Counter
  private cause: Cause
  private expected: readonly ExpectedPeer[] = []
  private dead: ReadonlySet<string> = new Set()
  private takesPart = false
  /** There are facts to decide on. */
  private informed = false
  private readonly pace: Paced
  /** What is heard before it ends is part of the decision that follows. */
  private gathering = false
  private stopped = false

  constructor(deps: SpeakerEngineDeps) {
    this.deps = deps
    this.recollection = new Recollection(deps)
    this.pace = new Paced(deps.clock, share, () => this.catchUp())
    this.alarm = new Alarm(deps.clock, () => this.soon())
    this.cause = { kind: 'start', at: deps.clock.now() }
    this.updates = deps.metrics.counter(metric('metallb_k8s_client_updates_total'))
  }

  /** Settles at once: what is there to announce comes when the API server answers, or from the snapshot. */
  start(): void {
    const { watch, liveness, gatekeeper, fleet, rights, publisher, statuses, probes, clock } = this.deps
    watch.onChange(() => this.factsChanged())
    probes.onChange(() => {
      if (this.informed && !this.stopped) this.soon()
    })
    gatekeeper.onChange(() => this.gatesChanged())
    fleet.onChange(() => publisher.soon())
    watch.start()
    statuses.start()
    probes.start()
    clock.after(serverPatience, () => void this.resume())
    liveness.onChange(() => this.membersChanged())
    rights.onChange(() => {
      // Once this node joins or falls silent: `membersChanged`, which hears of the same after this, decides on both.
      if (this.informed && liveness.takesPart() === this.takesPart) this.run()
    })
  }

  /** Others take over first, while this node still answers; then the network is told to forget us. */
  async stop(): Promise<void> {
    const { node, watch, liveness, fleet, publisher, statuses, snapshots, clock } = this.deps
    this.stopped = true
    this.alarm.cancel()
    this.deps.gatekeeper.stop()
    publisher.stop()
    const heirs = liveness.members().filter((member) => member.alive && member.node !== node)
    await liveness.leave()
    if (heirs.length > 0) await new Promise<void>((resolve) => void clock.after(handover, resolve))
    await Promise.all([
      fleet.stop(),
      watch.stop(),
      statuses.stop(),
      this.deps.probes.stop(),
      this.informed ? snapshots.end() : undefined,
    ])
    await liveness.stop()
  }

  /** From what the process before this one had read. */
  private async resume(): Promise<void> {
    const { watch, snapshot, log } = this.deps
    if (this.informed || this.stopped) return
    try {
      const content = await snapshot.read()
      if (content === undefined || this.informed) return
      for (const item of content) watch.restore(item)
      log.warn('the API server does not answer, going on from the snapshot', {
        file: snapshot.path,
        objects: content.length,
      })
      this.informed = true
      this.soon()
    } catch (cause) {
      log.error('the snapshot is of no use', { file: snapshot.path, cause: messageOf(cause) })
    }
  }

  private factsChanged(): void {
    const { watch, publisher, clock } = this.deps
    if (this.stopped) return
    this.informed ||= watch.synced
    if (!this.informed) return
    publisher.soon()
    if (this.pace.asked || !watch.hasChanges()) return
    if (this.cause.kind !== 'start') this.cause = { kind: 'change', at: clock.now() }
    this.soon()
  }

  /** Thousands that open one after another cost what as many changed objects do. */
  private gatesChanged(): void {
    if (this.stopped || this.pace.asked) return
    this.cause = { kind: 'change', at: this.deps.clock.now() }
    this.soon()
  }

  private soon(): void {
    this.pace.soon()
  }

  private catchUp(): void {
    this.gather()
    this.run()
    if (this.deps.watch.synced) this.deps.snapshots.changed()
  }

  /** A node without others joins at once, which tells of members and of rights: one decision for all of it, not three. */
  private gather(): void {
    this.gathering = true
    try {
      this.expectMembers()
    } finally {
      this.gathering = false
    }
  }

  private expectMembers(): void {
    const { node, watch, liveness } = this.deps
    const first = this.expected.length === 0
    const peers = peersOf(watch.nodeObjects(), node)
    if (!first && isDeepStrictEqual(peers, this.expected)) return
    this.expected = peers
    liveness.expect(peers)
    if (first) liveness.start()
    this.takesPart = liveness.takesPart()
    this.dead = deadAmong(liveness.members(), node)
  }

  /** Silence comes first: whoever may not answer falls silent before anything is thought about. */
  private membersChanged(): void {
    const { node, liveness, fleet, publisher } = this.deps
    if (this.stopped) return
    const takesPart = liveness.takesPart()
    if (!takesPart) fleet.mute()
    const dead = deadAmong(liveness.members(), node)
    const lost = [...dead].filter((name) => !this.dead.has(name))
    const changed = takesPart !== this.takesPart || !isDeepStrictEqual(dead, this.dead)
    this.takesPart = takesPart
    if (changed) this.dead = dead
    publisher.soon()
    if (!this.informed) return
    if (!changed) {
      if (!this.gathering && this.recollection.hasChanged()) this.soon()
      return
    }
    if (lost.length > 0) this.takeOver(lost)
    else this.run()
  }

  /** What is announced later than at once is not announced because of the loss. */
  private takeOver(lost: readonly string[]): void {
    const { liveness, clock } = this.deps
    this.cause = takeoverCause(lost, (node) => liveness.lastHeard(node), clock.now())
    this.run()
  }

  private run(): void {
    if (this.stopped || this.gathering) return
    const { decider, gatekeeper, fleet, probes, publisher, clock, log } = this.deps
    const began = clock.now()
    this.updates.add({})
    try {
      const decided = gatekeeper.applyTo(decider.decide(this.dead, this.recollection.facts()))
      this.alarm.set(decided.next)
      fleet.apply(decided, this.takesPart, this.cause, probes.candidates(decided))
      publisher.decisionMade(decided)
    } catch (error) {
      log.error('decision failed, everything stays as it was', { cause: messageOf(error) })
    }
    this.cause = { kind: 'change', at: clock.now() }
    this.pace.worked(began)
  }
}
