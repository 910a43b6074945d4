/* Whether clients reach a Service: whoever answers for its address carries connections, wherever anybody could. */
import type { Address } from '#core/model/address.ts'
import type { ShutPath } from '#core/model/facts.ts'

import { unreachedBound } from './bounds.ts'
import { decisionOf } from './decision.ts'
import { nameOfNode } from './names.ts'
import type { Watched } from './watched.ts'
import type { World } from './world.ts'

export class Reach {
  readonly #world: World
  /** Nothing but data paths that break and heal happens. */
  readonly #alone: boolean
  readonly #since = new Map<Address, number>()

  constructor(world: World) {
    const { gated, faults } = world.scenario
    this.#world = world
    this.#alone = gated && faults.every(({ kind }) => kind === 'path')
  }

  /** For how long too long it has not been reached, in words. */
  lack({ address, owners }: Watched): string | undefined {
    if (!this.#alone) return undefined
    if (this.#isReached(address, owners)) {
      this.#since.delete(address)
      return undefined
    }
    const { agenda, pathsChangedAt, healed, scenario } = this.#world
    const since = Math.max(this.#since.get(address) ?? agenda.now, pathsChangedAt)
    this.#since.set(address, since)
    const span = agenda.now - since
    if (span <= unreachedBound(scenario, healed)) return undefined
    const who = owners.map(nameOfNode).join(' and ') || 'nobody'
    return `${address} is answered by ${who}, where no connection succeeds, for ${Math.round(span)} ms`
  }

  #isReached(address: Address, owners: readonly number[]): boolean {
    const { broken } = this.#world
    if (owners.some((index) => !broken.has(index))) return true
    const shutPaths = [...broken.keys()].map((index): ShutPath => ({
      address,
      node: nameOfNode(index),
      state: 'shut',
    }))
    const best = decisionOf(this.#world.cluster, { shutPaths }).winners.get(address)
    return best === undefined || shutPaths.some(({ node }) => node === best)
  }
}
