/*
 * Every-node placement: which node offers which address through which advertisement, to which peers. Two
 * advertisements with different local preferences for one prefix towards one peer contradict each other: the first by
 * name keeps the peer.
 */
import { nodeFault, type Claim } from './claims.ts'
import { speaksToPeers, type Landscape, type PlacedAdvertisement } from './landscape.ts'
import type { NodeView } from './node-view.ts'
import { bitsOf, familyOf, type Address } from '../model/address.ts'
import { compareText, groupBy } from '../model/collections.ts'
import type { Announcement } from '../model/decisions.ts'

/** `later` loses `peer` for the address to `first`. */
export interface Conflict {
  readonly later: PlacedAdvertisement
  readonly first: PlacedAdvertisement
  readonly service: string
  readonly address: Address
  readonly peer: string
}

export interface NodeOffer {
  readonly ad: PlacedAdvertisement
  /** Absent for an announcer without peers. */
  readonly peers?: readonly string[]
}

export interface NodeOffers {
  readonly offers: readonly NodeOffer[]
  readonly conflicts: readonly Conflict[]
}

/**
 * What one node offers for one address of `claim`. `rivals`: the claims of all Services that hold the address, this
 * one included, as they share the prefix.
 */
export function offersOn(
  landscape: Landscape,
  claim: Claim,
  address: Address,
  { node, rivals }: { readonly node: NodeView; readonly rivals: readonly Claim[] },
): NodeOffers {
  if (!speaksToPeers(claim.announcer)) {
    return {
      offers: claim.ads.filter(({ scores }) => scores.has(node.name)).map((ad) => ({ ad })),
      conflicts: [],
    }
  }
  const taken = new Map<string, PlacedAdvertisement>()
  const offers: NodeOffer[] = []
  const conflicts: Conflict[] = []
  for (const ad of activeAds(landscape, rivals, node)) {
    const own = claim.ads.includes(ad)
    const peers = landscape.peersOf(ad, node.name).filter((peer) => {
      const key = `${prefixLength(ad.ad.options, address)} ${peer}`
      const first = taken.get(key) ?? ad
      taken.set(key, first)
      if (localPref(first) === localPref(ad)) return true
      if (own) conflicts.push({ later: ad, first, service: claim.service.name, address, peer })
      return false
    })
    if (own && peers.length > 0) offers.push({ ad, peers })
  }
  return { offers, conflicts }
}

/** Prefix length that a BGP advertisement with these options announces the address with. */
export function prefixLength(options: Announcement['options'], address: Address): number {
  const family = familyOf(address)
  const length = options[family === 'IPv4' ? 'aggregationLength' : 'aggregationLengthV6']
  return typeof length === 'number' ? length : bitsOf(family)
}

/** One announcement per advertisement and set of peers; nodes with other peers get one of their own. */
export function groupByPeers(
  service: string,
  address: Address,
  byNode: ReadonlyMap<string, readonly NodeOffer[]>,
): Announcement[] {
  const single = [...byNode].flatMap(([node, offers]) => offers.map((offer) => ({ node, offer })))
  const groups = groupBy(single, ({ offer }) => [offer.ad.ad.ref, ...(offer.peers ?? [])].join('\n'))
  return [...groups.values()].flatMap((group) => {
    const offer = group[0]?.offer
    const nodes = group.map(({ node }) => node)
    return offer === undefined ? [] : [announcementOf(service, address, offer, nodes)]
  })
}

export function announcementOf(
  service: string,
  address: Address,
  { ad: { ad }, peers }: NodeOffer,
  nodes: readonly string[],
): Announcement {
  return {
    service,
    address,
    announcer: ad.announcer,
    advertisement: ad.ref,
    nodes: nodes.toSorted(),
    options: ad.options,
    ...(peers === undefined ? {} : { peers }),
  }
}

/** The advertisements in force on the node for Services that share an address, in the order of their names. */
function activeAds(landscape: Landscape, claims: readonly Claim[], node: NodeView): PlacedAdvertisement[] {
  const eligible = claims.filter((claim) => nodeFault(landscape, claim, node) === undefined)
  const ads = new Set(eligible.flatMap((claim) => claim.ads).filter(({ scores }) => scores.has(node.name)))
  return [...ads].sort((a, b) => compareText(a.ad.name, b.ad.name) || compareText(a.ad.ref, b.ad.ref))
}

function localPref({ ad }: PlacedAdvertisement): unknown {
  return ad.options['localPref']
}
