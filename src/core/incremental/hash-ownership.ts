/*
 * `--election=hash`: the first candidate owns. A node's loss costs an election for each contest it owned; a newcomer
 * is compared with the present owner of each contest, and with nobody else.
 */
import { OwnerTable, type Ownership, type Settlement } from './ownership.ts'
import { compareCandidates, type Order } from '../election/order.ts'
import { candidacyOf, type Contest } from '../selection/contest.ts'
import type { Landscape } from '../selection/landscape.ts'
import type { NodeView } from '../selection/node-view.ts'
import { electedOwner, electFirst, keyOf, type Owners } from '../selection/owners.ts'

export class HashOwnership implements Ownership {
  readonly #landscape: Landscape
  readonly #order: Order
  readonly #contests = new Map<string, Contest>()
  readonly #table = new OwnerTable()
  /** Contests to be decided among all candidates. */
  readonly #open = new Set<string>()
  /** Nodes that may come before the owners of the other contests. */
  readonly #challengers = new Set<string>()

  constructor(landscape: Landscape, order: Order) {
    this.#landscape = landscape
    this.#order = order
  }

  get owners(): Owners {
    return this.#table.owners
  }

  set(contest: Contest): void {
    this.#contests.set(keyOf(contest), contest)
    this.#open.add(keyOf(contest))
  }

  delete(key: string): void {
    if (!this.#contests.delete(key)) return
    this.#open.delete(key)
    this.#table.assign(key, undefined)
  }

  nodeChanged(node: string): void {
    for (const key of this.#table.ownedBy(node)) this.#open.add(key)
    const view = this.#landscape.nodes.get(node)
    if (view !== undefined && view.fault === undefined) this.#challengers.add(node)
    else this.#challengers.delete(node)
  }

  /** Holding an address is no merit here. */
  setHolders(): void {}

  settle(): Settlement {
    for (const node of this.#challengers) {
      const view = this.#landscape.nodes.get(node)
      if (view !== undefined) this.#challenge(view)
    }
    this.#challengers.clear()
    for (const key of this.#open) {
      const contest = this.#contests.get(key)
      if (contest !== undefined) this.#table.assign(key, electFirst(this.#landscape, this.#order, contest))
    }
    this.#open.clear()
    return this.#table.takeChanges()
  }

  #challenge(newcomer: NodeView): void {
    for (const [key, contest] of this.#contests) {
      if (this.#open.has(key)) continue
      const challenger = candidacyOf(this.#landscape, contest, newcomer)
      if (challenger === undefined) continue
      const owner = this.#landscape.nodes.get(this.owners.get(key)?.node ?? '')
      const holder = owner && candidacyOf(this.#landscape, contest, owner)
      const wins =
        holder === undefined || compareCandidates(this.#order, contest.address, challenger, holder) < 0
      if (wins) this.#table.assign(key, electedOwner(challenger))
    }
  }
}
