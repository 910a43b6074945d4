/*
 * Who is alive, as a pure state machine. Events and the time they happen at come in, datagrams to send and changes
 * to act on go out.
 *
 *   listening ──every peer heard, or deadAfter passed──► active ──stop──► leaving
 *       ▲                                                  │
 *       └───────────── a gap in our own clock ─────────────┘
 *
 * While listening, this node must not answer for an address that only one node may answer for: it cannot know
 * whether another node does.
 */
import { later, milliseconds, since, type Duration, type Instant } from '../model/duration.ts'
import type { Beat } from './beat.ts'
import type { BootId } from './boot.ts'
import { fellSilent, hear, heardSince, isBelieved, newPeer, type Disbelief, type Peer } from './peer.ts'
import type { MembershipTiming } from './timing.ts'

/** One beat may be lost and one under way. */
const beatsToProve = 3

export type Phase =
  | { readonly at: 'listening'; readonly from: Instant; readonly until: Instant }
  | { readonly at: 'active' }
  | { readonly at: 'leaving' }

export interface MembershipState {
  readonly self: string
  readonly boot: BootId
  readonly timing: MembershipTiming
  readonly phase: Phase
  readonly lastTick: Instant
  /** Sequence number of the last beat sent. */
  readonly sequence: number
  /** By node name; never contains `self`. */
  readonly peers: ReadonlyMap<string, Peer>
}

export interface ExpectedPeer {
  readonly node: string
  readonly addresses: readonly string[]
}

export type MembershipEvent =
  /** Comes every `beatEvery`. */
  | { readonly type: 'tick'; readonly now: Instant }
  /** A datagram with the right MAC. */
  | { readonly type: 'beat'; readonly now: Instant; readonly beat: Beat }
  /** The folder's Nodes changed. */
  | { readonly type: 'expect'; readonly now: Instant; readonly peers: readonly ExpectedPeer[] }
  | { readonly type: 'leave' }

export type MembershipEffect =
  | { readonly type: 'send'; readonly addresses: readonly string[]; readonly beat: Beat }
  /** The members or the phase changed. */
  | { readonly type: 'changed' }
  /** This process stood still for `gap`. */
  | { readonly type: 'paused'; readonly gap: Duration }
  | { readonly type: 'disbelieved'; readonly from: string; readonly why: Disbelief }

export interface Step {
  readonly state: MembershipState
  readonly effects: readonly MembershipEffect[]
}

export function initialState(
  identity: { readonly self: string; readonly boot: BootId },
  timing: MembershipTiming,
  now: Instant,
): MembershipState {
  const phase = listeningFrom(now, timing)
  return { ...identity, timing, phase, lastTick: now, sequence: 0, peers: new Map() }
}

export function transition(state: MembershipState, event: MembershipEvent): Step {
  switch (event.type) {
    case 'tick':
      return onTick(state, event.now)
    case 'beat':
      return onBeat(state, event.beat, event.now)
    case 'expect':
      return onExpect(state, event.peers, event.now)
    case 'leave':
      return beatToAll({ ...state, phase: { at: 'leaving' } })
  }
}

function onTick(state: MembershipState, now: Instant): Step {
  const gap = since(state.lastTick, now)
  const missed = gap > state.timing.pauseAfter && state.peers.size > 0
  if (missed && state.phase.at !== 'leaving') return onPause(state, gap, now)
  const listened = endListening({ ...state, lastTick: now }, now)
  const judged = listened.phase.at === 'listening' ? listened : judgeSilence(listened, now)
  const changed = judged.peers !== state.peers || judged.phase !== state.phase
  const sent = beatToAll(judged)
  return { state: sent.state, effects: [...(changed ? [{ type: 'changed' } as const] : []), ...sent.effects] }
}

/**
 * Sends nothing yet: beats that arrived during a short pause wait in the socket and may end the listening before
 * the next tick, and then nobody needs to hear of it.
 */
