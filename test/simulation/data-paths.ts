/* The gate of the local data path: whether a connection succeeds is a property of the node, which its faults change. */
import { Gatekeeper } from '#app/node/data-path/gatekeeper.ts'
import type { Goal, TryAll } from '#app/node/data-path/io/attempts.ts'
import type { Rights } from '#app/node/rights.ts'
import type { Attempt } from '#core/data-path/gate.ts'
import type { Address } from '#core/model/address.ts'
import type { Announcement } from '#core/model/decisions.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import type { Bugs } from './bugs.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Decision } from './decision.ts'
import { log, metrics } from './moves.ts'
import { configFor, factsOf } from './objects.ts'

/** How connections of a node to itself fail: with a refusal, or after a wait. */
export type Brokenness = 'refused' | 'unanswered'

export interface DataPathsDeps {
  readonly self: string
  readonly rights: Rights
  readonly clock: Clock
  readonly bugs: Bugs
  /** Of the node, now; undefined: it carries connections. */
  readonly broken: () => Brokenness | undefined
  readonly onChange: () => void
}

/** A connection within a node, and the patience of an attempt. */
const [crossing, patience] = [milliseconds(1), milliseconds(500)]

/** The real gatekeeper of one process; a connection is a call. */
export class DataPaths {
  readonly #deps: DataPathsDeps
  readonly #keeper: Gatekeeper

  constructor(deps: DataPathsDeps) {
    const { self, rights, clock, bugs, onChange } = deps
    this.#deps = deps
    const told = bugs.has('shut-untold') ? { held: rights.held.bind(rights), setPaths: () => {} } : rights
    const tryAll: TryAll = async (goals, tell) => this.#try(goals, tell)
    this.#keeper = new Gatekeeper({ node: self, rights: told, tryAll, clock, log, metrics })
    this.#keeper.onChange(onChange)
  }

  stop(): void {
    this.#keeper.stop()
  }

  /** The addresses that the node may announce of those that it was elected to. */
  admitted(cluster: ClusterState, decision: Decision): Address[] {
    const { self } = this.#deps
    const announcements = decision.announcements.flatMap((one): Announcement[] =>
      one.nodes.includes(self) ? [{ ...one, nodes: [self] }] : [],
    )
    const { assignments, owners } = decision
    const decisions = {
      announcements,
      assignments,
      owners,
      silences: [],
      pools: [],
      assumptions: [],
      problems: [],
    }
    const parsed = { config: configFor(cluster), problems: [], assumptions: [] }
    const { decisions: kept } = this.#keeper.applyTo({ decisions, facts: factsOf(cluster), parsed })
    return kept.announcements.map(({ address }) => address)
  }

  #try(goals: readonly Goal[], tell: (goal: Goal, attempt: Attempt) => void): void {
    const { broken, clock } = this.#deps
    const how = broken()
    const attempt: Attempt = how === undefined ? { ok: true } : { ok: false, cause: how }
    clock.after(how === 'unanswered' ? patience : crossing, () => {
      for (const goal of goals) tell(goal, attempt)
    })
  }
}
