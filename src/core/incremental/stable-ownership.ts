/*
 * `--election=stable`: a contest is kept by its holder, or it floats. A change costs the contests whose holder it
 * concerns; those that float are placed anew each time, in the order of their addresses, as the result depends on
 * that order alone.
 */
import { OwnerTable, type Ownership, type Settlement } from './ownership.ts'
import type { Order } from '../election/order.ts'
import { Loads } from '../election/stable.ts'
import { compareAddresses } from '../model/address.ts'
import { compareText } from '../model/collections.ts'
import type { Holder } from '../model/facts.ts'
import { contestKey, type Contest } from '../selection/contest.ts'
import type { Landscape } from '../selection/landscape.ts'
import { holdersByKey, keptOwner, keyOf, placed, type Owners } from '../selection/owners.ts'

export class StableOwnership implements Ownership {
  readonly #landscape: Landscape
  readonly #order: Order
  readonly #contests = new Map<string, Contest>()
  readonly #table = new OwnerTable()
  /** Nodes that keep a contest. */
  readonly #kept = new Map<string, string>()
  readonly #open = new Set<string>()
  #holders: ReadonlyMap<string, string>

  constructor(landscape: Landscape, order: Order, holders: readonly Holder[]) {
    this.#landscape = landscape
    this.#order = order
    this.#holders = holdersByKey(holders)
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
    this.#kept.delete(key)
    this.#table.assign(key, undefined)
  }

  nodeChanged(node: string): void {
    // What is held by a node that is being drained, any other may take.
    const holders = new Set([node, ...this.#landscape.drainedNodes()])
    for (const [key, contest] of this.#contests) {
      // Where several Services share an address, any node may come to serve more of them than the holder does.
      const isOpen = contest.claims.length > 1 || contest.wishes.has(node)
      if (isOpen || this.#isHeldBy(contest, holders)) this.#open.add(key)
    }
  }

  setHolders(holders: readonly Holder[]): void {
    const before = this.#holders
    this.#holders = holdersByKey(holders)
    for (const [key, contest] of this.#contests) {
      const same = contest.addresses.every((address) => {
        const holder = contestKey(contest.announcer, address)
        return before.get(holder) === this.#holders.get(holder)
      })
      if (!same) this.#open.add(key)
    }
  }

  settle(): Settlement {
    for (const key of this.#open) {
      const contest = this.#contests.get(key)
      if (contest === undefined) continue
      const kept = keptOwner(this.#landscape, contest, this.#holders)
      if (kept === undefined) this.#kept.delete(key)
      else {
        this.#kept.set(key, kept.node)
        this.#table.assign(key, kept)
      }
    }
    this.#open.clear()
    const loads = new Loads()
    for (const node of this.#kept.values()) loads.add(node)
    for (const contest of this.#floating()) {
      this.#table.assign(keyOf(contest), placed(this.#landscape, this.#order, contest, loads))
    }
    return this.#table.takeChanges()
  }

  #isHeldBy({ announcer, addresses }: Contest, nodes: ReadonlySet<string>): boolean {
    return addresses.some((address) => {
      const holder = this.#holders.get(contestKey(announcer, address))
      return holder !== undefined && nodes.has(holder)
    })
  }

  #floating(): Contest[] {
    const floating = [...this.#contests.values()].filter((contest) => !this.#kept.has(keyOf(contest)))
    return floating.sort(
      (a, b) => compareAddresses(a.address, b.address) || compareText(a.announcer, b.announcer),
    )
  }
}
