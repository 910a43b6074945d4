/* What one claim contributes to the outcome of its Service. */
import type { Claim } from './claims.ts'
import { announcementOf, type Conflict, type NodeOffer } from './every-node.ts'
import { speaksToPeers } from './landscape.ts'
import type { NodeView } from './node-view.ts'
import type { Scene } from './scene.ts'
import type { Announcement, Election, Silence } from '../model/decisions.ts'
import type { ReasonCode } from '../reasons.ts'

export interface Part {
  readonly announcements: readonly Announcement[]
  readonly silences: readonly Silence[]
  readonly election?: Election
  readonly conflicts: readonly Conflict[]
}

export function silenceOf(claim: Claim, node: NodeView, reason: ReasonCode, message: string): Silence {
  return { service: claim.service.name, node: node.name, announcer: claim.announcer.name, reason, message }
}

/** The input has no Nodes and names none that may announce: some other node will, and nobody can say which. */
export function bySomeNode(scene: Scene, claim: Claim): Announcement[] {
  if (scene.nodesKnown || claim.fault !== undefined) return []
  const offerOf = (ad: Claim['ads'][number]): NodeOffer =>
    speaksToPeers(claim.announcer) ? { ad, peers: scene.landscape.peersAnywhere(ad) } : { ad }
  const offers = claim.ads.map(offerOf).filter(({ peers }) => peers?.length !== 0)
  return claim.service.addresses.flatMap((address) =>
    offers.map((offer) => announcementOf(claim.service.name, address, offer, [])),
  )
}
