/* Requests of Services that no pool could ever meet: faults of the manifest, not of the moment. */
import { annotationOf, misspeltAnnotations } from './allocator/annotations.ts'
import type { Assignment, Problem } from './model/decisions.ts'
import { below } from './model/field-path.ts'
import { nameOf, refOf, type ServiceObject } from './model/objects.ts'
import type { ReasonCode } from './reasons.ts'

/** What has to be edited in the Service: the pool it names, or the addresses. */
const faulty: Partial<Record<ReasonCode, 'address-pool' | 'loadBalancerIPs'>> = {
  UnknownPool: 'address-pool',
  InvalidRequest: 'loadBalancerIPs',
  ConflictingRequests: 'loadBalancerIPs',
  AddressNotInPool: 'loadBalancerIPs',
  FamilyMismatch: 'loadBalancerIPs',
}

export function requestProblems(
  services: readonly ServiceObject[],
  assignments: readonly Assignment[],
): Problem[] {
  const objects = new Map(services.map((service) => [nameOf(service), service]))
  return assignments.flatMap(({ service, reason, message }) => {
    const object = objects.get(service)
    if (object === undefined) return []
    const request = faulty[reason]
    const field = request && fieldOf(object, request)
    const own = field === undefined ? [] : [{ object: refOf(object), field, reason, message }]
    return [...own, ...misspellings(object)]
  })
}

/** MetalLB passes over them without a word, and the Service gets any address. */
function misspellings(object: ServiceObject): Problem[] {
  return misspeltAnnotations(object).map(({ name, hint }) => ({
    object: refOf(object),
    field: below('metadata.annotations', name),
    reason: 'UnknownField',
    message: `nobody reads this annotation${hint}`,
  }))
}

/** Absent when the Service makes no such request: then the fault lies elsewhere. */
function fieldOf(object: ServiceObject, request: 'address-pool' | 'loadBalancerIPs'): string | undefined {
  if (annotationOf(object, request) !== undefined) {
    const present = `metallb.io/${request}`
    const annotated = Object.hasOwn(object.metadata.annotations ?? {}, present)
    return below('metadata.annotations', annotated ? present : `metallb.universe.tf/${request}`)
  }
  if (request === 'address-pool' || object.spec.loadBalancerIP === undefined) return undefined
  return 'spec.loadBalancerIP'
}
