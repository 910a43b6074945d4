/*
 * Addresses that are about to be handed out, from the question to what becomes of them:
 *
 *   asked ──► open ──nobody answers, or nobody could ask──► passed: may be handed out
 *               └────somebody answers─────────────────────► quarantine
 */
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { Finding } from '#core/model/finding.ts'
import type { Clock, Counter, Logger, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

export interface QuestionsDeps {
  readonly quarantine: { add(found: Omit<Quarantined, 'until'>): void }
  readonly clock: Clock
  readonly metrics: MetricScope
  readonly log: Logger
  /**
   * What is known of an address that has been waited for in vain, each for itself. Absent: nothing is, and one that
   * answers them all one after another is waited for as long as it goes on.
   */
  readonly atLast?: (address: Address) => Finding & { readonly node: string }
}

/** Whoever says nothing for so long, not even that it cannot ask, is not waited for any longer. */
export const patience = seconds(5)

interface Open {
  readonly question: string
  readonly cancel: () => void
}

export class Questions {
  private readonly deps: QuestionsDeps
  private readonly asked: Counter
  /** Waiting for a word. */
  private readonly open = new Map<Address, Open>()
  private endOfPatience: () => void = () => {}
  /** Nobody answers, or nobody can tell: the names of the questions. */
  private readonly passed = new Map<Address, string>()
  private count = 0
  private listener: (address: Address, found: Finding) => void = () => {}

  constructor(deps: QuestionsDeps) {
    this.deps = deps
    this.asked = deps.metrics.counter(metric('herald_candidates_total'))
  }

  /** Called when an address may be handed out, or is in quarantine. */
  onConcluded(listener: (address: Address, found: Finding) => void): void {
    this.listener = listener
  }

  get waiting(): number {
    return this.open.size
  }

  isOpen(address: Address): boolean {
    return this.open.has(address)
  }

  hasPassed(address: Address): boolean {
    return this.passed.has(address)
  }

  /** The name of the question that is, or was, put about the address. */
  nameOf(address: Address): string {
    return this.open.get(address)?.question ?? this.passed.get(address) ?? ''
  }

  known(): Iterable<Address> {
    return [...this.open.keys(), ...this.passed.keys()]
  }

  ask(address: Address): void {
    if (this.open.has(address) || this.passed.has(address)) return
    this.count += 1
    if (this.open.size === 0) this.bePatient()
    this.open.set(address, { question: `${this.count}`, cancel: this.patient(address) })
  }

  /** The address is no candidate any more. */
  drop(address: Address): void {
    this.open.get(address)?.cancel()
    this.open.delete(address)
    this.passed.delete(address)
    if (this.open.size === 0) this.endOfPatience()
  }

  /** `node`: where it was found. */
  conclude(address: Address, found: Finding, node: string): void {
    const open = this.open.get(address)
    if (open === undefined) return
    const { answeredBy, unasked } = found
    open.cancel()
    this.open.delete(address)
    this.bePatient()
    this.asked.add({ found: answeredBy ? 'taken' : unasked === undefined ? 'free' : 'unasked' })
    if (answeredBy !== undefined) this.deps.quarantine.add({ address, ...answeredBy, node })
    else this.pass(address, open.question, unasked)
    this.listener(address, found)
  }

  /** Nothing is waited for or known any more, as another process hands out addresses or this one ends. */
  stop(): void {
    for (const { cancel } of this.open.values()) cancel()
    this.open.clear()
    this.passed.clear()
    this.endOfPatience()
  }

  private pass(address: Address, question: string, cause: string | undefined): void {
    if (cause !== undefined) this.deps.log.warn('handed out without asking who answers', { address, cause })
    this.passed.set(address, question)
  }

  private patient(address: Address): () => void {
    const { clock, atLast } = this.deps
    if (atLast === undefined) return () => {}
    return clock.after(patience, () => {
      const { node, ...found } = atLast(address)
      this.conclude(address, found, node)
    })
  }

  /** From now on. Thousands that are asked about at once take their time, and each word shows that it is well spent. */
  private bePatient(): void {
    this.endOfPatience()
    const { clock, atLast } = this.deps
    if (atLast !== undefined) return
    const unasked = `no announcer has said anything for ${patience / 1000} s`
    this.endOfPatience = clock.after(patience, () => {
      for (const address of this.open.keys()) this.conclude(address, { unasked }, '')
    })
  }
}
