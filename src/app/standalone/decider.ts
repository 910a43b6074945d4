/* The decisions of one process, kept up to date at the cost of what a change touches. */
import { changesBetween } from '#core/incremental/changes-between.ts'
import { IncrementalDecider, type Delta } from '#core/incremental/decider.ts'
import type { FactChange } from '#core/incremental/fact-change.ts'
import { OwnPart } from '#core/incremental/own-part.ts'
import type { Facts, Settings } from '#core/model/facts.ts'
import type { ServiceObject } from '#core/model/objects.ts'
import type { Histogram, Sha256 } from '#core/ports.ts'

import type { ManifestSet } from '../manifests/merge.ts'
import type { Decided } from '../node/decided.ts'
import { Allotment } from './allotment.ts'
import { factsFrom, withHeld } from './facts.ts'
import type { Holdings } from './term/term-file.ts'
import type { Written } from './term/term-keeper.ts'

export interface DeciderDeps {
  readonly node: string
  readonly settings: Settings
  readonly sha256: Sha256
  readonly digest: Sha256
  readonly seconds: () => number
  readonly took: Histogram
}

export interface Outcome extends Decided {
  /** What this process would write down if it allocates. */
  readonly wanted: Holdings
}

interface Present {
  readonly allotment: Allotment
  readonly twin: IncrementalDecider
  readonly own: OwnPart
  /** Services without what is written down. */
  readonly facts: Facts
}

const everything: Delta = { services: new Set(), nodes: new Set(), everything: true, moves: [] }

export class Decider {
  private readonly deps: DeciderDeps
  private present: Present | undefined

  constructor(deps: DeciderDeps) {
    this.deps = deps
  }

  /** `beside`: what the members say and remember, and what the allocation asks for. */
  decide(
    set: ManifestSet,
    written: Written,
    dead: ReadonlySet<string>,
    beside: Pick<Facts, 'holders' | 'returns' | 'shutPaths' | 'quarantine'> = {},
  ): Outcome {
    const began = this.deps.seconds()
    const { settings, sha256, digest } = this.deps
    const facts = factsFrom({ set, written, settings, dead, ...beside, sha256, digest })
    const present = this.renewed(facts, written.services)
    this.present = present
    const { twin, own, allotment } = present
    const decisions = own.decisions(twin, facts, allotment.usage())
    this.deps.took.observe({}, this.deps.seconds() - began)
    return { facts, parsed: twin.parsed, decisions, wanted: allotment.wanted(), next: twin.next }
  }

  /** Passwords written in the clear, by the name a resource refers to them under. */
  inlineSecrets(): Readonly<Record<string, string>> {
    return this.present?.twin.parsed.config.inlineSecrets ?? {}
  }

  /** A kind that the folder had and has no more, or the reverse, changes what is assumed of everything. */
  private renewed(facts: Facts, written: Holdings): Present {
    const { present } = this
    const knows = (of: Facts): boolean => of.endpointSlices !== undefined
    if (present === undefined || knows(present.facts) !== knows(facts)) return this.startOver(facts, written)
    return follow(present, facts, written)
  }

  private startOver(facts: Facts, written: Holdings): Present {
    const allotment = new Allotment(this.deps.settings.lbClass, written)
    const twin = new IncrementalDecider({ ...facts, services: heldServices(facts, written) }, allotment)
    const own = this.present?.own ?? new OwnPart(this.deps.node)
    own.follow(twin, everything, () => namesOf(allotment))
    return { allotment, twin, own, facts }
  }
}

function follow({ allotment, twin, own, facts: before }: Present, facts: Facts, written: Holdings): Present {
  const changes = changesBetween(before, facts)
  const rewritten = allotment.setWritten(written)
  const fresh = changes.map((change) => withAddresses(change, written))
  const delta = twin.apply([...fresh, ...rewritten.map(assignmentOf)])
  own.follow(twin, delta, () => namesOf(allotment))
  const touched = delta.everything ? written.keys() : [...delta.services].filter((name) => written.has(name))
  if ([...touched, ...rewritten].some((name) => !allotment.agrees(name))) {
    const moved = allotment.restart(heldServices(facts, written))
    own.follow(twin, twin.apply(moved.map(assignmentOf)), () => namesOf(allotment))
  }
  return { allotment, twin, own, facts }
}

function namesOf(allotment: Allotment): string[] {
  return allotment.assignments().map(({ service }) => service)
}

/** With the addresses written down. */
function heldServices(facts: Facts, written: Holdings): ServiceObject[] {
  return facts.services.map((service) => withHeld(service, written))
}

function withAddresses(change: FactChange, written: Holdings): FactChange {
  if (change.kind !== 'service' || change.object === undefined) return change
  return { ...change, object: withHeld(change.object, written) }
}

function assignmentOf(service: string): FactChange {
  return { kind: 'assignment', service }
}
