/* What becomes of one Service: its announcements, the elections behind them, and the reason of every silent node. */
import { claimsOf, unclaimed, type Claim } from './claims.ts'
import { everyNodePart } from './every-node-part.ts'
import type { Conflict } from './every-node.ts'
import { serviceMessage } from './messages.ts'
import { oneNodePart } from './one-node-part.ts'
import { silenceOf, type Part } from './part.ts'
import type { Scene } from './scene.ts'
import type { ServiceView } from './service-view.ts'
import { compareAddresses } from '../model/address.ts'
import { compareText } from '../model/collections.ts'
import type { Announcement, Election, Silence } from '../model/decisions.ts'

export interface Outcome {
  /** Sorted by address, announcer, advertisement. */
  readonly announcements: readonly Announcement[]
  /** Sorted by announcer. */
  readonly elections: readonly Election[]
  /** Sorted by node, announcer. */
  readonly silences: readonly Silence[]
  readonly conflicts: readonly Conflict[]
}

export function outcomeOf(scene: Scene, service: ServiceView): Outcome {
  const reason = unclaimed(scene.landscape, service)
  if (reason !== undefined) {
    const message = serviceMessage(reason, service)
    const nodes = scene.landscape.sortedNodes
    const silences = nodes.map(({ name }) => ({ service: service.name, node: name, reason, message }))
    return { announcements: [], elections: [], silences, conflicts: [] }
  }
  const parts = claimsOf(scene.landscape, service).map((claim) => partOf(scene, claim))
  return {
    announcements: parts.flatMap(({ announcements }) => announcements).sort(compareAnnouncements),
    elections: parts.flatMap(({ election }) => election ?? []),
    silences: parts.flatMap(({ silences }) => silences).sort((a, b) => compareText(a.node, b.node)),
    conflicts: parts.flatMap(({ conflicts }) => conflicts),
  }
}

function partOf(scene: Scene, claim: Claim): Part {
  if (claim.fault !== undefined) return faultyPart(scene, claim, claim.fault)
  return claim.announcer.placement === 'one-node' ? oneNodePart(scene, claim) : everyNodePart(scene, claim)
}

function faultyPart(scene: Scene, claim: Claim, fault: NonNullable<Claim['fault']>): Part {
  const message = serviceMessage(fault, claim.service, claim)
  const silences = scene.landscape.sortedNodes.map((node) => silenceOf(claim, node, fault, message))
  return { announcements: [], silences, conflicts: [] }
}

function compareAnnouncements(a: Announcement, b: Announcement): number {
  return (
    compareAddresses(a.address, b.address) ||
    compareText(a.announcer, b.announcer) ||
    compareText(a.advertisement, b.advertisement) ||
    compareText(a.nodes[0] ?? '', b.nodes[0] ?? '')
  )
}
