/*
 * The decisions as far as one node needs them: what it announces, why it does not announce the rest, and who does.
 * What was decided on a Service that nothing touched stays the very same object.
 */
import type { Delta, IncrementalDecider, ServiceDecisions } from './decider.ts'
import { compose } from '../decide.ts'
import type { Announcement, Assignment, Decisions, Election, PoolUsage, Silence } from '../model/decisions.ts'
import { packed } from '../model/collections.ts'
import type { Facts } from '../model/facts.ts'
import { same } from '../model/same.ts'
import type { Detail } from '../selection/detail.ts'
import { conflictProblems } from '../selection/conflict-problems.ts'
import type { Conflict } from '../selection/every-node.ts'

export interface OwnDecisions extends Pick<Decisions, 'assumptions' | 'problems'> {
  /** Of all Services that are ours; sorted, like the rest, as in the decisions. */
  readonly assignments: readonly Assignment[]
  /** Those that name the node, and name no other. */
  readonly announcements: readonly Announcement[]
  /** Who answers for which address, on whichever node. */
  readonly owners: readonly Election[]
  /** Of the node. */
  readonly silences: readonly Silence[]
  readonly pools: readonly PoolUsage[]
}

interface Part {
  readonly assignment: Assignment
  readonly announcements: readonly Announcement[]
  readonly owners: readonly Election[]
  readonly silences: readonly Silence[]
  /** On the node. */
  readonly conflicts: readonly Conflict[]
}

export class OwnPart {
  readonly #detail: Detail & { readonly node: string }
  readonly #parts = new Map<string, Part>()
  /** Names of the parts, sorted. */
  #names: string[] = []

  constructor(node: string) {
    this.#detail = { rankings: false, node }
  }

  /**
   * Takes over what has changed. A change of another node reaches the Services that change their owner by it; how
   * many candidates there were besides, which the messages tell, is looked at when a Service is next decided on.
   */
  follow(twin: IncrementalDecider, delta: Delta, all: () => Iterable<string>): void {
    const names =
      delta.everything || delta.nodes.has(this.#detail.node)
        ? new Set([...this.#names, ...all()])
        : delta.services
    const known = this.#parts.size
    let came = false
    for (const name of names) came = this.#put(name, twin.of(name, this.#detail)) || came
    if (!came && this.#parts.size === known) return
    this.#names = [...this.#parts.keys()].sort()
  }

  decisions(twin: IncrementalDecider, facts: Facts, pools: readonly PoolUsage[]): OwnDecisions {
    const parts = this.#names.flatMap((name) => this.#parts.get(name) ?? [])
    const assignments = parts.map(({ assignment }) => assignment)
    const announcements = parts.flatMap((part) => part.announcements)
    const silences = parts.flatMap((part) => part.silences)
    const problems = conflictProblems(parts.flatMap(({ conflicts }) => conflicts))
    const halves = { assignments, pools, announcements, silences, problems, elections: [], unannounced: [] }
    const { assumptions, problems: sorted } = compose(facts, twin.parsed, halves)
    const owners = parts.flatMap((part) => part.owners)
    return { assumptions, problems: sorted, assignments, announcements, owners, silences, pools }
  }

  /** Returns whether the name is new. */
  #put(name: string, decided: ServiceDecisions | undefined): boolean {
    if (decided === undefined) {
      this.#parts.delete(name)
      return false
    }
    const before = this.#parts.get(name)
    const part = partOf(decided, this.#detail.node)
    if (!same(before, part)) this.#parts.set(name, keeping(before, part))
    return before === undefined
  }
}

/** Announcements that are as before stay the objects that they were. */
function keeping(before: Part | undefined, part: Part): Part {
  const { announcements = [] } = before ?? {}
  return same(announcements, part.announcements) ? { ...part, announcements } : part
}

function partOf(decided: ServiceDecisions, node: string): Part {
  const { assignment, announcements, elections, silences, conflicts } = decided
  return {
    assignment,
    announcements: packed(announcements.filter(({ nodes }) => nodes.includes(node))),
    owners: packed(elections),
    silences: packed(silences),
    conflicts: packed(conflicts),
  }
}
