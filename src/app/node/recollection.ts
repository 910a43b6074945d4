/* What the members say and remember: whose data paths are shut; where the election asks, who holds what and who came back. */
import type { Returns } from '#core/membership/state.ts'
import type { Facts, Holder, ShutPath } from '#core/model/facts.ts'
import type { Clock } from '#core/ports.ts'

import type { Liveness } from '../membership/liveness.ts'
import type { Holders } from './holders.ts'
import type { ShutPaths } from './shut-paths.ts'

export interface RecollectionDeps {
  readonly liveness: Pick<Liveness, 'returns'>
  /** Absent where the election asks for nothing. */
  readonly holders?: Pick<Holders, 'current'> | undefined
  readonly shutPaths: Pick<ShutPaths, 'current'>
  readonly clock: Clock
}

export class Recollection {
  private readonly deps: RecollectionDeps
  private held: readonly Holder[] | undefined
  private returns: Returns | undefined
  private shut: readonly ShutPath[] | undefined

  constructor(deps: RecollectionDeps) {
    this.deps = deps
  }

  /** As facts of a decision that is made now. */
  facts(): Pick<Facts, 'holders' | 'returns' | 'shutPaths'> {
    const { holders, liveness, shutPaths, clock } = this.deps
    this.shut = shutPaths.current()
    if (holders === undefined) return { shutPaths: this.shut }
    this.held = holders.current()
    this.returns = liveness.returns()
    const returns = { now: clock.now(), byNode: this.returns }
    return { holders: this.held, returns, shutPaths: this.shut }
  }

  /** Whether the last decision knew less. */
  hasChanged(): boolean {
    const { holders, liveness, shutPaths } = this.deps
    if (shutPaths.current() !== this.shut) return true
    return holders !== undefined && (holders.current() !== this.held || liveness.returns() !== this.returns)
  }
}
