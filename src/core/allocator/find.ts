/* Finds addresses for a target in the present state of the pools, and takes nothing. */
import type { Holding } from './current.ts'
import type { Families } from './families.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Refusal } from './refusal.ts'
import { exhausted, noPoolOfFamily } from './refusals.ts'
import type { Claim } from './sharing.ts'
import type { Target } from './target.ts'
import type { Address, Family } from '../model/address.ts'

export function find(target: Target): Holding | Refusal {
  switch (target.kind) {
    case 'addresses':
      return findExact(target.claim, target.space, target.addresses)
    case 'completion':
      return (
        findFamilies(target.claim, target.space, [target.family]) ??
        explain(target.claim, [target.space], { all: [target.family], eitherWillDo: false })
      )
    case 'tiers':
      for (const tier of target.tiers) {
        const found = findInTier(target.claim, tier, target.families)
        if (found !== undefined) return found
      }
      return explain(target.claim, target.tiers.flat(), target.families)
  }
}

function findExact(claim: Claim, space: PoolSpace, addresses: readonly Address[]): Holding | Refusal {
  for (const address of addresses) {
    const objection = space.familyOf(address).objection(claim, address)
    if (objection !== undefined) return objection
  }
  return { space, addresses }
}

/**
 * The first pool that offers every family. Where either will do, the first that offers the primary family is the next
 * best, then the first that offers the other.
 */
function findInTier(claim: Claim, tier: readonly PoolSpace[], families: Families): Holding | undefined {
  const choices = [families.all]
  if (families.eitherWillDo) {
    choices.push(
      [families.primary],
      families.all.filter((family) => family !== families.primary),
    )
  }
  for (const choice of choices) {
    for (const space of tier) {
      const found = findFamilies(claim, space, choice)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function findFamilies(claim: Claim, space: PoolSpace, families: readonly Family[]): Holding | undefined {
  const addresses: Address[] = []
  for (const family of families) {
    const address = space.family(family).lowestFor(claim)
    if (address === undefined) return undefined
    addresses.push(address)
  }
  return { space, addresses }
}

/** The shortest true cause why none of the pools has what is needed. */
function explain(
  claim: Claim,
  spaces: readonly PoolSpace[],
  { all, eitherWillDo }: Omit<Families, 'primary'>,
): Refusal {
  const suitable = spaces.filter((space) => {
    const has = (family: Family): boolean => space.family(family).total > 0n
    return eitherWillDo ? all.some(has) : all.every(has)
  })
  if (suitable.length === 0) return noPoolOfFamily(spaces, all)
  return keyObjection(claim, suitable, all) ?? exhausted(suitable, all)
}

/** A Service with a sharing key means to share: why it cannot is the cause it can do something about. */
function keyObjection(
  claim: Claim,
  spaces: readonly PoolSpace[],
  families: readonly Family[],
): Refusal | undefined {
  if (claim.sharingKey === '') return undefined
  for (const space of spaces) {
    for (const family of families) {
      const half = space.family(family)
      const objection = half.full ? half.objectionOfKey(claim) : undefined
      if (objection === undefined) continue
      return { ...objection, message: `no available IPs, and none to share: ${objection.message}` }
    }
  }
  return undefined
}
