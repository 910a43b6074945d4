/* Claims that came or went by another's hand: which Services look again at what they were granted. */
import { nameOf, type ServiceObject } from '#core/model/objects.ts'

import type { ObjectStore } from '../api/object-store.ts'
import type { Allotment } from './allotment.ts'
import type { AddressClaim, ClaimIndex } from './claims.ts'

export interface ClaimedView<Service extends ServiceObject> {
  readonly claims: ClaimIndex
  readonly claimStore: ObjectStore<AddressClaim>
  readonly services: ObjectStore<Service>
}

/** Those who were to have the address of one of these claims, those whom it names, and where one went, who is without. */
export function touchedByClaims<Service extends ServiceObject>(
  names: ReadonlySet<string>,
  view: ClaimedView<Service>,
  { allotment, identity }: { readonly allotment: Allotment; readonly identity: string },
): readonly string[] {
  const known = [...names].map((name) => view.claimStore.get(name))
  const touched = known.flatMap((claim) => {
    if (claim === undefined || claim.spec.writer === identity) return []
    const { address, services } = claim.spec
    return [...allotment.holdersOf(address), ...services.map((holder) => nameOf({ metadata: holder }))]
  })
  return known.includes(undefined) ? [...touched, ...withoutClaim(view, allotment)] : touched
}

/** Services whose claim somebody deleted while its address is in use. */
function withoutClaim<Service extends ServiceObject>(
  { claims, services }: ClaimedView<Service>,
  allotment: Allotment,
): readonly string[] {
  return [...services.values()].map(nameOf).filter((name) => {
    const { pool, addresses = [] } = allotment.of(name) ?? {}
    return pool !== undefined && addresses.some((address) => claims.of(address) === undefined)
  })
}

/** The Services that a claim names. */
export function ownersOf<Service extends ServiceObject>(
  claim: AddressClaim,
  services: ObjectStore<Service>,
): readonly Service[] {
  return claim.spec.services.flatMap((holder) => services.get(nameOf({ metadata: holder })) ?? [])
}
