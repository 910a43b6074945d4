/* What becomes of one Service: its announcements, the elections behind them, and the reason of every silent node. */
import { causeOfSilence } from './cause-of-silence.ts'
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
import type { Announcement, Election, Silence, Unannounced } from '../model/decisions.ts'

export interface Outcome {
  /** Sorted by address, announcer, advertisement. */
  readonly announcements: readonly Announcement[]
  /** Sorted by announcer. */
  readonly elections: readonly Election[]
  /** Sorted by node, announcer. */
  readonly silences: readonly Silence[]
  /** Present when the Service has addresses and no announcement. */
  readonly unannounced?: Unannounced
  readonly conflicts: readonly Conflict[]
}

export function outcomeOf(scene: Scene, service: ServiceView): Outcome {
  const reason = unclaimed(scene.landscape, service)
  if (reason !== undefined) {
    const message = serviceMessage(reason, service)
    const nodes = scene.landscape.sortedNodes
    const silences = nodes.map(({ name }) => ({ service: service.name, node: name, reason, message }))
    const unannounced =
      reason === 'NoAddress' ? {} : { unannounced: { service: service.name, reason, message } }
    return { announcements: [], elections: [], silences, conflicts: [], ...unannounced }
  }
  const claims = claimsOf(scene.landscape, service)
  const parts = claims.map((claim) => partOf(scene, claim))
  const announcements = parts.flatMap(({ announcements }) => announcements).sort(compareAnnouncements)
  const silences = parts.flatMap(({ silences }) => silences).sort((a, b) => compareText(a.node, b.node))
  const { nodesKnown } = scene
  return {
    announcements,
    elections: parts.flatMap(({ election }) => election ?? []),
    silences,
    conflicts: parts.flatMap(({ conflicts }) => conflicts),
    ...(announcements.length === 0
      ? { unannounced: causeOfSilence(service, claims, { silences, nodesKnown }) }
      : {}),
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
