/*
 * Between deciding that a Service gets a new address and writing that down: the segment is asked whether somebody
 * answers for it. What is written down, or listed by the Service itself, is in use and never asked about.
 *
 *   wanted, new ──► candidate ──► announcers ask ──nobody, or nobody could ask──► written down
 *                                              └──somebody─────────────────────► quarantine ──► decided anew
 */
import { statusAddresses } from '#core/allocator/status.ts'
import { candidatesFor, type Prospect } from '#core/candidates.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { nameOf } from '#core/model/objects.ts'
import type { Clock, Counter, Logger, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

import type { Candidates, Surveyed } from '../node/fleet.ts'
import { OnceSoon } from '../once-soon.ts'
import type { Outcome } from './decider.ts'
import type { Quarantine } from './quarantine.ts'
import type { HeldAddresses, Holdings } from './term/term-file.ts'

export interface ProbationDeps {
  readonly node: string
  /** Names of the announcers that survey. */
  readonly surveyors: readonly string[]
  readonly quarantine: Pick<Quarantine, 'add'>
  readonly clock: Clock
  readonly metrics: MetricScope
  readonly log: Logger
}

export interface Admission {
  /**
   * What may be written down; a Service whose new addresses are still asked about has what it had, and nobody else has
   * that meanwhile.
   */
  readonly holdings: Holdings
  /** By announcer. */
  readonly candidates: Candidates
}

/** Announcers that say nothing for so long, not even that they cannot ask, are not waited for any longer. */
const patience = seconds(5)
/** Words that come together are one decision. */
const soon = milliseconds(10)

export class Probation {
  private readonly deps: ProbationDeps
  private readonly asked: Counter
  /** Waiting for a word. */
  private readonly open = new Set<Address>()
  private endOfPatience: () => void = () => {}
  /** Nobody answers, or nobody can tell. */
  private readonly passed = new Set<Address>()
  private listener: () => void = () => {}
  private readonly next: OnceSoon

  constructor(deps: ProbationDeps) {
    this.deps = deps
    this.next = new OnceSoon(deps.clock, soon, () => this.listener())
    this.asked = deps.metrics.counter(metric('herald_candidates_total'))
  }

  /** Called when more may be written down than at the last `admit`. */
  onChange(listener: () => void): void {
    this.listener = listener
  }

  admit(outcome: Outcome, written: Holdings): Admission {
    const prospects = prospectsOf(outcome, written)
    const { facts, parsed } = outcome
    const candidates = new Map(
      this.deps.surveyors.map((announcer) => {
        const audience = { node: this.deps.node, announcer, config: parsed.config }
        return [announcer, candidatesFor(prospects, facts, audience)] as const
      }),
    )
    const asked = new Set([...candidates.values()].flat().map(({ address }) => address))
    this.follow(asked)
    const waits = ({ addresses }: Prospect): boolean => addresses.some((address) => this.open.has(address))
    return { holdings: without(prospects.filter(waits), outcome.wanted, written), candidates }
  }

  heard({ address, answeredBy, unasked }: Surveyed): void {
    const { node, quarantine, log } = this.deps
    if (!this.open.has(address)) return
    this.open.delete(address)
    this.bePatient()
    this.asked.add({ found: answeredBy ? 'taken' : unasked === undefined ? 'free' : 'unasked' })
    if (answeredBy !== undefined) return quarantine.add({ address, ...answeredBy, node })
    if (unasked !== undefined) log.warn('handed out without asking who answers', { address, cause: unasked })
    this.passed.add(address)
    this.next.ask()
  }

  /** Nothing is waited for or known any more, as another process allocates or this one ends. */
  stop(): void {
    this.open.clear()
    this.passed.clear()
    this.endOfPatience()
  }

  private follow(asked: ReadonlySet<Address>): void {
    for (const address of this.open) if (!asked.has(address)) this.open.delete(address)
    for (const address of this.passed) if (!asked.has(address)) this.passed.delete(address)
    const fresh = [...asked].filter((address) => !this.open.has(address) && !this.passed.has(address))
    if (this.open.size === 0 && fresh.length > 0) this.bePatient()
    for (const address of fresh) this.open.add(address)
  }

  /** From now on. Thousands that are asked about at once take their time, and each word shows that it is well spent. */
  private bePatient(): void {
    this.endOfPatience()
    const unasked = `no announcer has said anything for ${patience / 1000} s`
    this.endOfPatience = this.deps.clock.after(patience, () => {
      for (const address of this.open) this.heard({ kind: 'candidate', address, unasked })
    })
  }
}

/** What Services are to get that nobody has yet. */
function prospectsOf({ wanted, facts }: Outcome, written: Holdings): readonly Prospect[] {
  const changed = [...wanted].filter(
    ([service, held]) => written.get(service)?.addresses.join() !== held.addresses.join(),
  )
  if (changed.length === 0) return []
  const inUse = new Set([...written.values()].flatMap(({ addresses }) => addresses))
  const objects = new Map(facts.services.map((service) => [nameOf(service), service]))
  return changed.flatMap(([service, { pool, addresses }]) => {
    const object = objects.get(service)
    const listed = object === undefined ? [] : statusAddresses(object)
    const fresh = addresses.filter((address) => !inUse.has(address) && !listed.includes(address))
    return pool === undefined || fresh.length === 0 ? [] : [{ service, pool, addresses: fresh }]
  })
}

function without(waiting: readonly Prospect[], wanted: Holdings, written: Holdings): Holdings {
  if (waiting.length === 0) return wanted
  const holdings = new Map(wanted)
  const kept = new Set<Address>()
  const keep = (service: string): void => {
    const before = written.get(service)
    const ahead = wanted.get(service)?.addresses ?? []
    for (const address of before?.addresses ?? []) if (!ahead.includes(address)) kept.add(address)
    if (before === undefined) holdings.delete(service)
    else holdings.set(service, before)
  }
  for (const { service } of waiting) keep(service)
  // Whoever is to get what a waiting Service keeps waits as well, and so on.
  for (let size = 0; size !== kept.size;) {
    size = kept.size
    for (const [service, held] of holdings) if (gets(held, written.get(service), kept)) keep(service)
  }
  return holdings
}

function gets(held: HeldAddresses, before: HeldAddresses | undefined, some: ReadonlySet<Address>): boolean {
  return held.addresses.some((address) => some.has(address) && !before?.addresses.includes(address))
}
