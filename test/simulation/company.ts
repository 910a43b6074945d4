/* When two nodes may answer for one address: one joining another, and for how long both. */
import { outranks } from '#core/membership/claims.ts'
import type { Address } from '#core/model/address.ts'

import { askingTime, betweenQuestions, consentBound, forBusy, longestOverlap } from './bounds.ts'
import { indexOfNode } from './names.ts'
import type { Scenario } from './scenario.ts'
import type { Watched } from './watched.ts'
import type { World } from './world.ts'

/** `index` begins to answer while `other` does. */
export function mayJoin(world: World, watched: Watched, index: number, other: number): boolean {
  return (
    agreed(watched, index, other) ||
    askedTogether(world, watched, other) ||
    consentUnderWay(world, watched, index, other) ||
    resumes(world, watched, index, other) ||
    asksAsFresh(world, watched, index) ||
    (world.network.clearFor(index, other) <= longestOverlap(world.scenario) &&
      !couldAsk(world, watched, index, other))
  )
}

/**
 * It begins under a new right, and when that was minted nothing on the segment kept it from hearing that the other one
 * answers. With the consent of a former owner it asks nobody, even where beyond a cut yet another one has just taken over.
 */
function couldAsk({ network, agenda }: World, watched: Watched, index: number, other: number): boolean {
  const grant = watched.grantOf(index)
  const counter = byConsent(watched, index) ? undefined : grant?.epoch.counter
  if (counter === undefined || watched.under.get(index) === counter) return false
  const paths = [network.segmentClearFor(index, other), network.segmentClearFor(index, network.client)]
  const { now } = agenda
  return now - Math.min(...paths) < (watched.mintedAt.get(index) ?? now) - askingTime
}

/** The later of the two took over from the earlier with its consent; the earlier may go on, and does not begin then. */
function agreed(watched: Watched, index: number, other: number): boolean {
  const [ours, theirs] = [watched.epochOf(index), watched.epochOf(other)]
  if (ours === undefined || theirs === undefined) return false
  if (outranks(ours, theirs)) return byConsent(watched, index)
  return watched.under.get(index) === ours.counter && byConsent(watched, other)
}

function byConsent(watched: Watched, index: number): boolean {
  return watched.grantOf(index)?.handover === true && watched.consented.get(index) !== false
}

/** Of one whom the node thinks alive, or of one who stopped so lately that it might as well have gone on. */
export function hasConsent(
  { scenario, agenda, endedAt, processes }: World,
  index: number,
  address: Address,
): boolean {
  const process = processes[index]
  if (process === undefined) return false
  const bound = consentBound(scenario, index)
  return process.claimantsOf(address).some((node) => {
    if (process.hearsOf(node)) return true
    const other = indexOfNode(node)
    const stops = processes[other]?.over === false && processes[other].leaving
    return stops || agenda.now - (endedAt.get(other) ?? -Infinity) <= bound
  })
}

/** The former owner's consent still stands for one whom the word has not reached that the other has taken over by it. */
function consentUnderWay(world: World, watched: Watched, index: number, other: number): boolean {
  const since = watched.from.get(other)
  if (since === undefined || !byConsent(watched, index) || !byConsent(watched, other)) return false
  return world.agenda.now - since <= longestOverlap(world.scenario)
}

/** Two that ask at the same time find the segment free; whose epoch is lower falls silent within the bound. */
function askedTogether({ agenda }: World, { from }: Watched, other: number): boolean {
  const since = from.get(other)
  return since !== undefined && agenda.now - since <= askingTime
}

/**
 * It answers while it asks, under a right that was fresh: of who answers already it cannot have heard, because that one has
 * been silent for less than it takes to be missed. It hears of it by its question.
 */
function asksAsFresh({ processes }: World, watched: Watched, index: number): boolean {
  const unsure = processes[index]?.responder.isUnsure(watched.address) === true
  return unsure && watched.grantOf(index)?.fresh === true
}

/**
 * It goes on after a pause, and its epoch is the higher one: the other was started meanwhile, or was beyond a cut, and
 * could not hear of it. That one falls silent within the bound. Beyond the cut the client may have been, too.
 */
function resumes(world: World, watched: Watched, index: number, other: number): boolean {
  const [ours, theirs] = [watched.epochOf(index), watched.epochOf(other)]
  if (ours === undefined || theirs === undefined || !outranks(ours, theirs)) return false
  if (watched.under.get(index) === ours.counter) return true
  const { stoppedUntil = 0 } = world.processes[index] ?? {}
  return stoppedUntil > 0 && world.agenda.now - stoppedUntil <= longestOverlap(world.scenario)
}

/** Two that have answered for longer than they may, and for how long. */
export function overlapOf(
  world: World,
  watched: Watched,
): { readonly one: number; readonly other: number; readonly both: number } | undefined {
  const { scenario, network, agenda } = world
  const { owners, from } = watched
  for (const one of owners)
    for (const other of owners) {
      if (one >= other) continue
      const bound = longestOverlap(scenario) + heirBusyFor(scenario, watched, one, other)
      const both = agenda.now - Math.max(from.get(one) ?? 0, from.get(other) ?? 0)
      if (both > bound && network.clearFor(one, other) > bound) return { one, other, both }
      const asks = asksAsFresh(world, watched, one) || asksAsFresh(world, watched, other)
      const heard = Math.min(both, network.segmentClearFor(one, other))
      if (asks && heard > betweenQuestions) return { one, other, both }
    }
  return undefined
}

/** Whoever agreed to be relieved answers until the heir's main thread has told that it serves. */
function heirBusyFor(scenario: Scenario, watched: Watched, one: number, other: number): number {
  const [ours, theirs] = [watched.epochOf(one), watched.epochOf(other)]
  if (ours === undefined || theirs === undefined) return 0
  const heir = outranks(ours, theirs) ? one : other
  return byConsent(watched, heir) ? forBusy(scenario, heir) : 0
}
