/* The gates between a Service and its announcement, in the order in which they are passed. */
import type { ReasonCode } from '../reasons.ts'

const gates: readonly ReasonCode[] = [
  'NoAddress',
  'AddressOutsidePools',
  'NoAdvertisement',
  'ServiceNotSelected',
  'SharedAddressWithServiceSelectors',
  'NoReadyEndpointAnywhere',
  'NoNode',
  'NodeNotSelected',
  'NodeDead',
  'NodeNetworkUnavailable',
  'NodeExcluded',
  'NoReadyEndpoint',
  'NoPeer',
  'NodeDraining',
  'DataPathShut',
  'DataPathUntested',
  'ConflictingAttributes',
  'SharedAddressHeldElsewhere',
  'NodeDamped',
  'NotElected',
]

const passed: ReadonlyMap<ReasonCode, number> = new Map(gates.map((reason, index) => [reason, index]))

/** Whether whoever is stopped by `a` has passed more gates than whoever is stopped by `b`. */
export function isCloserToSuccess(a: ReasonCode, b: ReasonCode): boolean {
  return (passed.get(a) ?? -1) > (passed.get(b) ?? -1)
}

/** The one that passed most gates; the first of several. */
export function closestToSuccess<Found extends { readonly reason: ReasonCode }>(
  obstacles: readonly Found[],
): Found | undefined {
  let closest: Found | undefined
  for (const obstacle of obstacles) {
    if (closest === undefined || isCloserToSuccess(obstacle.reason, closest.reason)) closest = obstacle
  }
  return closest
}
