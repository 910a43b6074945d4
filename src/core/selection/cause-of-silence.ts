/* Why nobody announces a Service: of all its obstacles the one that is closest to success. */
import type { Claim } from './claims.ts'
import { hostsEndpoint } from './endpoint-view.ts'
import { closestToSuccess } from './gates.ts'
import { adNames, serviceMessage } from './messages.ts'
import type { ServiceView } from './service-view.ts'
import type { Silence, Unannounced } from '../model/decisions.ts'
import type { ReasonCode } from '../reasons.ts'

/** `silences`: those of the Service, on all nodes and through all announcers; empty where no node is known. */
export function causeOfSilence(
  service: ServiceView,
  claims: readonly Claim[],
  { silences, nodesKnown }: { readonly silences: readonly Silence[]; readonly nodesKnown: boolean },
): Unannounced {
  const alone = silences.filter((silence) => !lacksEndpointBesides(service, silence))
  const example = closestToSuccess(alone) ?? closestToSuccess(silences)
  if (example === undefined) return withoutNodes(service, claims, nodesKnown)
  const claim = claims.find(({ announcer }) => announcer.name === example.announcer)
  const message = claim === undefined ? example.message : messageFor(example, claim, silences)
  return { service: service.name, reason: example.reason, message }
}

const ofTheNode: ReadonlySet<ReasonCode> = new Set([
  'NodeNotSelected',
  'NodeDead',
  'NodeNetworkUnavailable',
  'NodeExcluded',
])

/** Policy Local would keep the node silent as well: it is no remedy to do away with its other obstacle. */
function lacksEndpointBesides({ endpoints, local }: ServiceView, { node, reason }: Silence): boolean {
  return local && ofTheNode.has(reason) && !hostsEndpoint(endpoints, node)
}

function messageFor({ reason, message }: Silence, claim: Claim, silences: readonly Silence[]): string {
  const nodes = new Set(silences.filter((found) => found.reason === reason).map(({ node }) => node)).size
  if (claim.fault !== undefined || nodes === 1) return message
  if (reason === 'NodeNotSelected')
    return `nodeSelectors of ${adNames(claim)} select none of the ${nodes} nodes`
  return `${message}; the same on ${nodes - 1} more`
}

/** No node is known, so only what concerns the Service as a whole can be the cause. */
function withoutNodes(service: ServiceView, claims: readonly Claim[], nodesKnown: boolean): Unannounced {
  const { name } = service
  const sound = claims.find(({ fault }) => fault === undefined)
  if (sound !== undefined && !nodesKnown) {
    return { service: name, reason: 'NoPeer', message: `no BGPPeer of ${adNames(sound)} exists` }
  }
  if (sound !== undefined) return { service: name, reason: 'NoNode', message: 'there is no Node at all' }
  const faults = claims.flatMap((claim) =>
    claim.fault === undefined ? [] : [{ claim, reason: claim.fault }],
  )
  const closest = closestToSuccess(faults)
  const reason = closest?.reason ?? 'NoAdvertisement'
  return { service: name, reason, message: serviceMessage(reason, service, closest?.claim) }
}
