/* The decisions of one speaker, kept up to date at the cost of what a change touches. */
import { FollowedAllocation } from '#core/allocation-from-status.ts'
import { IncrementalDecider, type Delta } from '#core/incremental/decider.ts'
import type { FactChange } from '#core/incremental/fact-change.ts'
import { OwnPart } from '#core/incremental/own-part.ts'
import type { Facts } from '#core/model/facts.ts'
import type { Clock, Histogram } from '#core/ports.ts'

import type { Decided } from '../../node/decided.ts'

/** Where the facts come from. */
export interface FactSource {
  facts(dead: ReadonlySet<string>): Facts
  changes(): FactChange[]
}

export interface SpeakerDeciderDeps {
  readonly node: string
  readonly lbClass: string | undefined
  readonly source: FactSource
  readonly clock: Clock
  readonly took: Histogram
}

const everything: Delta = { services: new Set(), nodes: new Set(), everything: true, moves: [] }

export class SpeakerDecider {
  private readonly deps: SpeakerDeciderDeps
  private readonly allocation: FollowedAllocation
  private readonly own: OwnPart
  private twin: IncrementalDecider | undefined
  /** What the last decision went by. */
  private members: Partial<Pick<Facts, 'dead' | 'holders' | 'returns' | 'shutPaths'>> = {}

  constructor(deps: SpeakerDeciderDeps) {
    this.deps = deps
    this.allocation = new FollowedAllocation(deps.lbClass)
    this.own = new OwnPart(deps.node)
  }

  /** `members`: what they say and remember. */
  decide(dead: ReadonlySet<string>, members: Pick<Facts, 'holders' | 'returns' | 'shutPaths'> = {}): Decided {
    const { source, clock, took } = this.deps
    const began = clock.now()
    const news = this.twin === undefined ? [] : source.changes()
    const facts = { ...source.facts(dead), ...members }
    const twin = this.twin === undefined ? this.begin(facts) : this.goOn(this.twin, facts, news)
    this.members = facts
    const decisions = this.own.decisions(twin, facts, [])
    took.observe({}, (clock.now() - began) / 1000)
    return { facts, parsed: twin.parsed, decisions, next: twin.next }
  }

  /** Passwords written in the clear, by the name a resource refers to them under. */
  inlineSecrets(): Readonly<Record<string, string>> {
    return this.twin?.parsed.config.inlineSecrets ?? {}
  }

  private begin(facts: Facts): IncrementalDecider {
    const twin = new IncrementalDecider(facts, this.allocation)
    this.own.follow(twin, everything, () => this.names())
    this.twin = twin
    return twin
  }

  private goOn(
    twin: IncrementalDecider,
    { dead, holders, returns, shutPaths = [] }: Facts,
    news: readonly FactChange[],
  ): IncrementalDecider {
    const changes = [...news]
    if (dead !== this.members.dead) changes.push({ kind: 'dead', nodes: dead })
    if (holders !== this.members.holders) changes.push({ kind: 'holders', holders: holders ?? [] })
    if (shutPaths !== (this.members.shutPaths ?? shutPaths)) changes.push({ kind: 'shut-paths', shutPaths })
    if (returns !== undefined) changes.push({ kind: 'returns', returns })
    this.own.follow(twin, twin.apply(changes), () => this.names())
    return twin
  }

  private names(): string[] {
    return this.allocation.assignments().map(({ service }) => service)
  }
}
