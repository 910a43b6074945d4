/*
 * The loop of standalone mode. Three things move it, and each reaches only as far as it must:
 *
 *   folder ──► decide ──► holder: write down ──► term ──► decide ──► announcers
 *   members ─────────────────────────────────────────────► decide ──► announcers
 *   announcers, all of the above ──► view file, log, metrics
 */
import { isDeepStrictEqual } from 'node:util'

import type { ExpectedPeer } from '#core/membership/membership.ts'
import type { Problem } from '#core/model/decisions.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Counter, Logger, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'
import type { Readiness } from '#metrics/server.ts'

import type { Liveness } from '../membership/liveness.ts'
import type { Decider, Outcome } from './decider.ts'
import type { Fleet } from './fleet.ts'
import type { FolderReader, FolderReading } from './folder/folder-reader.ts'
import type { Gauges } from './gauges.ts'
import { deadAmong, nodeProblems, peersOf } from './nodes.ts'
import type { Cause } from './stopwatch.ts'
import type { TermKeeper } from './term/term-keeper.ts'
import { troublesOf } from './troubles.ts'
import { buildView } from './view/build-view.ts'
import { journalOf, writeJournal } from './view/journal.ts'
import type { NodeView } from './view/node-view.ts'
import type { ViewFile } from './view/view-file.ts'

/** Changes that come together are one write of the view and one look at the metrics. */
const publishAfter: Duration = milliseconds(15)

/** Long enough for the others to hear a farewell, decide and speak up. */
const handover: Duration = milliseconds(150)

export interface EngineDeps {
  readonly identity: Pick<NodeView, 'node' | 'boot' | 'version'>
  readonly reader: FolderReader
  readonly keeper: TermKeeper
  readonly liveness: Liveness
  readonly decider: Decider
  readonly fleet: Fleet
  readonly view: ViewFile
  readonly gauges: Gauges
  readonly metrics: MetricScope
  readonly clock: Clock
  readonly log: Logger
}

export class Engine {
  private readonly deps: EngineDeps
  private readonly updates: Counter
  private readonly faultyUpdates: Counter
  private cause: Cause
  private outcome: Outcome | undefined
  private expected: readonly ExpectedPeer[] = []
  private dead: ReadonlySet<string> = new Set()
  private tookPart = false
  private published: NodeView | undefined
  private publishing = false
  private stopped = false

  constructor(deps: EngineDeps) {
    this.deps = deps
    this.cause = { kind: 'start', at: deps.clock.now() }
    this.updates = deps.metrics.counter(metric('metallb_k8s_client_updates_total'))
    this.faultyUpdates = deps.metrics.counter(metric('metallb_k8s_client_update_errors_total'))
  }

  /** Settles when the first decision is on its way to the announcers and published. */
  async start(): Promise<void> {
    const { reader, keeper, liveness, fleet } = this.deps
    await reader.start()
    this.expectMembers()
    liveness.start()
    await keeper.start()
    this.tookPart = liveness.takesPart()
    this.dead = deadAmong(liveness.members(), this.deps.identity.node)
    this.run(this.cause)
    reader.onChange(() => this.folderChanged())
    keeper.onChange(() => this.run(this.cause))
    liveness.onChange(() => this.membersChanged())
    fleet.onChange(() => this.publishSoon())
    await this.publish()
  }

  readiness(): Readiness {
    const { keeper, liveness, fleet } = this.deps
    const reasons: string[] = []
    if (this.outcome === undefined) reasons.push('nothing was decided yet')
    else if (keeper.current().term === 0) reasons.push('no process has written down addresses yet')
    if (!liveness.takesPart()) reasons.push(liveness.problem() ?? 'listening for the other nodes')
    for (const { plugin, healthy, error, phase } of fleet.statuses()) {
      if (!healthy) reasons.push(`announcer ${plugin}: ${error ?? phase}`)
    }
    return { ready: reasons.length === 0, reasons }
  }

  /** What was published last, and what it was made from. */
  current(): { readonly view: NodeView; readonly reading: FolderReading } {
    if (this.published === undefined) throw new Error('not started')
    return { view: this.published, reading: this.deps.reader.current() }
  }

  /**
   * Others take over first, while this node still answers, so that no question goes unanswered in between; then the
   * network is told to forget us. The last view says that we stopped.
   */
  async stop(): Promise<void> {
    const { reader, keeper, liveness, fleet, clock, identity } = this.deps
    this.stopped = true
    const heirs = liveness.members().filter(({ node, alive }) => alive && node !== identity.node)
    await liveness.leave()
    if (heirs.length > 0) await new Promise<void>((resolve) => void clock.after(handover, resolve))
    await Promise.all([fleet.stop(), keeper.stop(), reader.stop()])
    await liveness.stop()
    await this.publish()
  }

