/*
 * The loop of standalone mode. Three things move it, and each reaches only as far as it must:
 *
 *   folder ──► decide ──► holder: write down ──► term ──► decide ──► announcers
 *   members ─────────────────────────────────────────────► decide ──► announcers
 *   announcers, all of the above ──► publisher: view file, log, metrics
 */
import { isDeepStrictEqual } from 'node:util'

import { whileAsked, type AwaitingServices } from '#core/awaiting-probe.ts'
import type { ExpectedPeer } from '#core/membership/state.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Counter, Logger, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { Liveness } from '../membership/liveness.ts'
import type { Asking } from './asking.ts'
import type { Decider, Outcome } from './decider.ts'
import { Alarm } from '../node/alarm.ts'
import type { Gatekeeper } from '../node/data-path/gatekeeper.ts'
import type { Fleet } from '../node/fleet.ts'
import type { Holders } from '../node/holders.ts'
import { Recollection } from '../node/recollection.ts'
import { handover, type Rights } from '../node/rights.ts'
import type { ShutPaths } from '../node/shut-paths.ts'
import type { FolderReader } from './folder/folder-reader.ts'
import { deadAmong, peersOf } from '../node/nodes.ts'
import type { Admission } from './probation.ts'
import type { Publisher } from './publisher.ts'
import { takeoverCause, type Cause } from '../node/stopwatch.ts'
import type { TermKeeper } from './term/term-keeper.ts'
import type { WishWatch } from './wishes.ts'

/** For the rest of what others tell in one go. */
const tellingTime: Duration = milliseconds(20)

export interface EngineDeps {
  readonly node: string
  readonly reader: FolderReader
  readonly wishes: WishWatch
  readonly keeper: TermKeeper
  readonly liveness: Liveness
  /** Where the election asks who holds what. */
  readonly holders?: Holders | undefined
  readonly shutPaths: ShutPaths
  readonly decider: Decider
  /** Absent: addresses are handed out unasked. */
  readonly asking?: Asking | undefined
  readonly gatekeeper: Gatekeeper
  readonly fleet: Fleet
  readonly rights: Rights
  readonly publisher: Publisher
  readonly metrics: MetricScope
  readonly clock: Clock
  readonly log: Logger
}

export class Engine {
  private readonly deps: EngineDeps
  private readonly recollection: Recollection
  private readonly alarm: Alarm
  private readonly updates: Counter
  private readonly faultyUpdates: Counter
  /** Of what is announced next. */
  private cause: Cause
  private expected: readonly ExpectedPeer[] = []
  private dead: ReadonlySet<string> = new Set()
  private settling = false
  private takesPart = false
  private stopped = false

  constructor(deps: EngineDeps) {
    this.deps = deps
    this.recollection = new Recollection(deps)
    this.alarm = new Alarm(deps.clock, () => this.run())
    this.cause = { kind: 'start', at: deps.clock.now() }
    this.updates = deps.metrics.counter(metric('metallb_k8s_client_updates_total'))
    this.faultyUpdates = deps.metrics.counter(metric('metallb_k8s_client_update_errors_total'))
  }

  /** Settles when the first decision is written down, on its way to the announcers, and published. */
  async start(): Promise<void> {
    const { node, reader, wishes, keeper, liveness, fleet, publisher } = this.deps
    await reader.start()
    this.expectMembers()
    liveness.start()
    await keeper.start()
    await wishes.start()
    await this.deps.asking?.quarantine.hold(keeper.isHolder())
    this.takesPart = liveness.takesPart()
    this.dead = deadAmong(liveness.members(), node)
    this.run()
    reader.onChange(() => this.folderChanged())
    wishes.onChange(() => this.run())
    keeper.onChange(() => this.run())
    liveness.onChange(() => this.membersChanged())
    this.deps.rights.onChange(() => this.run())
    this.deps.asking?.probation.onChange(() => this.run())
    this.deps.asking?.quarantine.onChange(() => this.run())
    this.deps.gatekeeper.onChange(() => this.run())
    fleet.onChange(() => publisher.soon())
    await keeper.settled()
    await publisher.publish()
  }

