/*
 * Which subnets a node is on, where somebody says so: by Herald's own annotation, or by the one Calico writes. A node
 * that answers for an address of a subnet it is not on is asked by nobody but routers, which may be what is wanted.
 */
import { familyOf, valueOf, type Address } from './address.ts'
import type { AddressRange } from './config.ts'
import { below } from './field-path.ts'
import type { NodeObject } from './objects.ts'
import { parseRange } from './range.ts'
import { quote } from './wording.ts'

/** CIDRs, separated by commas. */
export const subnetsAnnotation = 'heraldlb.io/subnets'
export const calicoAnnotations: readonly string[] = [
  'projectcalico.org/IPv4Address',
  'projectcalico.org/IPv6Address',
]

/** Whether a node is on the subnet of an address. */
export type SubnetStanding = 'on' | 'unknown' | 'off'

/** Undefined: nobody says. An entry that is no CIDR counts for nothing. */
export function subnetsOf({
  metadata: { annotations = {} },
}: NodeObject): readonly AddressRange[] | undefined {
  const own = annotations[subnetsAnnotation]?.split(',')
  const texts = own ?? calicoAnnotations.flatMap((name) => annotations[name] ?? [])
  const subnets = texts.flatMap((text) => cidr(text) ?? [])
  return subnets.length === 0 ? undefined : subnets
}

/** What is wrong with Herald's annotation, by field; Calico's is not ours to judge. */
export function subnetFaults({ metadata: { annotations = {} } }: NodeObject): {
  readonly field: string
  readonly message: string
}[] {
  const wrong = annotations[subnetsAnnotation]?.split(',').filter((text) => cidr(text) === undefined) ?? []
  const field = below('metadata.annotations', subnetsAnnotation)
  return wrong.map((text) => ({
    field,
    message: `found ${quote(text.trim())}, allowed: CIDRs as 192.0.2.0/24, separated by commas`,
  }))
}

/** Of a family that the subnets do not have, nothing is known. */
export function standingOn(subnets: readonly AddressRange[] | undefined, address: Address): SubnetStanding {
  const family = familyOf(address)
  const comparable = subnets?.filter((subnet) => subnet.family === family) ?? []
  if (comparable.length === 0) return 'unknown'
  const value = valueOf(address)
  return comparable.some(({ first, last }) => first <= value && value <= last) ? 'on' : 'off'
}

function cidr(text: string): AddressRange | undefined {
  if (!text.includes('/')) return undefined
  const parsed = parseRange(text)
  return 'range' in parsed ? parsed.range : undefined
}
