/*
 * The controller's loop. Watches fill the stores of every replica; the leader alone decides and writes:
 *
 *   pools, namespaces, other configuration ─► parse ─┐
 *   Services ────────────────────────────────────────┼─► Allotment ─► Services that differ ─► WorkQueue ─► ServiceWriter
 *   AddressClaims ───────────────────────────────────┘                                    └─► Reporter, metrics
 */
import { statusAddresses } from '#core/allocator/status.ts'
import { parseConfig, type ParsedConfig } from '#core/config/parse.ts'
import { compareProblems, type Problem } from '#core/model/decisions.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Quarantined, Settings } from '#core/model/facts.ts'
import { nameOf } from '#core/model/objects.ts'
import { same } from '#core/model/same.ts'
import type { Clock, Counter, Histogram, Logger, MetricScope, Random } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'
import type { Readiness } from '#metrics/server.ts'

import type { AddressChange } from '../../node/view/node-view.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import type { ClusterService } from '../api/projections.ts'
import type { Leadership } from '../leader/leader-election.ts'
import { Allotment } from './allotment.ts'
import { beginProbing } from './begin-probing.ts'
import { ownersOf, touchedByClaims } from './claim-changes.ts'
import type { AddressClaim } from './claims.ts'
import type { ClusterView } from './cluster-view.ts'
import { EventRecorder } from './event-recorder.ts'
import type { EventText } from './events.ts'
import { FaultEvents } from './fault-events.ts'
import { Gauges } from './gauges.ts'
import { History } from './history.ts'
import { OnceSoon } from '../../once-soon.ts'
import type { Probing } from './probing.ts'
import { pictureOf, type Picture } from './picture.ts'
import { Reporter } from './reporter.ts'
import { ServiceWriter } from './service-writer.ts'
import { WorkQueue } from './work-queue.ts'

export interface ControllerDeps {
  readonly client: ApiClient
  readonly view: ClusterView
  /** Absent: this process writes whatever others do. */
  readonly election: Leadership | undefined
  readonly settings: Settings
  /** Of this process. */
  readonly identity: string
  readonly podName: string
  readonly owner: () => Promise<RawObject | undefined>
  /** Who answers for a new address is asked before; one that is taken is in quarantine for so long. Absent: nobody is. */
  readonly probing?: { readonly quarantine: Duration } | undefined
  readonly metrics: MetricScope
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/**
 * Enough to keep an API server busy while others write as well, and far fewer than it grants one client by default
 * (API Priority and Fairness: `workload-low` has 245 seats).
 */
const writers = 32
/** How soon metrics, events about faults and the status page follow what has been decided. */
const publishAfter: Duration = milliseconds(100)

export class Controller {
  private readonly deps: ControllerDeps
  private readonly queue: WorkQueue
  private readonly events: EventRecorder
  private readonly faults: FaultEvents
  private readonly reporter: Reporter
  private readonly refusals: Counter
  private readonly gauges: Gauges
  private readonly updates: Counter
  private readonly faultyUpdates: Counter
  private readonly took: Histogram
  private readonly publication: OnceSoon
  private readonly history = new History(() => new Date().toISOString())
  private readonly listeners = new Set<() => void>()
  private parsed: ParsedConfig | undefined
  /** Present while this process leads: what comes meanwhile is not decided on. */
  private allotment: Allotment | undefined
  /** As long as `allotment`, where it is asked for. */
  private probing: Probing | undefined
  private stopped = false

