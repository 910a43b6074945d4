/* Why a node is silent, in one sentence for a person. */
import type { Claim } from './claims.ts'
import type { NodeView } from './node-view.ts'
import type { ServiceView } from './service-view.ts'
import { few, oneOf } from '../model/wording.ts'
import type { ReasonCode } from '../reasons.ts'

/** For reasons that concern the Service as a whole. */
export function serviceMessage(reason: ReasonCode, service: ServiceView, claim?: Claim): string {
  const addresses = service.addresses.join(', ')
  switch (reason) {
    case 'NoAddress':
      return `${service.name} has no address to announce`
    case 'AddressOutsidePools':
      return `${addresses} of ${service.name}: not in one pool`
    case 'NoAdvertisement':
      return `no advertisement selects pool ${service.pool}`
    case 'ServiceNotSelected':
      return `no ${claim?.announcer.name ?? ''} advertisement of pool ${service.pool} selects the labels of ${service.name}`
    case 'SharedAddressWithServiceSelectors':
      return `${service.name} may share its address, and ${selectiveAds(claim)} has serviceSelectors`
    default:
      return `no endpoint of ${service.name} can serve on any node`
  }
}

/** For reasons that concern one node. */
export function nodeMessage(reason: ReasonCode, claim: Claim, node: NodeView): string {
  switch (reason) {
    case 'NodeDead':
      return `${node.name} is down`
    case 'NodeNotSelected':
      return `nodeSelectors of ${adNames(claim)} do not select ${node.name}`
    case 'NodeNetworkUnavailable':
      return `${node.name} has the condition NetworkUnavailable`
    case 'NodeExcluded':
      return `${node.name} carries the label node.kubernetes.io/exclude-from-external-load-balancers`
    case 'NodeDraining':
      return `${node.name} is being drained, and other nodes announce the address`
    case 'NoReadyEndpoint':
      return `externalTrafficPolicy is Local and no endpoint of ${claim.service.name} can serve on ${node.name}${elsewhere(claim)}`
    case 'DataPathShut':
      return `connections to ${claim.service.addresses.join(', ')} through the proxy of ${node.name} fail, and another node does better`
    case 'NodeDamped':
      return `${node.name} came back from the dead again and again: it gets nothing new until it has been calm`
    case 'NoPeer':
      return `no BGPPeer of ${adNames(claim)} applies to ${node.name}`
    default:
      return serviceMessage(reason, claim.service, claim)
  }
}

export function adNames(claim: Claim): string {
  return oneOf(claim.ads.map(({ ad }) => ad.ref))
}

function selectiveAds(claim: Claim | undefined): string {
  return oneOf((claim?.ads ?? []).filter(({ ad }) => ad.serviceSelectors.length > 0).map(({ ad }) => ad.ref))
}

function elsewhere({ service }: Claim): string {
  const nodes = [...service.endpoints.byNode.keys()].sort()
  if (nodes.length > 0) return `; it can on ${few(nodes)}`
  return service.endpoints.total > 0 ? '; its endpoints name no node' : ''
}
