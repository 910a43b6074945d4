/* Whether this node may take part, and how a pause or a start ends. */
import { later, milliseconds, since, type Duration, type Instant } from '../model/duration.ts'
import { hasAnswered, isReliable, isThere } from './peer.ts'
import { forgetOwnReturns, ownReturns } from './returns.ts'
import type { MembershipState, Phase } from './state.ts'
import type { MembershipTiming } from './timing.ts'
import type { Turn } from './turn.ts'
import { becomeWatcher } from './watch.ts'

/** One beat may be lost and one under way. */
const beatsToProve = 3

export function listeningFrom(at: 'listening' | 'resuming', now: Instant, timing: MembershipTiming): Phase {
  return { at, from: now, until: later(now, timing.deadAfter) }
}

/** May this node speak for an address that one node must speak for, right now? Who leaves does until it is relieved. */
export function maySpeak(state: MembershipState): boolean {
  return (state.phase.at === 'active' || state.phase.at === 'leaving') && !cutOff(state) && inMajority(state)
}

/** Deaf among several: it is more likely that this node is cut off than that all the others are gone. */
export function cutOff({ deaf, peers }: MembershipState): boolean {
  return deaf && peers.size > 1
}

/** The same without the short silence after a pause or of the deaf, in which rights are kept but not used. */
export function takesPart(state: MembershipState): boolean {
  return (state.phase.at === 'active' || state.phase.at === 'resuming') && inMajority(state)
}

function inMajority({ policy, peers, self }: MembershipState): boolean {
  if (policy === 'available') return true
  let reached = 1
  for (const peer of peers.all) if (isReliable(peer)) reached++
  const margin = 2 * reached - (peers.size + 1)
  if (margin !== 0) return margin > 0
  const first = [self, ...peers.names].toSorted()[0] as string
  const peer = peers.get(first)
  return peer === undefined || isReliable(peer)
}

/** A gap in our own clock: whatever we thought we may do is in doubt until the others have been asked. */
export function noticePause(turn: Turn): void {
  const { state, now } = turn
  const gap = since(state.lastEvent, now)
  state.lastEvent = now
  if (state.peers.size === 0 || gap <= 2 * state.timing.beatEvery) return
  // We were not there to hear: two beats' time for everybody, whatever the length of the gap.
  const grace = milliseconds(state.timing.deadAfter - 2 * state.timing.beatEvery)
  state.judgesFrom = Math.max(state.judgesFrom, now - grace) as Instant
  state.heardAnyAt = Math.max(state.heardAnyAt, now - grace) as Instant
  if (gap <= state.timing.pauseAfter || state.phase.at === 'leaving') return
  turn.effects.push({ type: 'paused', gap })
  doubtOurselves(turn)
}

/** Silent until the peers have told what happened meanwhile. */
export function doubtOurselves(turn: Turn): void {
  const { state, now } = turn
  state.judgesFrom = now
  state.heardAnyAt = now
  const at = state.phase.at === 'listening' ? 'listening' : 'resuming'
  state.phase = listeningFrom(at, now, state.timing)
  forgetOwnReturns(turn)
  turn.askAll()
}

export function endListening(turn: Turn): void {
  const { state, now } = turn
  const { phase } = state
  if (phase.at !== 'listening' && phase.at !== 'resuming') return
  const over = phase.at === 'listening' ? heardEnough(turn, phase.from) : answeredEnough(turn, phase.from)
  if (!over && now < phase.until) return
  state.phase = { at: 'active' }
  state.judgesFrom = now
  becomeWatcher(turn)
  turn.spread(ownReturns(turn))
}

/**
 * Listening ends early once every peer that is thought alive has answered, with all that it knows of addresses: that it
 * was heard does not say that its answer was. Those never
 * heard get the whole threshold, as does a node that has nobody to hear; those thought dead a few beats' time.
 */
function heardEnough({ state, now }: Turn, from: Instant): boolean {
  const { all } = state.peers
  if (all.length === 0) return true
  if (!all.some(isThere) || all.some(({ verdict }) => verdict === 'unheard')) return false
  const told = all.filter(isThere).every((peer) => hasAnswered(peer, state.nonce))
  return told && (all.every(isThere) || since(from, now) >= beatsToProve * state.timing.beatEvery)
}

/** All that are thought alive have answered; or, when some do not, half of them after two beats. */
function answeredEnough({ state, now }: Turn, from: Instant): boolean {
  const there = state.peers.all.filter(isThere)
  if (there.length === 0) return false
  const answered = there.filter((peer) => hasAnswered(peer, state.nonce)).length
  const patience: Duration = milliseconds(2 * state.timing.beatEvery)
  return answered === there.length || (since(from, now) >= patience && 2 * answered >= there.length)
}