  constructor(deps: ControllerDeps) {
    this.deps = deps
    const { client, view, clock, random, log, metrics, identity, podName, owner, settings } = deps
    this.updates = metrics.counter(metric('metallb_k8s_client_updates_total'))
    this.faultyUpdates = metrics.counter(metric('metallb_k8s_client_update_errors_total'))
    this.took = metrics.histogram(metric('herald_decide_seconds'))
    this.refusals = metrics.counter(metric('herald_refusals_total'))
    this.gauges = new Gauges(metrics)
    this.publication = new OnceSoon(clock, publishAfter, () => this.publish())
    const mayWrite = (): boolean => this.leads() && this.allotment !== undefined
    const busy = (): boolean => this.queue.busy
    this.events = new EventRecorder({ client, log, host: podName, component: 'metallb-controller', busy })
    this.faults = new FaultEvents({
      subject: (object) => view.configObject(object),
      record: (subject, event) => this.events.record(subject, event),
    })
    const writer = new ServiceWriter({
      client,
      services: view.services,
      claims: view.claims,
      identity,
      clock,
      log,
      failures: this.faultyUpdates,
      decisions: {
        of: (name) => this.allotment?.of(name),
        waits: (name) => this.probing?.waits(name) ?? false,
        holdersOf: (address) => this.allotment?.holdersOf(address) ?? new Set(),
        isForeign: (service) => this.allotment?.isForeign(service) === true,
        adopt: (service) => this.reassigned(this.allotment?.readopt([service]) ?? []),
        yield: (service, claim) => this.yield(service, claim),
      },
      event: (service, event) => this.record(service, event),
      mayWrite,
    })
    const work = (key: string): ReturnType<ServiceWriter['settle']> => writer.settle(key)
    this.queue = new WorkQueue({ work, concurrency: writers, clock, random, idle: () => this.events.pump() })
    const { namespace } = settings
    const usage = (): ReturnType<Allotment['usage']> => this.allotment?.usage() ?? []
    const problems = (): readonly Problem[] => this.problems()
    const quarantine = (): readonly Quarantined[] => this.probing?.quarantine() ?? []
    const told = { usage, problems, quarantine, owner }
    this.reporter = new Reporter({ client, view, namespace, clock, log, mayWrite, ...told })
  }

  start(): void {
    const { view, election } = this.deps
    view.services.onChange((keys) => this.servicesChanged(keys))
    view.claimStore.onChange((keys) => this.claimsChanged(keys))
    view.states.onChange(() => this.reporter.soon())
    for (const store of view.config.values()) store.onChange(() => this.configChanged())
    view.namespaces.onChange(() => this.configChanged())
    view.probes.onChange(() => this.beginLate())
    view.onTrouble(() => this.beginLate())
    election?.onChange(() => this.leadershipChanged())
    view.start()
    election?.start()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.queue.clear()
    this.probing?.stop()
    await this.deps.election?.stop()
    await this.deps.view.stop()
  }

  readiness(): Readiness {
    const { view, election } = this.deps
    const troubles = [
      ...view.troubles(),
      ...[election?.problem() ?? [], this.reporter.problem() ?? []].flat(),
    ]
    // Whoever knows the cluster is ready, to lead or to follow; that the API server is away is no reason to be restarted.
    const reasons = view.synced() ? [] : ['reading the cluster', ...troubles]
    return { ready: reasons.length === 0, reasons: reasons.length === 0 ? troubles : reasons }
  }

  /** What it knows and has decided, for people; undefined until the cluster is known. */
  picture(): Picture | undefined {
    const { view, settings } = this.deps
    if (!view.synced()) return undefined
    const { allotment, parsed = this.parse() } = this
    const problems = [...view.readingProblems(), ...parsed.problems].sort(compareProblems)
    const waitsFor = (service: string) => this.probing?.waitsFor(service)
    const quarantine = this.probing?.quarantine() ?? []
    return pictureOf({ view, settings, parsed, allotment, problems, quarantine, waitsFor })
  }

  /** Of addresses of Services, since this replica gives them out; newest first. */
  changes(): readonly AddressChange[] {
    return this.history.changes()
  }

  /** Called when `picture` may have changed; returns the unsubscribe function. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private leads(): boolean {
    const { election } = this.deps
    return !this.stopped && (election === undefined || election.leads())
  }

  private problems(): readonly Problem[] {
    return [...this.deps.view.readingProblems(), ...(this.parsed?.problems ?? [])].sort(compareProblems)
  }

  /** What was decided and not granted counts for nothing after a lapse: Services and claims say what stands. */
  private leadershipChanged(): void {
    this.gauges.leads(this.leads())
    this.queue.clear()
    this.probing?.stop()
    this.probing = undefined
    this.allotment = undefined
    this.parsed = undefined
    this.follow()
  }

  /** Begins when it may; whoever only watches learns that something is new. */
  private follow(): void {
    this.begin()
    this.tell()
  }