function onPause(state: MembershipState, gap: Duration, now: Instant): Step {
  const phase = listeningFrom(now, state.timing)
  return {
    state: { ...state, lastTick: now, phase },
    effects: [{ type: 'paused', gap }, { type: 'changed' }],
  }
}

function onBeat(state: MembershipState, beat: Beat, now: Instant): Step {
  const peer = state.peers.get(beat.from)
  const heard = peer === undefined ? 'stranger' : hear(peer, beat, { now, ourBoot: state.boot })
  if (peer === undefined || typeof heard === 'string') {
    const why = typeof heard === 'string' ? heard : 'stranger'
    return { state, effects: [{ type: 'disbelieved', from: beat.from, why }] }
  }
  const peers = new Map(state.peers).set(beat.from, heard)
  const next = endListening({ ...state, peers }, now)
  const changed = next.phase !== state.phase || standing(peer) !== standing(heard)
  return { state: next, effects: changed ? [{ type: 'changed' }] : [] }
}

/**
 * A peer that stays keeps what is known of it; its addresses may have changed. The first peers ever are listened
 * for as at the start.
 */
function onExpect(state: MembershipState, expected: readonly ExpectedPeer[], now: Instant): Step {
  const others = expected.filter((peer) => peer.node !== state.self)
  const peers = new Map(
    others.map(({ node, addresses }) => [
      node,
      { ...(state.peers.get(node) ?? newPeer(addresses)), addresses },
    ]),
  )
  const first = state.phase.at === 'active' && state.peers.size === 0 && peers.size > 0
  const phase = first ? listeningFrom(now, state.timing) : state.phase
  return { state: { ...state, peers, phase }, effects: [{ type: 'changed' }] }
}

function endListening(state: MembershipState, now: Instant): MembershipState {
  const { phase } = state
  if (phase.at !== 'listening') return state
  const over = now >= phase.until || heardEnough(state, phase.from, now)
  return over ? { ...state, phase: { at: 'active' } } : state
}

/**
 * Listening ends early once every peer that is thought alive was heard since it began: then nothing is left to find
 * out. Those thought dead before a pause of ours get a few beats' time to prove the contrary; those never heard get
 * the whole threshold, as does a node that has nobody to hear.
 */
function heardEnough({ peers, timing }: MembershipState, from: Instant, now: Instant): boolean {
  const all = [...peers.values()]
  if (all.length === 0) return true
  const alive = all.filter(isBelieved)
  if (alive.length === 0 || all.some(({ state }) => state.is === 'unheard')) return false
  if (!alive.every((peer) => heardSince(peer, from))) return false
  return alive.length === all.length || now >= later(from, milliseconds(beatsToProve * timing.beatEvery))
}

function judgeSilence(state: MembershipState, now: Instant): MembershipState {
  const silent = [...state.peers].filter(([, peer]) => fellSilent(peer, now, state.timing.deadAfter))
  if (silent.length === 0) return state
  const peers = new Map(state.peers)
  for (const [node, peer] of silent) {
    if (peer.state.is === 'heard') peers.set(node, { ...peer, state: { ...peer.state, is: 'silent' } })
  }
  return { ...state, peers }
}

function beatToAll(state: MembershipState): Step {
  let { sequence } = state
  const effects: MembershipEffect[] = []
  for (const peer of state.peers.values()) {
    sequence += 1
    const beat = { kind: state.phase.at, from: state.self, boot: state.boot, echo: peer.echo, sequence }
    effects.push({ type: 'send', addresses: peer.addresses, beat })
  }
  return { state: { ...state, sequence }, effects }
}

function listeningFrom(now: Instant, timing: MembershipTiming): Phase {
  return { at: 'listening', from: now, until: later(now, timing.deadAfter) }
}

/** What others conclude from a peer's state; equal standings mean nothing changed for them. */
function standing(peer: Peer): string {
  return peer.state.is === 'heard' ? peer.state.kind : peer.state.is
}
