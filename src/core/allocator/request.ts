/* What a Service asks for: a pool by name, exact addresses, or nothing in particular. */
import { annotationOf } from './annotations.ts'
import type { Refusal } from './refusal.ts'
import { familyOf, parseAddress, type Address } from '../model/address.ts'
import type { ServiceObject } from '../model/objects.ts'
import { quote } from '../model/wording.ts'

/** The pool named by the annotation, if any. */
export function requestedPool(service: ServiceObject): string | undefined {
  const name = annotationOf(service, 'address-pool')
  return name === '' ? undefined : name
}

const none: readonly Address[] = []

/** One address, or one of each family (IPv4 first); empty when none is asked for. */
export function requestedAddresses(service: ServiceObject): readonly Address[] | Refusal {
  const listed = annotationOf(service, 'loadBalancerIPs') ?? ''
  const field = service.spec.loadBalancerIP ?? ''
  if (listed !== '' && field !== '') {
    return {
      reason: 'ConflictingRequests',
      message: `addresses are requested by the annotation loadBalancerIPs (${quote(listed)}) and by spec.loadBalancerIP (${quote(field)}); allowed: one of the two`,
    }
  }
  if (field !== '') return parseList('spec.loadBalancerIP', [field])
  return listed === '' ? none : parseList('the annotation loadBalancerIPs', listed.split(','))
}

function parseList(source: string, items: readonly string[]): readonly Address[] | Refusal {
  const addresses: Address[] = []
  for (const item of items) {
    const address = parseAddress(item.trim())
    if (address === undefined) return invalid(`${source} holds ${quote(item.trim())}, which is no IP address`)
    addresses.push(address)
  }
  const [first, second, third] = addresses
  if (first === undefined || second === undefined) return addresses
  if (third !== undefined || familyOf(first) === familyOf(second)) {
    return invalid(
      `${source} asks for ${addresses.join(', ')}; allowed: one address, or one of each IP family`,
    )
  }
  return familyOf(first) === 'IPv4' ? [first, second] : [second, first]
}

function invalid(message: string): Refusal {
  return { reason: 'InvalidRequest', message }
}
