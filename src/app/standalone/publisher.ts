/* What a process tells the world of itself: its view on disk, and what follows from it, the log and the metrics. */
import { isDeepStrictEqual } from 'node:util'

import type { Problem } from '#core/model/decisions.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Logger } from '#core/ports.ts'
import type { Readiness } from '#metrics/server.ts'

import type { Liveness } from '../membership/liveness.ts'
import type { Outcome } from './decider.ts'
import type { Fleet } from '../node/fleet.ts'
import type { FolderReader, FolderReading } from './folder/folder-reader.ts'
import type { Gauges } from '../node/gauges.ts'
import { nodeProblems } from '../node/nodes.ts'
import type { TermKeeper } from './term/term-keeper.ts'
import { troublesOf } from '../node/troubles.ts'
import { buildView, type Reading } from '../node/view/build-view.ts'
import { journalOf, writeJournal } from '../node/view/journal.ts'
import type { NodeView } from '../node/view/node-view.ts'
import { remember } from '../node/view/remember.ts'
import type { ViewFile } from '../node/view/view-file.ts'
import { OnceSoon } from '../once-soon.ts'

/** Changes that come together are one write of the view and one look at the metrics. */
const publishAfter: Duration = milliseconds(15)

export interface PublisherDeps {
  readonly identity: Pick<NodeView, 'node' | 'boot' | 'version' | 'settings'>
  readonly reader: FolderReader
  readonly keeper: TermKeeper
  readonly liveness: Liveness
  readonly fleet: Fleet
  readonly view: ViewFile
  readonly gauges: Gauges
  readonly clock: Clock
  /** Wall clock, for people. */
  readonly date: () => Date
  readonly log: Logger
}

export class Publisher {
  private readonly deps: PublisherDeps
  private outcome: Outcome | undefined
  private published: NodeView | undefined
  private readonly next: OnceSoon
  private stopped = false
  private readonly listeners = new Set<() => void>()

  constructor(deps: PublisherDeps) {
    this.deps = deps
    this.next = new OnceSoon(deps.clock, publishAfter, () => {
      if (!this.stopped) void this.publish()
    })
  }

  /** Undefined until the first decision was published. */
  current(): NodeView | undefined {
    return this.published
  }

  /** What the newest view was made from, or the next will be. */
  outcomeNow(): Outcome | undefined {
    return this.outcome
  }

  /** Called after each new view is written; returns the unsubscribe function. */
  onPublished(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  decided(outcome: Outcome): void {
    this.outcome = outcome
    this.soon()
  }

  /** Something changed; several changes are published together. */
  soon(): void {
    if (!this.stopped) this.next.ask()
  }

  /** The last view, and no other after it. */
  async end(): Promise<void> {
    this.stopped = true
    await this.publish()
  }

  async publish(): Promise<void> {
    const { outcome, published } = this
    if (outcome === undefined) return
    const view = remember(published, this.viewOf(outcome), this.deps.date().toISOString())
    if (isDeepStrictEqual(view, published)) return
    this.published = view
    const entries = journalOf(published, view)
    // The first view is told in a summary; only what is wrong deserves a line of its own.
    const worthwhile = published === undefined ? entries.filter(({ level }) => level !== 'info') : entries
    writeJournal(this.deps.log, worthwhile)
    this.deps.gauges.follow(view, outcome.decisions.pools, { stale: this.isStale() })
    await this.deps.view.put(view)
    for (const listener of this.listeners) listener()
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

  private viewOf(outcome: Outcome): NodeView {
    const { identity, reader, keeper, liveness, fleet } = this.deps
    return buildView({
      identity,
      role: this.stopped ? 'stopped' : keeper.isHolder() ? 'allocating' : 'following',
      term: keeper.current().term,
      readiness: this.readiness(),
      members: liveness.members(),
      reading: readingOf(reader.current()),
      decided: outcome,
      statuses: fleet.statuses(),
      conflicts: fleet.conflicts(),
      troubles: this.troubles(),
    })
  }

  private troubles(): readonly Problem[] {
    const { reader, keeper, liveness, fleet, identity } = this.deps
    const { gone, set } = reader.current()
    const [state, heartbeats] = [keeper.problem(), liveness.problem()]
    const troubles = troublesOf({ gone, state, heartbeats, announcers: fleet.statuses() })
    return [...troubles, ...nodeProblems(set.nodes, identity.node)]
  }

  private isStale(): boolean {
    const { stale, gone } = this.deps.reader.current()
    return stale.length > 0 || gone !== undefined
  }
}

function readingOf({ set, stale }: FolderReading): Reading {
  const { problems } = set
  const notes = set.notes.map(({ file, message }) => `${file}: ${message}`)
  return { problems, notes, stale, locate: (object, field) => set.locate(object, field) }
}
