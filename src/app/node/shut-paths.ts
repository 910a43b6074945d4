/*
 * Which data paths are shut, as the nodes tell one another. A word costs the addresses that it is about, and nothing before
 * the first one that is about a data path.
 */
import { pathStates } from '#core/membership/claims.ts'
import { compareText } from '#core/model/collections.ts'
import type { Address } from '#core/model/address.ts'
import type { ShutPath } from '#core/model/facts.ts'
import { same } from '#core/model/same.ts'

import type { Liveness } from '../membership/liveness.ts'

export class ShutPaths {
  private readonly liveness: Pick<Liveness, 'wordsOn'>
  private readonly paths = new Map<Address, readonly ShutPath[]>()
  /** Of which somebody has said something since the last look. */
  private readonly touched = new Set<Address>()
  private known: readonly ShutPath[] = []

  /** To be made before anybody has said anything. */
  constructor(liveness: Pick<Liveness, 'wordsOn' | 'onWords' | 'pathsAreTold'>) {
    this.liveness = liveness
    liveness.onWords((addresses) => {
      if (!liveness.pathsAreTold()) return
      for (const address of addresses) this.touched.add(address)
    })
  }

  /** Sorted; the very same list for as long as nothing changes. The node may be dead. */
  current(): readonly ShutPath[] {
    const changed = [...this.touched].filter((address) => this.look(address))
    this.touched.clear()
    if (changed.length > 0)
      this.known = [...this.paths.values()]
        .flat()
        .sort((a, b) => compareText(a.address, b.address) || compareText(a.node, b.node))
    return this.known
  }

  /** Returns whether it is shut on other nodes than before, or in another way. */
  private look(address: Address): boolean {
    const now = this.liveness
      .wordsOn(address)
      .flatMap(({ node, state, counter }): ShutPath[] =>
        state === 'shut' || state === 'failing'
          ? [{ address, node, state: (state === 'shut' && pathStates[counter]) || 'shut' }]
          : [],
      )
      .sort((a, b) => compareText(a.node, b.node))
    const before = this.paths.get(address) ?? []
    if (now.length === 0) this.paths.delete(address)
    else this.paths.set(address, now)
    return !same(before, now)
  }
}
