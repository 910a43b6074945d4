/*
 * A claim is a Service's wish to be announced through one announcer. The gates it passes, in order: those of the
 * Service as a whole, then those of each node.
 */
import { hostsEndpoint, servesSomewhere } from './endpoint-view.ts'
import { speaksToPeers, type Coverage, type Landscape, type PlacedAdvertisement } from './landscape.ts'
import type { NodeView } from './node-view.ts'
import type { ServiceView } from './service-view.ts'
import type { AnnouncerInfo } from '../model/facts.ts'
import type { Shutness } from '../election/order.ts'
import { selectsAny } from '../model/selector.ts'
import type { ReasonCode } from '../reasons.ts'

export interface Claim {
  readonly service: ServiceView
  readonly announcer: AnnouncerInfo
  /** Those that select the Service, whichever nodes they select; in the order of their references. */
  readonly ads: readonly PlacedAdvertisement[]
  /** What keeps the Service silent on every node. */
  readonly fault?: ReasonCode
}

/** Why a Service cannot even claim: it has nothing to announce, or nobody to announce it. */
export function unclaimed(landscape: Landscape, service: ServiceView): ReasonCode | undefined {
  if (service.addresses.length === 0) return 'NoAddress'
  if (service.pool === undefined) return 'AddressOutsidePools'
  return landscape.covering(service.pool).length === 0 ? 'NoAdvertisement' : undefined
}

/** One claim per announcer whose advertisements select the Service's pool, sorted by announcer. */
export function claimsOf(landscape: Landscape, service: ServiceView): Claim[] {
  if (unclaimed(landscape, service) !== undefined || service.pool === undefined) return []
  return landscape.covering(service.pool).map((coverage) => claimOf(service, coverage))
}

function claimOf(service: ServiceView, { announcer, ads, selective }: Coverage): Claim {
  const own = selective ? ads.filter(({ ad }) => selectsAny(ad.serviceSelectors, service.labels)) : ads
  const fault = faultOf(service, announcer, own)
  return fault === undefined ? { service, announcer, ads: own } : { service, announcer, ads: own, fault }
}

function faultOf(
  service: ServiceView,
  announcer: AnnouncerInfo,
  ads: readonly PlacedAdvertisement[],
): ReasonCode | undefined {
  if (ads.length === 0) return 'ServiceNotSelected'
  // Services on one address may have different labels: with service selectors their winners could differ.
  const mustAgree = announcer.placement === 'one-node' && service.shares
  if (mustAgree && ads.some(({ ad }) => ad.serviceSelectors.length > 0))
    return 'SharedAddressWithServiceSelectors'
  return servesSomewhere(service.endpoints) ? undefined : 'NoReadyEndpointAnywhere'
}

/** What keeps the node from announcing the claim; the first gate that it does not pass. */
export function nodeFault(landscape: Landscape, claim: Claim, node: NodeView): ReasonCode | undefined {
  if (claim.fault !== undefined) return claim.fault
  if (!selectsNode(claim, node.name)) return 'NodeNotSelected'
  if (node.fault !== undefined) return node.fault
  const { local, endpoints } = claim.service
  if (local && !hostsEndpoint(endpoints, node.name)) return 'NoReadyEndpoint'
  if (!speaksToPeers(claim.announcer)) return undefined
  const reached = claim.ads.some(
    (ad) => ad.scores.has(node.name) && landscape.peersOf(ad, node.name).length > 0,
  )
  return reached ? undefined : 'NoPeer'
}

/** The data path from the node to the Service, where an advertisement asks for it to be open. */
export function shutnessFor(landscape: Landscape, { service, ads }: Claim, node: string): Shutness {
  const found = landscape.shutness(service.addresses, node)
  return found > 0 && ads.some(({ ad }) => ad.gated === true) ? found : 0
}

/**
 * The same where all eligible nodes announce: one that is being drained, or whose data path is shut, does so only as
 * long as no better one does.
 */
export function everyNodeFault(landscape: Landscape, claim: Claim, node: NodeView): ReasonCode | undefined {
  const fault = nodeFault(landscape, claim, node)
  if (fault !== undefined) return fault
  const own = reluctance(landscape, claim, node)
  if (own === 0 || !isAnnouncedBesides(landscape, claim, own)) return undefined
  return own > 1 ? 'DataPathShut' : 'NodeDraining'
}

/** 0: none. A drained node that reaches the Service is better than one that does not. */
function reluctance(landscape: Landscape, claim: Claim, { name, draining }: NodeView): number {
  return 2 * shutnessFor(landscape, claim, name) + (draining ? 1 : 0)
}

/** By a node with less reluctance, which is not silent for want of a first success. */
function isAnnouncedBesides(landscape: Landscape, claim: Claim, own: number): boolean {
  for (const node of landscape.nodes.values()) {
    const better = reluctance(landscape, claim, node) < own && !isUntried(landscape, claim, node.name)
    if (better && nodeFault(landscape, claim, node) === undefined) return true
  }
  return false
}

function isUntried(landscape: Landscape, { service, ads }: Claim, node: string): boolean {
  return landscape.isUntried(service.addresses, node) && ads.some(({ ad }) => ad.gated === true)
}

/** A plain loop: this is asked for every Service on every node, several times. */
function selectsNode({ ads }: Claim, node: string): boolean {
  for (const { scores } of ads) if (scores.has(node)) return true
  return false
}
