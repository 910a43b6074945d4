/* Every-node placement: all eligible nodes announce, and every other node learns why it does not. */
import { everyNodeFault, type Claim } from './claims.ts'
import { nodesIn, type Detail } from './detail.ts'
import { groupByPeers, offersOn, type Conflict, type NodeOffer } from './every-node.ts'
import { nodeMessage } from './messages.ts'
import type { NodeView } from './node-view.ts'
import { bySomeNode, silenceOf, type Part } from './part.ts'
import { claimsOfAll, type Scene } from './scene.ts'
import type { Address } from '../model/address.ts'
import type { Announcement, Silence } from '../model/decisions.ts'

export function everyNodePart(scene: Scene, claim: Claim, detail: Detail): Part {
  const silences: Silence[] = []
  const eligible: NodeView[] = []
  for (const node of nodesIn(scene.landscape, detail)) {
    const reason = everyNodeFault(scene.landscape, claim, node)
    if (reason === undefined) eligible.push(node)
    else silences.push(silenceOf(claim, node, reason, nodeMessage(reason, claim, node)))
  }
  if (eligible.length === 0) return { announcements: bySomeNode(scene, claim), silences, conflicts: [] }
  const found = claim.service.addresses.map((address) => announceOn(scene, claim, address, eligible))
  const announcements = found.flatMap(({ announcements }) => announcements)
  const conflicts = found.flatMap(({ conflicts }) => conflicts)
  return { announcements, silences: [...silences, ...outbid(claim, eligible, announcements)], conflicts }
}

/** Eligible nodes that lost every peer to an advertisement of a Service that shares the address. */
function outbid(
  claim: Claim,
  eligible: readonly NodeView[],
  announcements: readonly Announcement[],
): Silence[] {
  const announcing = new Set(announcements.flatMap(({ nodes }) => nodes))
  const reason = 'ConflictingAttributes'
  const message = 'an advertisement that comes first by name gives the prefix another localPref'
  return eligible
    .filter(({ name }) => !announcing.has(name))
    .map((node) => silenceOf(claim, node, reason, message))
}

function announceOn(
  scene: Scene,
  claim: Claim,
  address: Address,
  nodes: readonly NodeView[],
): { readonly announcements: Announcement[]; readonly conflicts: Conflict[] } {
  const sharing = claimsOfAll(scene.landscape, scene.services, scene.sharing.holdersOf(address))
  const rivals = sharing.filter(({ announcer }) => announcer === claim.announcer)
  const byNode = new Map<string, readonly NodeOffer[]>()
  const conflicts: Conflict[] = []
  for (const node of nodes) {
    const found = offersOn(scene.landscape, claim, address, { node, rivals })
    byNode.set(node.name, found.offers)
    conflicts.push(...found.conflicts)
  }
  return { announcements: groupByPeers(claim.service.name, address, byNode), conflicts }
}