  private folderChanged(): void {
    const { reader } = this.deps
    this.updates.add({})
    if (reader.current().set.problems.length > 0) this.faultyUpdates.add({})
    this.expectMembers()
    this.run({ kind: 'change', at: reader.current().noticedAt })
  }

  private expectMembers(): void {
    const nodes = this.deps.reader.current().set.nodes ?? []
    const peers = peersOf(nodes, this.deps.identity.node)
    if (isDeepStrictEqual(peers, this.expected)) return
    this.expected = peers
    this.deps.liveness.expect(peers)
  }

  /** Silence comes first: whoever may not answer falls silent before anything is thought about. */
  private membersChanged(): void {
    const { liveness, fleet, keeper, clock, identity } = this.deps
    if (this.stopped) return
    const takesPart = liveness.takesPart()
    if (!takesPart) fleet.mute()
    const dead = deadAmong(liveness.members(), identity.node)
    const lost = [...dead].filter((node) => !this.dead.has(node))
    const same = takesPart === this.tookPart && isDeepStrictEqual(dead, this.dead)
    const began = this.tookPart || !takesPart
    this.tookPart = takesPart
    this.dead = dead
    if (same) return this.publishSoon()
    keeper.notice()
    if (lost.length > 0) return this.run(this.takeover(lost))
    this.run(began ? { kind: 'change', at: clock.now() } : this.cause)
  }

  private takeover(lost: readonly string[]): Cause {
    const heard = lost.flatMap((node) => this.deps.liveness.lastHeard(node) ?? [])
    const lastHeard = heard.length === 0 ? undefined : heard.reduce((a, b) => (a > b ? a : b))
    return { kind: 'takeover', at: this.deps.clock.now(), ...(lastHeard === undefined ? {} : { lastHeard }) }
  }

  private run(cause: Cause): void {
    if (this.stopped) return
    const { reader, keeper, decider, fleet, log } = this.deps
    this.cause = cause
    try {
      const outcome = decider.decide(reader.current().set, keeper.current(), this.dead)
      this.outcome = outcome
      keeper.record(outcome.wanted)
      fleet.apply(outcome, this.tookPart, cause)
    } catch (error) {
      log.error('decision failed, everything stays as it was', { cause: String(error) })
    }
    this.publishSoon()
  }

  private publishSoon(): void {
    if (this.publishing || this.stopped) return
    this.publishing = true
    this.deps.clock.after(publishAfter, () => {
      this.publishing = false
      if (!this.stopped) void this.publish()
    })
  }

  private async publish(): Promise<void> {
    const { outcome, published } = this
    if (outcome === undefined) return
    const view = this.viewOf(outcome)
    if (isDeepStrictEqual(view, published)) return
    this.published = view
    const entries = journalOf(published, view)
    // The first view is told in a summary; only what is wrong deserves a line of its own.
    writeJournal(
      this.deps.log,
      published === undefined ? entries.filter(({ level }) => level !== 'info') : entries,
    )
    this.deps.gauges.follow(view, outcome.decisions.pools, { stale: this.isStale() })
    await this.deps.view.put(view)
  }

  private viewOf(outcome: Outcome): NodeView {
    const { identity, reader, keeper, liveness, fleet } = this.deps
    return buildView({
      identity,
      role: this.stopped ? 'stopped' : keeper.isHolder() ? 'allocating' : 'following',
      term: keeper.current().term,
      readiness: this.readiness(),
      members: liveness.members(),
      reading: reader.current(),
      outcome,
      statuses: fleet.statuses(),
      conflicts: fleet.conflicts(),
      troubles: this.troubles(),
    })
  }

  private troubles(): readonly Problem[] {
    const { reader, keeper, liveness, fleet, identity } = this.deps
    const reading = reader.current()
    return [
      ...troublesOf({
        gone: reading.gone,
        state: keeper.problem(),
        heartbeats: liveness.problem(),
        announcers: fleet.statuses(),
      }),
      ...nodeProblems(reading.set.nodes, identity.node),
    ]
  }

  private isStale(): boolean {
    const { stale, gone } = this.deps.reader.current()
    return stale.length > 0 || gone !== undefined
  }
}
