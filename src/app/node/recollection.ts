/* What the members remember, for an election that asks for it: who holds what, and who came back from the dead when. */
import type { Returns } from '#core/membership/state.ts'
import type { Facts, Holder } from '#core/model/facts.ts'
import type { Clock } from '#core/ports.ts'

import type { Liveness } from '../membership/liveness.ts'
import type { Holders } from './holders.ts'

export interface RecollectionDeps {
  readonly liveness: Pick<Liveness, 'returns'>
  /** Absent where the election asks for nothing. */
  readonly holders?: Pick<Holders, 'current'> | undefined
  readonly clock: Clock
}

export class Recollection {
  private readonly deps: RecollectionDeps
  private held: readonly Holder[] | undefined
  private returns: Returns | undefined

  constructor(deps: RecollectionDeps) {
    this.deps = deps
  }

  /** As facts of a decision that is made now. */
  facts(): Pick<Facts, 'holders' | 'returns'> {
    const { holders, liveness, clock } = this.deps
    if (holders === undefined) return {}
    this.held = holders.current()
    this.returns = liveness.returns()
    return { holders: this.held, returns: { now: clock.now(), byNode: this.returns } }
  }

  /** Whether the last decision knew less. */
  hasChanged(): boolean {
    const { holders, liveness } = this.deps
    return holders !== undefined && (holders.current() !== this.held || liveness.returns() !== this.returns)
  }
}