  /**
   * Others take over first, while this node still answers, so that no question goes unanswered in between; then the
   * network is told to forget us.
   */
  async stop(): Promise<void> {
    const { node, reader, wishes, keeper, liveness, fleet, publisher, asking, clock } = this.deps
    this.stopped = true
    wishes.stop()
    asking?.probation.stop()
    this.alarm.cancel()
    this.deps.gatekeeper.stop()
    const heirs = liveness.members().filter((member) => member.alive && member.node !== node)
    await liveness.leave()
    if (heirs.length > 0) await new Promise<void>((resolve) => void clock.after(handover, resolve))
    await Promise.all([fleet.stop(), keeper.stop(), reader.stop(), asking?.quarantine.stop()])
    await liveness.stop()
    await publisher.end()
  }

  private folderChanged(): void {
    const { set, noticedAt } = this.deps.reader.current()
    this.updates.add({})
    if (set.problems.length > 0) this.faultyUpdates.add({})
    this.expectMembers()
    this.cause = { kind: 'change', at: noticedAt }
    this.run()
  }

  /** Returns what is to be asked about before it is written down. */
  private record(outcome: Outcome): Omit<Admission, 'holdings'> {
    const { asking, keeper } = this.deps
    if (asking === undefined || !keeper.isHolder()) {
      asking?.probation.stop()
      keeper.record(outcome.wanted)
      return { candidates: new Map(), pending: new Map() }
    }
    const { holdings, ...about } = asking.probation.admit(outcome, keeper.current().services)
    keeper.record(holdings)
    return about
  }

  private expectMembers(): void {
    const { node, reader, liveness } = this.deps
    const peers = peersOf(reader.current().set.nodes ?? [], node)
    if (isDeepStrictEqual(peers, this.expected)) return
    this.expected = peers
    liveness.expect(peers)
  }

  /** Silence comes first: whoever may not answer falls silent before anything is thought about. */
  private membersChanged(): void {
    const { node, liveness, fleet, keeper, publisher } = this.deps
    if (this.stopped) return
    const takesPart = liveness.takesPart()
    if (!takesPart) fleet.mute()
    const dead = deadAmong(liveness.members(), node)
    const lost = [...dead].filter((name) => !this.dead.has(name))
    const same = takesPart === this.takesPart && isDeepStrictEqual(dead, this.dead)
    this.takesPart = takesPart
    this.dead = dead
    if (same) {
      this.settle()
      return publisher.soon()
    }
    keeper.notice()
    if (lost.length > 0) this.takeOver(lost)
    else this.run()
  }

  /** What is announced later than at once is not announced because of the loss. */
  private takeOver(lost: readonly string[]): void {
    const { liveness, clock } = this.deps
    const at = clock.now()
    this.cause = takeoverCause(lost, (node) => liveness.lastHeard(node), at)
    this.run()
    this.cause = { kind: 'change', at }
  }

  /** Others have told what they hold now, most often one address after another, or who came back when. */
  private settle(): void {
    if (this.settling || !this.recollection.hasChanged()) return
    this.settling = true
    this.deps.clock.after(tellingTime, () => {
      this.settling = false
      this.run()
    })
  }

  private run(): void {
    if (this.stopped) return
    const { reader, wishes, keeper, decider, gatekeeper, asking, fleet, publisher, log } = this.deps
    try {
      const set = wishes.applyTo(reader.current().set)
      void asking?.quarantine.hold(keeper.isHolder())
      const quarantine = asking?.quarantine.current()
      const beside = { ...this.recollection.facts(), ...(quarantine && { quarantine }) }
      const outcome = gatekeeper.applyTo(decider.decide(set, keeper.current(), this.dead, beside))
      this.alarm.set(outcome.next)
      const { candidates, pending } = this.record(outcome)
      publisher.decided(asFarAs(outcome, pending))
      fleet.apply(outcome, this.takesPart, this.cause, candidates)
    } catch (error) {
      log.error('decision failed, everything stays as it was', { cause: String(error) })
    }
  }
}

/** For people: a Service that waits has what it had, and nothing before. */
function asFarAs(outcome: Outcome, pending: AwaitingServices): Outcome {
  const { decisions, facts } = outcome
  if (pending.size === 0) return outcome
  return { ...outcome, decisions: whileAsked(decisions, facts.services, pending) }
}
