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

/** One value for all Services of one family: nearly everybody's. */
const alone: Readonly<Record<Family, Families>> = {
  IPv4: { all: single.IPv4, eitherWillDo: false, primary: 'IPv4' },
  IPv6: { all: single.IPv6, eitherWillDo: false, primary: 'IPv6' },
}

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
  const [first = primary, second] = all
  if (second === undefined) return alone[first]
  return { all, eitherWillDo: ipFamilyPolicy === 'PreferDualStack', primary }
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
  const [first, second] = [familyOfIP(ips[0]), familyOfIP(ips[1])]
  if (first === undefined || ips.length > 2) return undefined
  if (ips.length === 1) return single[first]
  return second === undefined || second === first ? undefined : both
}

function familyOfIP(ip = ''): Family | undefined {
  const address = parseAddress(ip)
  return address && familyOf(address)
}

function declaredFamilies({ spec }: ServiceObject, primary: Family): readonly Family[] {
  const { ipFamilyPolicy = 'SingleStack', ipFamilies = [] } = spec
  return ipFamilyPolicy === 'SingleStack' && ipFamilies.length < 2 ? single[primary] : both
}
