/* What one Service asks of the allocator, read from the object alone: no pool and no other Service matters here. */
import { anyFamilies, familiesOf, policyConflict, type Families } from './families.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { requestedAddresses, requestedPool } from './request.ts'
import { claimOf, type Claim } from './sharing.ts'
import { statusAddresses } from './status.ts'
import { familyOf, type Address } from '../model/address.ts'
import type { ServiceObject } from '../model/objects.ts'

export interface Wish {
  readonly service: ServiceObject
  readonly claim: Claim
  /** What its status lists. */
  readonly status: readonly Address[]
  /** With a fault, they may be any. */
  readonly families: Families
  readonly pool: string | undefined
  /** The exact addresses asked for; empty = any. */
  readonly addresses: readonly Address[]
  /** A fault of the Service itself, for which it gets nothing new whatever is free. */
  readonly fault: Refusal | undefined
  /** With a fault: whether the Service keeps what it holds while the fault lasts. */
  readonly keepsCurrent: boolean
}

export function wishOf(service: ServiceObject): Wish {
  const families = familiesOf(service)
  const known = !isRefusal(families)
  const asked = known ? (policyConflict(service, families) ?? requestedAddresses(service)) : families
  const sound = !isRefusal(asked)
  return {
    service,
    claim: claimOf(service),
    status: statusAddresses(service),
    families: known ? families : anyFamilies,
    pool: requestedPool(service),
    addresses: sound ? asked : [],
    fault: sound ? undefined : asked,
    // Dual stack that the cluster cannot give is withdrawn; cluster IPs that cannot be read prove nothing.
    keepsCurrent: sound || asked.reason !== 'NotEnoughClusterIPs',
  }
}

/** A request has to name exactly one address of each family of the Service. */
export function requestConflict(addresses: readonly Address[], families: Families): Refusal | undefined {
  const requested = addresses.map(familyOf)
  if (requested.join(' and ') === families.all.join(' and ')) return undefined
  return {
    reason: 'FamilyMismatch',
    message: `the request for ${addresses.join(', ')} does not match the ipFamily of the service: requested ${requested.join(' and ')}, the Service has ${families.all.join(' and ')}`,
  }
}
