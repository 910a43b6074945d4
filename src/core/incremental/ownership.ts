/* Who owns which contest, kept up to date: what the two kinds of election have in common. */
import { contestNamed, type Contest } from '../selection/contest.ts'
import type { Owner, Owners } from '../selection/owners.ts'
import type { Address } from '../model/address.ts'
import type { Holder } from '../model/facts.ts'
import { same } from '../model/same.ts'

/** An address that changes hands; `from` absent: nobody had it, `to` absent: nobody has it now. */
export interface Move {
  readonly announcer: string
  /** The one that is hashed, for all addresses of its sharing group. */
  readonly address: Address
  readonly from?: string
  readonly to?: string
}

export interface Ownership {
  readonly owners: Owners
  /** Adds a contest, or replaces the one of the same key. */
  set(contest: Contest): void
  delete(key: string): void
  /** A node of the landscape came, changed or went. */
  nodeChanged(node: string): void
  setHolders(holders: readonly Holder[]): void
  /** Decides what the calls before have left open. */
  settle(): Settlement
}

export interface Settlement {
  readonly moves: readonly Move[]
  /** Of the contests that have another owner, or the same for another reason. */
  readonly addresses: readonly Address[]
}

/** The owners by contest key and by node, and what has become of them since the last settling. */
export class OwnerTable {
  readonly #owners = new Map<string, Owner>()
  readonly #byNode = new Map<string, Set<string>>()
  readonly #before = new Map<string, Owner | undefined>()

  get owners(): Owners {
    return this.#owners
  }

  ownedBy(node: string): ReadonlySet<string> {
    return this.#byNode.get(node) ?? new Set()
  }

  /** `owner` absent: the contest is over. */
  assign(key: string, owner: Owner | undefined): void {
    const before = this.#owners.get(key)
    if (!this.#before.has(key)) this.#before.set(key, before)
    if (before?.node !== undefined) this.#byNode.get(before.node)?.delete(key)
    if (owner === undefined) this.#owners.delete(key)
    else this.#owners.set(key, owner)
    if (owner?.node === undefined) return
    const owned = this.#byNode.get(owner.node)
    if (owned === undefined) this.#byNode.set(owner.node, new Set([key]))
    else owned.add(key)
  }

  /** What became of the owners since the last call. */
  takeChanges(): Settlement {
    const keys = [...this.#before].filter(([key, owner]) => !same(owner, this.#owners.get(key)))
    const addresses = keys.map(([key]) => contestNamed(key).address)
    const moves = movesBetween(this.#before, this.#owners)
    this.#before.clear()
    return { moves, addresses }
  }
}

/** By contest: who had it, and who has it now. */
export function movesBetween(before: ReadonlyMap<string, Owner | undefined>, after: Owners): Move[] {
  return [...before.keys()].flatMap((key) => {
    const [from, to] = [before.get(key)?.node, after.get(key)?.node]
    if (from === to) return []
    const ends = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    return [{ ...contestNamed(key), ...ends }]
  })
}
