/* Where a Service that lacks addresses may get them from: the wish, resolved against the pools. */
import type { Holding } from './current.ts'
import type { Families } from './families.ts'
import type { FamilySpace } from './family-space.ts'
import { admits } from './pins.ts'
import type { PoolBook } from './pool-book.ts'
import type { PoolSpace } from './pool-space.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { noPoolForService, notAdmitted, notInPool, notInRequestedPool, unknownPool } from './refusals.ts'
import { kindOfClaim, type Claim } from './sharing.ts'
import { requestConflict, type Wish } from './wish.ts'
import { familyOf, type Address, type Family } from '../model/address.ts'

export type Target = { readonly claim: Claim } & (
  | { readonly kind: 'addresses'; readonly space: PoolSpace; readonly addresses: readonly Address[] }
  | { readonly kind: 'tiers'; readonly tiers: readonly (readonly PoolSpace[])[]; readonly families: Families }
  /** The second address of a dual-stack pair, from the pool of the first. */
  | {
      readonly kind: 'completion'
      readonly space: PoolSpace
      readonly family: Family
      readonly required: boolean
    }
)

/**
 * `held` is what the Service has kept, if anything. `undefined`: it lacks nothing. A refusal holds until the Service or
 * the pools change.
 */
export function targetOf(wish: Wish, book: PoolBook, held?: Holding): Target | Refusal | undefined {
  const { families, fault, claim, pool: requested } = wish
  if (fault !== undefined) return fault
  if (held !== undefined) return completionOf(wish, held)
  if (wish.addresses.length > 0) return addressTarget(wish, book)
  if (requested !== undefined) {
    const space = requestedSpace(wish, requested, book)
    return isRefusal(space) ? space : { kind: 'tiers', claim, families, tiers: [[space]] }
  }
  const tiers = book.tiersFor(wish.service)
  return tiers.length === 0 ? noPoolForService(book) : { kind: 'tiers', claim, families, tiers }
}

/**
 * Text that is equal exactly for targets which one state of the pools either satisfies or refuses alike: of several
 * Services that wait for the same, only the first has to be tried.
 */
export function kindOfTarget(target: Target): string {
  const claim = kindOfClaim(target.claim)
  switch (target.kind) {
    case 'addresses':
      return `addresses ${target.addresses.join()} ${claim}`
    case 'completion':
      return `completion ${target.space.name} ${target.family} ${target.required} ${claim}`
    case 'tiers': {
      const { all, eitherWillDo, primary } = target.families
      const pools = target.tiers.map((tier) => tier.map(({ name }) => name).join()).join(';')
      return `tiers ${pools} ${all.join()} ${eitherWillDo ? primary : ''} ${claim}`
    }
  }
}

/** Text that tells which of the pools of a target have no free address of a family that matters, as far as messages do. */
export function fullnessOf(target: Target): string {
  if (target.kind === 'addresses') return ''
  if (target.kind === 'completion') return fullnessIn(target.space.family(target.family))
  // Asked of everybody who waits when an address becomes free: plain loops take a twentieth of flatMap's time.
  let text = ''
  for (const tier of target.tiers) {
    for (const space of tier) {
      for (const family of target.families.all) text += fullnessIn(space.family(family))
    }
  }
  return text
}

function fullnessIn({ full, quarantined }: FamilySpace): string {
  if (!full) return '0'
  return quarantined === 0 ? '1' : `(${quarantined})`
}

/** A Service that asked for exactly what it holds is not given more. */
function completionOf({ addresses, claim, families }: Wish, held: Holding): Target | undefined {
  const family = families.all.find(
    (wanted) => !held.addresses.some((address) => familyOf(address) === wanted),
  )
  if (family === undefined || addresses.length > 0) return undefined
  return { kind: 'completion', claim, space: held.space, family, required: !families.eitherWillDo }
}

function addressTarget(wish: Wish, book: PoolBook): Target | Refusal {
  const { addresses, claim, families, pool: requested } = wish
  const conflict = requestConflict(addresses, families)
  if (conflict !== undefined) return conflict
  const owner = book.ownerOf(addresses)
  if (owner === undefined) return notInPool(addresses, book)
  if (requested !== undefined) {
    const space = requestedSpace(wish, requested, book)
    if (isRefusal(space)) return space
    if (space !== owner) return notInRequestedPool(addresses, requested, owner.pool)
  }
  if (!admits(owner.pool, wish.service)) return notAdmitted(owner.pool, wish.service)
  return { kind: 'addresses', claim, space: owner, addresses }
}

function requestedSpace(wish: Wish, requested: string, book: PoolBook): PoolSpace | Refusal {
  const space = book.named(requested)
  if (space === undefined) return unknownPool(requested, book)
  return admits(space.pool, wish.service) ? space : notAdmitted(space.pool, wish.service)
}
