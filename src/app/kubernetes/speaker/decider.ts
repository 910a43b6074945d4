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
  private dead: ReadonlySet<string> = new Set()

  constructor(deps: SpeakerDeciderDeps) {
    this.deps = deps
    this.allocation = new FollowedAllocation(deps.lbClass)
    this.own = new OwnPart(deps.node)
  }

  decide(dead: ReadonlySet<string>): Decided {
    const { source, clock, took } = this.deps
    const began = clock.now()
    const twin = this.twin === undefined ? this.begin(dead) : this.goOn(this.twin, dead)
    const facts = source.facts(dead)
    const decisions = this.own.decisions(twin, facts, [])
    took.observe({}, (clock.now() - began) / 1000)
    return { facts, parsed: twin.parsed, decisions }
  }

  /** Passwords written in the clear, by the name a resource refers to them under. */
  inlineSecrets(): Readonly<Record<string, string>> {
    return this.twin?.parsed.config.inlineSecrets ?? {}
  }

  private begin(dead: ReadonlySet<string>): IncrementalDecider {
    const twin = new IncrementalDecider(this.deps.source.facts(dead), this.allocation)
    this.own.follow(twin, everything, () => this.names())
    this.twin = twin
    this.dead = dead
    return twin
  }

  private goOn(twin: IncrementalDecider, dead: ReadonlySet<string>): IncrementalDecider {
    const changes = this.deps.source.changes()
    if (dead !== this.dead) changes.push({ kind: 'dead', nodes: dead })
    this.dead = dead
    this.own.follow(twin, twin.apply(changes), () => this.names())
    return twin
  }

  private names(): string[] {
    return this.allocation.assignments().map(({ service }) => service)
  }
}
