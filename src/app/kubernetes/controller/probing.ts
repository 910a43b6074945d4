/*
 * Between deciding that a Service gets a new address and claiming that: speakers ask the segment whether somebody has
 * it. What a claim or a status names is in use, and never asked about.
 *
 *   wanted, new ──► AddressProbe ──► speakers ask ──nobody, or nobody could ask──► claimed
 *                                         └──somebody──► quarantine, in the AddressProbe ──► decided anew
 *
 * One of these lives as long as this process leads. What stands in the cluster outlives it.
 */
import { statusAddresses } from '#core/allocator/status.ts'
import { lastVerdictOf, verdictOf, type Verdict } from '#core/answers.ts'
import type { Awaiting } from '#core/awaiting-probe.ts'
import { covering } from '#core/candidates.ts'
import type { Address } from '#core/model/address.ts'
import type { Config } from '#core/model/config.ts'
import type { Assignment } from '#core/model/decisions.ts'
import type { Duration } from '#core/model/duration.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { Finding } from '#core/model/finding.ts'
import type { Clock, Logger, MetricScope, Random } from '#core/ports.ts'

import { Marks } from '../../probing/marks.ts'
import { patience, Questions } from '../../probing/questions.ts'
import { markIn, type AddressProbe } from '../api/address-probe.ts'
import type { ApiClient } from '../api/client.ts'
import type { ObjectStore } from '../api/object-store.ts'
import type { ClusterService } from '../api/projections.ts'
import { addressWords } from './claim-name.ts'
import type { EventText } from './events.ts'
import { ProbeObjects, type WantedProbe } from './probe-objects.ts'
import { Queuers } from './queuers.ts'

export interface ProbingDeps {
  readonly client: ApiClient
  readonly store: ObjectStore<AddressProbe>
  /** Of this process. */
  readonly identity: string
  /** Of a quarantine. */
  readonly lasts: Duration
  /** Names of the announcers that survey. */
  readonly surveyors: readonly string[]
  readonly decided: Decided
  readonly mayWrite: () => boolean
  /** More Services may have what was decided for them. */
  readonly again: (services: Iterable<string>) => void
  readonly quarantined: (marks: readonly Quarantined[]) => void
  readonly event: (service: ClusterService, event: EventText) => void
  readonly clock: Clock
  readonly random: Random
  /** Wall clock. */
  readonly date: () => Date
  readonly metrics: MetricScope
  readonly log: Logger
}

/** What the controller knows and has decided. */
export interface Decided {
  service(name: string): ClusterService | undefined
  of(service: string): Assignment | undefined
  holdersOf(address: Address): ReadonlySet<string>
  isClaimed(address: Address): boolean
  config(): Pick<Config, 'advertisements'>
}

/** Addresses that are asked about at once. */
const atOnce = 256

export class Probing {
  private readonly deps: ProbingDeps
  private readonly marks: Marks
  private readonly questions: Questions
  private readonly objects: ProbeObjects
  private readonly queuers = new Queuers()
  /** As last seen, by name. */
  private readonly seen = new Map<string, AddressProbe>()
  private readonly unsubscribe: () => void

  constructor(deps: ProbingDeps) {
    this.deps = deps
    const { clock, date, lasts, log, metrics, store } = deps
    const wanted = (address: Address): WantedProbe | undefined => this.wanted(address)
    this.objects = new ProbeObjects({ ...deps, wanted })
    this.marks = new Marks({ lasts, clock, date, log, ended: (address) => this.objects.look(address) })
    this.marks.onChange(() => deps.quarantined(this.marks.current()))
    const atLast = (address: Address): Verdict => this.atLast(address)
    this.questions = new Questions({ quarantine: this.marks, clock, metrics, log, atLast })
    this.questions.onConcluded((address, found) => this.concluded(address, found))
    // What was asked before this process led is asked again, if it has to be.
    for (const probe of store.values())
      if (probe.spec.quarantine === undefined) this.objects.end(probe.spec.address)
    this.follow(new Set([...store.values()].map(({ metadata }) => metadata.name)))
    this.unsubscribe = store.onChange((names) => this.follow(names))
  }

  stop(): void {
    this.unsubscribe()
    this.questions.stop()
    this.marks.cancel()
    this.objects.stop()
  }

  quarantine(): readonly Quarantined[] {
    return this.marks.current()
  }

  /** Undefined: the Service does not wait. */
  waitsFor(service: string): Awaiting | undefined {
    const { queuers, questions } = this
    const gets = queuers.getsOf(service)
    if (gets === undefined) return undefined
    const addresses = this.freshOf(service).filter((address) => !questions.hasPassed(address))
    const asked = addresses.filter((address) => questions.isOpen(address))
    if (asked.length > 0) return { kind: 'asked', addresses: asked }
    return addresses.length > 0 ? { kind: 'queued', addresses } : queuers.keeperOf(gets)
  }

