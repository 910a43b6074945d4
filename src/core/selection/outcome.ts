/* What becomes of one Service: its announcements, the elections behind them, and the reason of every silent node. */
import { causeOfSilence } from './cause-of-silence.ts'
import { claimsOf, unclaimed, type Claim } from './claims.ts'
import { fullDetail, nodesIn, type Detail } from './detail.ts'
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
  /** Present when the Service has addresses and no announcement; not told of one node alone. */
  readonly unannounced?: Unannounced
  readonly conflicts: readonly Conflict[]
}

export function outcomeOf(scene: Scene, service: ServiceView, detail: Detail = fullDetail): Outcome {
  const reason = unclaimed(scene.landscape, service)
  if (reason !== undefined) {
    const message = serviceMessage(reason, service)
    const nodes = nodesIn(scene.landscape, detail)
    const silences = nodes.map(({ name }) => ({ service: service.name, node: name, reason, message }))
    const unannounced =
      reason === 'NoAddress' ? {} : { unannounced: { service: service.name, reason, message } }
    return { announcements: [], elections: [], silences, conflicts: [], ...unannounced }
  }
  const claims = claimsOf(scene.landscape, service)
  const parts = claims.map((claim) => partOf(scene, claim, detail))
  const announcements = parts.flatMap(({ announcements }) => announcements).sort(compareAnnouncements)
  const silences = parts.flatMap(({ silences }) => silences).sort((a, b) => compareText(a.node, b.node))
  const { nodesKnown } = scene
  return {
    announcements,
    elections: parts.flatMap(({ election }) => election ?? []),
    silences,
    conflicts: parts.flatMap(({ conflicts }) => conflicts),
    ...(announcements.length === 0 && detail.node === undefined
      ? { unannounced: causeOfSilence(service, claims, { silences, nodesKnown }) }
      : {}),
  }
}

function partOf(scene: Scene, claim: Claim, detail: Detail): Part {
  if (claim.fault !== undefined) return faultyPart(scene, claim, claim.fault, detail)
  const part = claim.announcer.placement === 'one-node' ? oneNodePart : everyNodePart
  return part(scene, claim, detail)
}

function faultyPart(scene: Scene, claim: Claim, fault: NonNullable<Claim['fault']>, detail: Detail): Part {
  const message = serviceMessage(fault, claim.service, claim)
  const silences = nodesIn(scene.landscape, detail).map((node) => silenceOf(claim, node, fault, message))
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