  /** The last thing to be known was none that decides. */
  private beginLate(): void {
    if (this.allotment === undefined) this.follow()
  }

  private begin(): void {
    const { view, settings, log } = this.deps
    if (!this.leads() || !view.synced()) return
    if (this.allotment === undefined) {
      this.parsed = this.parse()
      this.allotment = new Allotment({ view, lbClass: settings.lbClass })
      this.probing = this.beginProbing(this.allotment)
      this.allotment.begin(view.services.values(), this.parsed.config.pools)
      this.history.begin(this.allotment.all(), (name) => hasAddress(view.services.get(name)))
      log.info('allocating', { services: view.services.size, pools: this.parsed.config.pools.length })
    }
    const services = [...view.services.values()].map(nameOf)
    this.look(services)
    this.queue.resume()
    this.queue.add(services)
    this.queue.add(view.claims.holders())
    this.publish()
  }

  private servicesChanged(keys: ReadonlySet<string>): void {
    const { allotment } = this
    if (allotment === undefined || !this.leads()) return this.follow()
    const began = this.deps.clock.now()
    const touched = new Set(keys)
    for (const key of keys) {
      const service = this.deps.view.services.get(key)
      this.updates.add({})
      for (const name of service === undefined ? allotment.remove(key) : allotment.upsert(service))
        touched.add(name)
    }
    this.took.observe({}, (this.deps.clock.now() - began) / 1000)
    this.reassigned(touched)
    this.publication.ask()
  }

  private claimsChanged(names: ReadonlySet<string>): void {
    const { allotment } = this
    if (allotment === undefined || !this.leads()) return this.begin()
    const { view, identity } = this.deps
    this.queue.add(touchedByClaims(names, view, { allotment, identity }))
  }

  private configChanged(): void {
    const { allotment, parsed: before } = this
    this.updates.add({})
    if (allotment === undefined || before === undefined || !this.leads()) return this.follow()
    this.parsed = this.parse()
    if (this.parsed.problems.length > before.problems.length) this.faultyUpdates.add({})
    if (!same(before.config.pools, this.parsed.config.pools)) {
      this.reassigned(allotment.setPools(this.parsed.config.pools))
    }
    this.publication.ask()
  }

  private parse(): ParsedConfig {
    const { view, settings } = this.deps
    return parseConfig(view.configObjects(), { settings, namespaces: [...view.namespaces.values()] })
  }

  /** Whoever has the claim keeps the address; the Service that was to have it here gets another. */
  private yield(service: ClusterService, claim: AddressClaim): void {
    const owners = ownersOf(claim, this.deps.view.services)
    this.reassigned(this.allotment?.readopt([...owners, service]) ?? [])
  }

  private reassigned(services: readonly string[] | ReadonlySet<string>): void {
    for (const name of services) this.history.note(name, this.allotment?.of(name))
    this.look(services)
    this.queue.add(services)
  }

  /** Who waits is known before anything is written: nobody gets what another one keeps meanwhile. */
  private look(services: Iterable<string>): void {
    if (this.probing !== undefined) for (const name of services) this.probing.waits(name)
  }

  private record(service: ClusterService, event: EventText): void {
    if (event.refusal !== undefined) this.refusals.add({ reason: event.refusal })
    this.events.record(service, event)
  }

  private beginProbing(allotment: Allotment): Probing | undefined {
    const hooks = {
      config: () => this.parsed?.config ?? { advertisements: [] },
      mayWrite: () => this.leads() && this.allotment === allotment,
      again: (services: Iterable<string>) => this.queue.add(services),
      quarantined: (marks: readonly Quarantined[]) => {
        this.reassigned(allotment.setQuarantine(marks))
        this.publication.ask()
      },
      event: (service: ClusterService, event: EventText) => this.record(service, event),
    }
    return beginProbing({ ...this.deps, ...hooks }, allotment)
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }

  private publish(): void {
    if (this.allotment === undefined || this.stopped) return
    const problems = this.problems()
    this.gauges.follow(this.allotment.usage(), problems.length)
    this.faults.follow(problems)
    this.reporter.soon()
    this.tell()
  }
}

function hasAddress(service: ClusterService | undefined): boolean {
  return service !== undefined && statusAddresses(service).length > 0
}
