/*
 * Whether everybody who may answer for an address would have told this node. Only while all members are there, hear
 * this node and have for a while: one that is away, leaves or does not hear us may answer all the same, and one that has
 * just started may have forgotten.
 */
import { seconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import type { Liveness } from '../membership/liveness.ts'
import { isLost } from './nodes.ts'

/** Longer than a node takes to start, and to ask the wire for what it answered for before. */
const settles: Duration = seconds(10)

export interface CompanyDeps {
  readonly liveness: Liveness
  readonly clock: Clock
  /** How long all must have been there; absent: ten seconds. */
  readonly settles?: Duration
}

export class Company {
  private readonly deps: CompanyDeps
  private names = ''
  /** Since when the members are these, and all of them there. */
  private from: Instant | undefined

  constructor(deps: CompanyDeps) {
    this.deps = deps
    this.look()
    deps.liveness.onChange(() => this.look())
  }

  isComplete(): boolean {
    return (
      this.from !== undefined && since(this.from, this.deps.clock.now()) >= (this.deps.settles ?? settles)
    )
  }

  private look(): void {
    const { liveness, clock } = this.deps
    const members = liveness.members()
    const names = members.map(({ node }) => node).join()
    const there = members.every(
      ({ node, alive, hearsUs }) => alive && hearsUs !== false && !isLost(liveness, node),
    )
    if (!there || !liveness.isCertain()) this.from = undefined
    else if (this.from === undefined || names !== this.names) this.from = clock.now()
    this.names = names
  }
}
