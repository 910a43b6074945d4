/* Which IP families a Service needs addresses of. */
import type { Refusal } from './refusal.ts'
import { familyOf, parseAddress, type Family } from '../model/address.ts'
import type { ServiceObject } from '../model/objects.ts'
import { quote } from '../model/wording.ts'

export interface Families {
  /** The families of the Service; IPv4 before IPv6. */
  readonly all: readonly Family[]
  /** Two families, of which one will do: PreferDualStack. */
  readonly eitherWillDo: boolean
  /** Tried first when only one of the two is to be had. */
  readonly primary: Family
}

const both: readonly Family[] = ['IPv4', 'IPv6']

/** For a Service whose families cannot be told. */
export const anyFamilies: Families = { all: both, eitherWillDo: true, primary: 'IPv4' }

const single: Readonly<Record<Family, readonly Family[]>> = { IPv4: ['IPv4'], IPv6: ['IPv6'] }

/**
 * Cluster IPs decide, as the cluster can carry traffic of their families only. A Service without any (a manifest that
 * no API server has completed) gets what `ipFamilies` and `ipFamilyPolicy` say, IPv4 by default.
 */
export function familiesOf(service: ServiceObject): Families | Refusal {
  const { ipFamilyPolicy = 'SingleStack', ipFamilies = [] } = service.spec
  const primary: Family = ipFamilies[0] === 'IPv6' ? 'IPv6' : 'IPv4'
  const clusterIPs = clusterIPsOf(service)
  const all = clusterIPs.length === 0 ? declaredFamilies(service, primary) : familiesOfIPs(clusterIPs)
  if (all === undefined) {
    return {
      reason: 'InvalidClusterIPs',
      message: `cluster IPs are ${clusterIPs.join(', ')}; allowed: one IP address, or one of each family`,
    }
  }
  if (ipFamilyPolicy === 'RequireDualStack' && all.length < 2) {
    return {
      reason: 'NotEnoughClusterIPs',
      message: `not enough clusterips: RequireDualStack needs one of each family, found ${clusterIPs.join(', ')}`,
    }
  }
  return { all, eitherWillDo: all.length === 2 && ipFamilyPolicy === 'PreferDualStack', primary }
}

/** Two families under a policy of one: the API server refuses this, so nothing new is allocated for it. */
export function policyConflict({ spec }: ServiceObject, { all }: Families): Refusal | undefined {
  const { ipFamilyPolicy = 'SingleStack' } = spec
  if (all.length < 2 || ipFamilyPolicy !== 'SingleStack') return undefined
  return {
    reason: 'FamilyMismatch',
    message: `ipFamilyPolicy is ${quote(ipFamilyPolicy)}, but the Service has two IP families; allowed: PreferDualStack or RequireDualStack`,
  }
}

function clusterIPsOf({ spec }: ServiceObject): readonly string[] {
  const { clusterIPs = [], clusterIP = '' } = spec
  return clusterIPs.length === 0 && clusterIP !== '' ? [clusterIP] : clusterIPs
}

function familiesOfIPs(ips: readonly string[]): readonly Family[] | undefined {
  const addresses = ips.map(parseAddress)
  const [first, second] = addresses.map((address) => address && familyOf(address))
  if (first === undefined || ips.length > 2) return undefined
  if (ips.length === 1) return single[first]
  return second === undefined || second === first ? undefined : both
}

function declaredFamilies({ spec }: ServiceObject, primary: Family): readonly Family[] {
  const { ipFamilyPolicy = 'SingleStack', ipFamilies = [] } = spec
  return ipFamilyPolicy === 'SingleStack' && ipFamilies.length < 2 ? single[primary] : both
}
