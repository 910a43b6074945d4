/* Which of the addresses that a Service has may stay: lawful addresses never move. */
import { admits } from './pins.ts'
import type { PoolBook } from './pool-book.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Refusal } from './refusal.ts'
import { notAdmitted, notInPool } from './refusals.ts'
import { sameAddresses } from './status.ts'
import type { Wish } from './wish.ts'
import { familyOf, type Address } from '../model/address.ts'
import { quote } from '../model/wording.ts'

/** Addresses of one pool: one, or one of each family. */
export interface Holding {
  readonly space: PoolSpace
  readonly addresses: readonly Address[]
}

export interface Doubt extends Refusal {
  /** The pool that may have the addresses. */
  readonly pool: string
}

export interface Stay {
  readonly kept?: Holding
  /** Why the others have to go; undefined when there are none. */
  readonly loss: string | undefined
}

/** Keeps the largest part of the current addresses that is lawful by itself. */
export function stayOf(wish: Wish, current: readonly Address[], book: PoolBook): Stay {
  if (wish.fault !== undefined && !wish.keepsCurrent) return { loss: wish.fault.message }
  const parts = partsOf(wish, current)
  let loss =
    parts[0]?.length === current.length ? undefined : `the Service needs ${wish.families.all.join(' and ')}`
  for (const part of parts) {
    const holding = lawful(wish, part, book)
    if (typeof holding !== 'string') return { kept: holding, loss }
    loss ??= holding
  }
  return { loss }
}

/** While faults hide addresses of a pool, those that lie in no other pool are taken for its: nobody can tell. */
export function doubtAbout(current: readonly Address[], book: PoolBook): Doubt | undefined {
  const { incomplete } = book
  if (incomplete === undefined) return undefined
  const homeless = current.find((address) => book.ownerOf([address]) === undefined)
  return homeless === undefined ? undefined : { pool: incomplete.name, ...notInPool([homeless], book) }
}

/** What may stay, most first: one address of each family that is needed, or of one of them. */
function partsOf({ families }: Wish, current: readonly Address[]): readonly (readonly Address[])[] {
  const first = current[0]
  if (first !== undefined && current.length === 1) {
    return families.all.includes(familyOf(first)) ? [current] : []
  }
  const wanted = families.all.map((family) => current.find((address) => familyOf(address) === family))
  // In the order of the status: its first address decides elections.
  const all = [...new Set(current)].filter((address) => wanted.includes(address))
  const alone = all.map((address) => [address])
  return all.length === 2 ? [all, ...alone] : alone
}

/** The addresses as a holding, or why the Service may not have them. */
function lawful(wish: Wish, addresses: readonly Address[], book: PoolBook): Holding | string {
  const space = book.ownerOf(addresses)
  if (space === undefined) return notInPool(addresses, book).message
  if (!admits(space.pool, wish.service)) return notAdmitted(space.pool, wish.service).message
  if (wish.pool !== undefined && wish.pool !== space.name)
    return `the Service asks for pool ${quote(wish.pool)}`
  if (wish.addresses.length > 0 && !sameAddresses(addresses, wish.addresses)) {
    return `the Service asks for ${wish.addresses.join(' and ')}`
  }
  for (const address of addresses) {
    const half = space.familyOf(address)
    // What was handed out stays, whoever else answers for it.
    const objection = wish.status.includes(address)
      ? half.objectionOfHolders(wish.claim, address)
      : half.objection(wish.claim, address)
    if (objection !== undefined) return objection.message
  }
  return { space, addresses }
}
