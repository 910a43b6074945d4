/* The decisions of one process, redone only as far as a change reaches: configuration and allocation, or just who announces. */
import { allocate, type Allocation } from '#core/allocator/allocate.ts'
import type { ParsedConfig } from '#core/config/parse.ts'
import { configOf, decideWith } from '#core/decide.ts'
import type { Decisions } from '#core/model/decisions.ts'
import type { Facts, Settings } from '#core/model/facts.ts'
import type { Histogram, Sha256 } from '#core/ports.ts'

import type { ManifestSet } from '../manifests/merge.ts'
import { holdingsOf, writtenOnly } from './allotment.ts'
import { factsFrom } from './facts.ts'
import { sameHoldings, type Holdings } from './term/term-file.ts'
import type { Written } from './term/term-keeper.ts'

export interface DeciderDeps {
  readonly settings: Settings
  readonly sha256: Sha256
  readonly digest: Sha256
  readonly seconds: () => number
  readonly took: Histogram
}

export interface Outcome {
  readonly facts: Facts
  readonly parsed: ParsedConfig
  readonly decisions: Decisions
  /** What this process would write down if it allocates. */
  readonly wanted: Holdings
}

interface Basis {
  readonly set: ManifestSet
  readonly written: Written
  readonly facts: Facts
  readonly parsed: ParsedConfig
  readonly allocation: Allocation
  readonly wanted: Holdings
}

export class Decider {
  private readonly deps: DeciderDeps
  private basis: Basis | undefined

  constructor(deps: DeciderDeps) {
    this.deps = deps
  }

  decide(set: ManifestSet, written: Written, dead: ReadonlySet<string>): Outcome {
    const began = this.deps.seconds()
    const basis = this.basisFor(set, written)
    const facts = { ...basis.facts, dead }
    const assignments = writtenOnly(basis.allocation.assignments, written.services)
    const decisions = decideWith(facts, basis.parsed, { assignments, pools: basis.allocation.pools })
    this.deps.took.observe({}, this.deps.seconds() - began)
    return { facts, parsed: basis.parsed, decisions, wanted: basis.wanted }
  }

  /** Passwords written in the clear, by the name a resource refers to them under. */
  inlineSecrets(): Readonly<Record<string, string>> {
    return this.basis?.parsed.config.inlineSecrets ?? {}
  }

  /** Allocation stays as it is while the manifests do, and when what was written is just what was wanted. */
  private basisFor(set: ManifestSet, written: Written): Basis {
    const { basis } = this
    if (basis !== undefined && basis.set === set && this.allowsFor(basis, written)) return basis
    const { settings, sha256, digest } = this.deps
    const facts = factsFrom({ set, written, settings, dead: new Set(), sha256, digest })
    const parsed = configOf(facts)
    const allocation = allocate({
      ...(settings.lbClass === undefined ? {} : { lbClass: settings.lbClass }),
      pools: parsed.config.pools,
      services: facts.services,
    })
    this.basis = { set, written, facts, parsed, allocation, wanted: holdingsOf(allocation.assignments) }
    return this.basis
  }

  private allowsFor(basis: Basis, written: Written): boolean {
    const sameHolder = basis.written.holder?.node === written.holder?.node
    const { services } = written
    return (
      sameHolder && (sameHoldings(basis.written.services, services) || sameHoldings(basis.wanted, services))
    )
  }
}