  /**
   * Whether the Service has to wait before it gets what was decided for it. It keeps what it has meanwhile, and who is
   * to have that waits as well. Has to be asked anew after each decision.
   */
  waits(service: string): boolean {
    const fresh = this.freshOf(service)
    for (const address of this.queuers.want(service, fresh)) this.forget(address)
    for (const address of fresh) this.ask(address)
    const { decided } = this.deps
    const object = decided.service(service)
    const has = object === undefined ? [] : statusAddresses(object)
    const wanted = decided.of(service)?.addresses ?? []
    const gets = wanted.filter((address) => !has.includes(address))
    const keeps = has.filter((address) => !wanted.includes(address))
    const asks = fresh.some((address) => !this.questions.hasPassed(address))
    if (asks || this.queuers.areKept(gets, service)) {
      this.queuers.wait(service, { keeps, gets, asks })
      return true
    }
    const behind = this.queuers.go(service)
    if (behind.length > 0) this.deps.again(behind)
    return false
  }

  private ask(address: Address): void {
    const { questions } = this
    if (questions.isOpen(address) || questions.hasPassed(address) || this.marks.has(address)) return
    if (questions.waiting >= atOnce) return this.queuers.line(address)
    questions.ask(address)
    this.objects.look(address)
  }

  /** Nobody is to have it any more. */
  private forget(address: Address): void {
    this.questions.drop(address)
    this.objects.end(address)
    this.objects.look(address)
  }

  /** What it is to get, from where L2 tells of it, that nobody has yet. */
  private freshOf(service: string): readonly Address[] {
    const { decided, surveyors } = this.deps
    const { pool, addresses = [] } = decided.of(service) ?? {}
    const object = decided.service(service)
    if (object === undefined || pool === undefined) return []
    const fresh = addresses.filter((address) => !this.isInUse(address))
    if (fresh.length === 0) return []
    const { labels = {} } = object.metadata
    const config = decided.config()
    const told = surveyors.some((announcer) => covering({ pool }, labels, { announcer, config }).length > 0)
    return told ? fresh : []
  }

  private isInUse(address: Address): boolean {
    const { decided } = this.deps
    if (decided.isClaimed(address)) return true
    return [...decided.holdersOf(address)].some((holder) => {
      const object = decided.service(holder)
      return object !== undefined && statusAddresses(object).includes(address)
    })
  }

  private wanted(address: Address): WantedProbe | undefined {
    const mark = this.marks.of(address)
    if (mark === undefined && !this.questions.isOpen(address)) return undefined
    const services = this.queuers.wanting(address)
    const pool = services.flatMap((service) => this.deps.decided.of(service)?.pool ?? [])[0]
    const known = this.seen.get(addressWords(address))?.spec
    const named = services.length > 0 ? services : (known?.services ?? [])
    const from = pool ?? known?.pool
    return { services: named, ...(from !== undefined && { pool: from }), ...(mark && { mark }) }
  }

  private follow(names: ReadonlySet<string>): void {
    const { store } = this.deps
    for (const name of names) {
      const probe = store.get(name)
      const before = this.seen.get(name)
      if (probe === undefined) this.seen.delete(name)
      else this.seen.set(name, probe)
      // Whoever deletes it ends the quarantine.
      if (probe === undefined && before?.spec.quarantine) this.marks.drop(before.spec.address)
      if (probe !== undefined) this.read(probe)
    }
    this.objects.lookAt(names)
  }

  private read(probe: AddressProbe): void {
    const { address } = probe.spec
    const mark = markIn(probe)
    if (mark !== undefined) {
      if (!this.marks.has(address)) this.marks.restore(mark)
      return
    }
    const verdict = this.objects.isOver(probe) ? undefined : verdictOf(probe.answers)
    if (verdict !== undefined) this.conclude(address, verdict)
  }

  private conclude(address: Address, { node, ...found }: Verdict): void {
    this.questions.conclude(address, found, node)
  }

  private atLast(address: Address): Verdict {
    const probe = this.deps.store.get(addressWords(address))
    const said = probe === undefined || this.objects.isOver(probe) ? undefined : lastVerdictOf(probe.answers)
    return said ?? { node: '', unasked: `no speaker has said anything for ${patience / 1000} s` }
  }

  private concluded(address: Address, { answeredBy, unasked }: Finding): void {
    const services = this.queuers.wanting(address)
    this.objects.end(address)
    this.objects.look(address)
    const mark = this.marks.of(address)
    if (answeredBy !== undefined && mark !== undefined) this.tell(services, takenText(mark))
    if (unasked !== undefined) this.tell(services, unaskedText(address, unasked))
    // In quarantine it is decided anew, which comes by itself.
    if (answeredBy === undefined) this.deps.again(services)
    this.deps.again(this.queuers.next(atOnce - this.questions.waiting))
  }

  private tell(services: readonly string[], event: EventText): void {
    const { decided, event: record } = this.deps
    for (const service of services) {
      const object = decided.service(service)
      if (object !== undefined) record(object, event)
    }
  }
}

function takenText({ address, hardwareAddress, via, node, until }: Quarantined): EventText {
  const message = `${address} is given to nobody until ${until}: ${hardwareAddress} answers for it on ${via} of ${node}`
  return { type: 'Warning', reason: 'AddressQuarantined', message }
}

function unaskedText(address: Address, cause: string): EventText {
  const message = `${address} is handed out without asking who answers for it: ${cause}`
  return { type: 'Warning', reason: 'AddressUnasked', message }
}
