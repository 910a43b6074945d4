/* What a speaker tells the world: status objects, events, log and metrics; each on a change, changes together. */
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Election, Problem } from '#core/model/decisions.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'
import type { Clock, Logger } from '#core/ports.ts'
import type { Readiness } from '#metrics/server.ts'

import type { Liveness } from '../../membership/liveness.ts'
import type { Decided } from '../../node/decided.ts'
import type { Fleet } from '../../node/fleet.ts'
import type { Gauges } from '../../node/gauges.ts'
import { nodeProblems } from '../../node/nodes.ts'
import { troublesOf } from '../../node/troubles.ts'
import { buildView } from '../../node/view/build-view.ts'
import { journalOf, writeJournal } from '../../node/view/journal.ts'
import type { NodeView } from '../../node/view/node-view.ts'
import { remember } from '../../node/view/remember.ts'
import { Paced } from '../../paced.ts'
import type { ClusterWatch } from './cluster-watch.ts'
import type { Events } from './events.ts'
import { News } from './news.ts'
import { comingOf, reportsOf, type Protocol, type Reports } from './reports.ts'
import type { SnapshotKeeper } from './snapshot-keeper.ts'
import { configurationState, conflictText, serviceStatus, type Reporter } from './status-objects.ts'
import type { StatusWriter } from './status-writer.ts'

export interface SpeakerPublisherDeps {
  readonly identity: Pick<NodeView, 'node' | 'boot' | 'version'>
  readonly reporter: Reporter
  readonly announcers: readonly AnnouncerInfo[]
  readonly watch: ClusterWatch
  readonly liveness: Liveness
  readonly fleet: Fleet
  readonly gauges: Gauges
  readonly statuses: StatusWriter
  readonly events: Events
  readonly snapshots: SnapshotKeeper
  readonly clock: Clock
  /** Wall clock, for people. */
  readonly date: () => Date
  readonly log: Logger
}

const publishAfter: Duration = milliseconds(100)
/** Telling costs time in proportion to the number of Services; it may take this share of it. */
const share = 0.25

export class SpeakerPublisher {
  private readonly deps: SpeakerPublisherDeps
  private readonly protocols: ReadonlyMap<string, Protocol>
  private readonly news: News
  private decided: Decided | undefined
  private view: NodeView | undefined
  private owners: readonly Election[] = []
  /** Told of already. */
  private conflicts: ReadonlySet<string> = new Set()
  private readonly pace: Paced
  private stopped = false
  private readonly listeners = new Set<() => void>()

  constructor(deps: SpeakerPublisherDeps) {
    this.deps = deps
    this.news = new News(deps)
    this.pace = new Paced(deps.clock, share, () => this.publishNow(), publishAfter)
    this.protocols = new Map(deps.announcers.flatMap((info) => protocolOf(info)))
  }

  /** Undefined until the first decision was published. */
  current(): NodeView | undefined {
    return this.view
  }

  /** What the newest view was made from, or the next will be. */
  outcomeNow(): Decided | undefined {
    return this.decided
  }

