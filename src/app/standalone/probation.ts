/*
 * Between deciding that a Service gets a new address and writing that down: the segment is asked whether somebody
 * answers for it. What is written down, or listed by the Service itself, is in use and never asked about.
 *
 *   wanted, new ──► candidate ──► announcers ask ──nobody, or nobody could ask──► written down
 *                                              └──somebody─────────────────────► quarantine ──► decided anew
 */
import { statusAddresses } from '#core/allocator/status.ts'
import type { Awaiting, AwaitingServices } from '#core/awaiting-probe.ts'
import { candidatesFor, type Prospect } from '#core/candidates.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { findingIn } from '#core/model/finding.ts'
import { nameOf } from '#core/model/objects.ts'

import type { Candidates, Surveyed } from '../node/fleet.ts'
import { OnceSoon } from '../once-soon.ts'
import { Questions, type QuestionsDeps } from '../probing/questions.ts'
import type { Outcome } from './decider.ts'
import type { HeldAddresses, Holdings } from './term/term-file.ts'

export interface ProbationDeps extends Omit<QuestionsDeps, 'atLast'> {
  readonly node: string
  /** Names of the announcers that survey. */
  readonly surveyors: readonly string[]
}

export interface Admission {
  /**
   * What may be written down; a Service whose new addresses are still asked about has what it had, and nobody else has
   * that meanwhile.
   */
  readonly holdings: Holdings
  /** By announcer. */
  readonly candidates: Candidates
  /** What each Service waits for that has to wait. */
  readonly pending: AwaitingServices
}

/** Words that come together are one decision. */
const soon = milliseconds(10)

export class Probation {
  private readonly deps: ProbationDeps
  private readonly questions: Questions
  private listener: () => void = () => {}
  private readonly next: OnceSoon

  constructor(deps: ProbationDeps) {
    this.deps = deps
    this.next = new OnceSoon(deps.clock, soon, () => this.listener())
    this.questions = new Questions(deps)
    this.questions.onConcluded((_, { answeredBy }) => {
      if (answeredBy === undefined) this.next.ask()
    })
  }

  /** Called when more may be written down than at the last `admit`. */
  onChange(listener: () => void): void {
    this.listener = listener
  }

  admit(outcome: Outcome, written: Holdings): Admission {
    const { questions } = this
    const prospects = prospectsOf(outcome, written)
    this.follow(new Set(this.candidates(prospects, outcome).flatMap(([, some]) => some.map(addressOf))))
    const waits = ({ addresses }: Prospect): boolean => addresses.some((address) => questions.isOpen(address))
    const { holdings, waiting } = without(prospects.filter(waits), outcome.wanted, written)
    const askedFor = (service: string): Awaiting => {
      const { addresses = [] } = outcome.wanted.get(service) ?? {}
      return { kind: 'asked', addresses: addresses.filter((address) => questions.isOpen(address)) }
    }
    return {
      holdings,
      candidates: new Map(this.candidates(prospects, outcome)),
      pending: new Map([...waiting].map(([service, behind]) => [service, behind ?? askedFor(service)])),
    }
  }

  heard(surveyed: Surveyed): void {
    const { address, question } = surveyed
    if (this.questions.nameOf(address) !== question) return
    this.questions.conclude(address, findingIn(surveyed), this.deps.node)
  }

  /** Nothing is waited for or known any more, as another process allocates or this one ends. */
  stop(): void {
    this.questions.stop()
  }

  private candidates(prospects: readonly Prospect[], { facts, parsed: { config } }: Outcome) {
    const { node, surveyors } = this.deps
    const question = (address: Address): string => this.questions.nameOf(address)
    return surveyors.map(
      (announcer) =>
        [announcer, candidatesFor(prospects, facts, { node, announcer, config }, question)] as const,
    )
  }

  private follow(asked: ReadonlySet<Address>): void {
    const { questions } = this
    for (const address of questions.known()) if (!asked.has(address)) questions.drop(address)
    for (const address of asked) questions.ask(address)
  }
}

function addressOf({ address }: { readonly address: Address }): Address {
  return address
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

interface Admitted {
  readonly holdings: Holdings
  /** With what each waits for that is only behind another one. */
  readonly waiting: ReadonlyMap<string, Awaiting | undefined>
}

function without(open: readonly Prospect[], wanted: Holdings, written: Holdings): Admitted {
  const waiting = new Map<string, Awaiting | undefined>()
  if (open.length === 0) return { holdings: wanted, waiting }
  const holdings = new Map(wanted)
  /** By whom. */
  const kept = new Map<Address, string>()
  const keep = (service: string, behind?: Awaiting): void => {
    waiting.set(service, behind)
    const before = written.get(service)
    const ahead = wanted.get(service)?.addresses ?? []
    for (const address of before?.addresses ?? []) if (!ahead.includes(address)) kept.set(address, service)
    if (before === undefined) holdings.delete(service)
    else holdings.set(service, before)
  }
  for (const { service } of open) keep(service)
  // Whoever is to get what a waiting Service keeps waits as well, and so on.
  for (let size = 0; size !== kept.size;) {
    size = kept.size
    for (const [service, held] of holdings) {
      const behind = awaited(held, written.get(service), kept)
      if (behind !== undefined) keep(service, behind)
    }
  }
  return { holdings, waiting }
}

/** Something that it gets and another one keeps. */
function awaited(
  held: HeldAddresses,
  before: HeldAddresses | undefined,
  kept: ReadonlyMap<Address, string>,
): Awaiting | undefined {
  const address = held.addresses.find((some) => kept.has(some) && !before?.addresses.includes(some))
  const by = address === undefined ? undefined : kept.get(address)
  return address === undefined || by === undefined ? undefined : { kind: 'kept', address, by }
}
