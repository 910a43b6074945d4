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
  'ConflictingAttributes',
  'SharedAddressHeldElsewhere',
  'NotElected',
]

/** The one that passed most gates; the first of several. */
export function closestToSuccess<Found extends { readonly reason: ReasonCode }>(
  obstacles: readonly Found[],
): Found | undefined {
  let closest: Found | undefined
  for (const obstacle of obstacles) {
    if (closest === undefined || gates.indexOf(obstacle.reason) > gates.indexOf(closest.reason)) {
      closest = obstacle
    }
  }
  return closest
}