  /** Called after each publication; returns the unsubscribe function. */
  onPublished(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  decisionMade(decided: Decided): void {
    this.decided = decided
    this.soon()
  }

  soon(): void {
    if (!this.stopped) this.pace.soon()
  }

  stop(): void {
    this.stopped = true
  }

  /** Away is no reason not to be ready: what was read last is announced all the same. */
  readiness(): Readiness {
    const { liveness, fleet, watch } = this.deps
    const reasons: string[] = []
    if (this.decided === undefined) {
      reasons.push('nothing was read from the API server yet', ...watch.problems())
    }
    reasons.push(...watch.lacking())
    if (!liveness.takesPart()) reasons.push(liveness.problem() ?? 'listening for the other nodes')
    for (const { plugin, healthy, error, phase } of fleet.statuses()) {
      if (!healthy) reasons.push(`announcer ${plugin}: ${error ?? phase}`)
    }
    return { ready: reasons.length === 0, reasons }
  }

  private publishNow(): void {
    if (this.stopped) return
    const began = this.deps.clock.now()
    this.publish()
    this.pace.worked(began)
  }

  private publish(): void {
    const { fleet, log, gauges, watch } = this.deps
    const { decided } = this
    if (decided === undefined) return
    const view = remember(this.view, this.viewOf(decided), this.deps.date().toISOString())
    const entries = journalOf(this.view && withoutOwners(this.view), withoutOwners(view))
    writeJournal(log, this.view === undefined ? entries.filter(({ level }) => level !== 'info') : entries)
    this.view = view
    const stale = watch.stale().length > 0 || watch.problems().length > 0
    gauges.follow(ownedHere(view), [], { stale })
    this.tell(reportsOf(decided.decisions, fleet.statuses(), this.protocols), decided)
    for (const listener of this.listeners) listener()
  }

  private tell(reports: Reports, decided: Decided): void {
    const { statuses, reporter, watch } = this.deps
    this.news.tell(reports)
    const lacking = watch.lacking().map(apiProblem)
    const faults = [...lacking, ...watch.faults(), ...decided.parsed.problems]
    const { fleet } = this.deps
    const { decisions, untried = [] } = decided
    const coming = comingOf([...decisions.announcements, ...untried], fleet.statuses(), this.protocols)
    statuses.want(
      [
        ...[...reports.announced.values()].map((report) => serviceStatus(report, reporter)),
        configurationState(faults, fleet.conflicts(), reporter),
      ],
      coming.map((report) => serviceStatus(report, reporter)),
    )
    this.tellConflicts(decided)
    this.clearAfterTheDead(reports, decided)
  }

  /** An event for each Service that has the address, once for each stranger. */
  private tellConflicts({ decisions }: Decided): void {
    const { fleet, events } = this.deps
    const conflicts = fleet.conflicts()
    for (const conflict of conflicts) {
      const text = conflictText(conflict)
      if (this.conflicts.has(text)) continue
      const holders = decisions.assignments.filter(({ addresses }) => addresses.includes(conflict.address))
      for (const { service } of holders) events.conflict(service, text)
    }
    this.conflicts = new Set(conflicts.map(conflictText))
  }

  /** Whoever takes over from a dead node also takes away what it said of itself. */
  private clearAfterTheDead(reports: Reports, { decisions, facts }: Decided): void {
    const { reporter, statuses } = this.deps
    const before = facts.dead.size === 0 ? [] : this.owners
    this.owners = decisions.owners
    const owners = new Map(before.map(({ service, winner = '' }) => [service, winner]))
    const left = [...reports.announced.values()].flatMap((report) => {
      const by = report.protocol === 'layer2' ? owners.get(report.service) : undefined
      return by !== undefined && facts.dead.has(by) ? [{ report, by }] : []
    })
    statuses.remove(left.map(({ report, by }) => serviceStatus(report, { ...reporter, node: by })))
  }

  private viewOf(decided: Decided): NodeView {
    const { identity, watch, liveness, fleet } = this.deps
    return buildView({
      identity,
      role: 'following',
      term: 0,
      readiness: this.readiness(),
      members: liveness.members(),
      reading: { problems: watch.faults(), notes: [], stale: watch.stale(), locate: () => undefined },
      decided,
      statuses: fleet.statuses(),
      conflicts: fleet.conflicts(),
      troubles: this.troubles(),
    })
  }

  private troubles(): readonly Problem[] {
    const { watch, liveness, fleet, identity, snapshots } = this.deps
    const found = { gone: undefined, state: snapshots.problem(), heartbeats: liveness.problem() }
    const api = watch.problems().map(apiProblem)
    const troubles = troublesOf({ ...found, announcers: fleet.statuses() })
    return [...api, ...troubles, ...nodeProblems(watch.nodeObjects(), identity.node)]
  }
}

/** Who owns what is decided alike on every node, and told by the one that does. */
function withoutOwners(view: NodeView): NodeView {
  return { ...view, owners: [] }
}

function ownedHere(view: NodeView): NodeView {
  return { ...view, owners: view.owners.filter(({ winner }) => winner === view.node) }
}

function apiProblem(message: string): Problem {
  return { object: 'API server', field: '', reason: 'ApiUnavailable', message }
}

function protocolOf({ name, resources }: AnnouncerInfo): [string, Protocol][] {
  if (name === 'l2') return [[name, 'layer2']]
  return resources.includes('BGPPeer') ? [[name, 'bgp']] : []
}
