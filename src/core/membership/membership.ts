/*
 * Who is alive, and who says that it answers for what, as a pure state machine. Events and the time they happen at
 * come in; datagrams to send, the fence's lease and changes to act on go out. `dueAt` says when time itself is the next
 * event.
 *
 *   listening ──every peer heard, or deadAfter passed──► active ──leave──► leaving
 *                                                        ▲  │
 *                            peers have told what happened│  │ a gap in our own clock, or others thought us dead
 *                                                        └── ▼
 *                                                        resuming
 *
 * Only while active, this node speaks for an address that one node must speak for: before, it cannot know whether
 * another node does.
 */
import type { Address } from '../model/address.ts'
import { later, since, type Instant } from '../model/duration.ts'
import type { BootId } from './boot.ts'
import { claimNotes, droppedNotes, isTold, outranks, speaks, type OwnClaim } from './claims.ts'
import { hearMessage } from './hearing.ts'
import { draftOf, newPeer, type Peer } from './peer.ts'
import { PeerTable, samePeers } from './peers.ts'
import { forgetReturns, noteMinority, ownReturns } from './returns.ts'
import { ringOf } from './ring.ts'
import { cutOff, doubtOurselves, endListening, listeningFrom, maySpeak, noticePause } from './standing.ts'
import type { ExpectedPeer, MembershipEvent, MembershipState, PartitionPolicy, Step } from './state.ts'
import type { MembershipTiming } from './timing.ts'
import { Turn } from './turn.ts'
import { finishErrands, judgeSilence, nextJudgement } from './watch.ts'

export interface MembershipRules {
  readonly self: string
  readonly boot: BootId
  readonly timing: MembershipTiming
  readonly policy: PartitionPolicy
}

export function initialState({ self, boot, timing, policy }: MembershipRules, now: Instant): MembershipState {
  return {
    self,
    boot,
    timing,
    policy,
    phase: listeningFrom('listening', now, timing),
    lastEvent: now,
    nextBeat: now,
    beats: 0,
    nonce: 1,
    ring: [self],
    peers: PeerTable.of([]),
    doubts: new Map(),
    errands: [],
    rumours: [],
    judgesFrom: now,
    heardAnyAt: now,
    segmentAt: undefined,
    deaf: false,
    healedAt: undefined,
    minorityAt: undefined,
    returns: new Map(),
    own: new Map(),
    digest: 0,
    epochs: new Map(),
  }
}

export function transition(before: MembershipState, event: MembershipEvent): Step {
  const turn = new Turn(before, event.now)
  noticePause(turn)
  let beats = false
  switch (event.type) {
    case 'time':
      beats = passTime(turn)
      break
    case 'message':
      hearMessage(turn, event.message)
      break
    case 'expect':
      expectPeers(turn, event.peers)
      break
    case 'claim':
      claim(turn, event.put, event.drop)
      break
    case 'segment':
      turn.state.segmentAt = event.now
      break
    case 'leave':
      turn.state.phase = { at: 'leaving' }
      turn.toAll()
      break
  }
  return settle(turn, before, beats)
}

/** When the machine wants to hear of time; an earlier or later instant does no harm. */
export function dueAt(state: MembershipState): Instant {
  const judgement = nextJudgement(state)
  return judgement === undefined || judgement > state.nextBeat ? state.nextBeat : judgement
}

/** What follows from the event, whatever it was. The lease comes first, and is that of the state it comes to. */
function settle(turn: Turn, before: MembershipState, beats: boolean): Step {
  finishErrands(turn)
  judgeSilence(turn, before)
  endListening(turn)
  noticeDeafness(turn)
  const { state, effects } = turn
  const [open, wasOpen] = [maySpeak(state), maySpeak(before)]
  if (beats || open !== wasOpen) effects.unshift(lease(turn))
  const moved = open !== wasOpen || state.phase.at !== before.phase.at
  if (moved || !samePeers(before.peers, state.peers, standsAlike)) effects.push({ type: 'changed' })
  return { state, effects }
}

function lease({ state, now }: Turn): Step['effects'][number] {
  return { type: 'lease', until: maySpeak(state) ? later(now, state.timing.pauseAfter) : undefined }
}

/** Returns whether it was time for a beat, with which the lease is renewed. */
function passTime(turn: Turn): boolean {
  const { state, now } = turn
  if (now < state.nextBeat) return false
  state.nextBeat = later(now, state.timing.beatEvery)
  noteMinority(turn)
  beat(turn)
  return true
}

/**
 * To our watchers, and to one more in turn: so all members hear each other now and then, and a healed partition is
 * found. To all while we start, resume, hear nobody, or have something to tell.
 */
function beat(turn: Turn): void {
  const { state } = turn
  state.beats += 1
  const waiting = state.phase.at === 'listening' || state.phase.at === 'resuming'
  // Ages are told as they are now: this node may have stood still since the last time.
  const notes = state.rumours.flatMap(
    ({ note }) => (note?.type === 'returns' && note.node === state.self ? ownReturns(turn) : note) ?? [],
  )
  const toAll = waiting || state.deaf || state.rumours.length > 0
  const ask = waiting || state.deaf ? { ask: state.nonce } : {}
  for (const node of toAll ? state.peers.names : beatReceivers(turn)) {
    if (notes.length > 1) turn.sendEach(node, notes, ask)
    else turn.send(node, { notes, ...ask })
  }
  if (state.rumours.length === 0) return
  state.rumours = state.rumours
    .filter(({ left }) => left > 1)
    .map((rumour) => ({ ...rumour, left: rumour.left - 1 }))
}

function beatReceivers(turn: Turn): ReadonlySet<string> {
  const { ring, self, beats } = turn.state
  const receivers = new Set(turn.watchers())
  const next = ring[(ring.indexOf(self) + 1 + (beats % Math.max(1, ring.length - 1))) % ring.length]
  if (next !== undefined && next !== self) receivers.add(next)
  return receivers
}

/** A peer that stays keeps what is known of it; the first peers ever are listened for as at the start. */
function expectPeers(turn: Turn, expected: readonly ExpectedPeer[]): void {
  const { state, now } = turn
  const before = state.peers
  const others = expected.filter(({ node }) => node !== state.self)
  const peers = others.map(({ node, addresses }) => {
    const known = before.get(node)
    if (known === undefined) return [node, newPeer(node, addresses)] as const
    const peer = draftOf(known)
    peer.addresses = addresses
    return [node, peer] as const
  })
  state.peers = PeerTable.of([...new Map(peers).values()])
  for (const { node, claims } of before.all)
    if (!state.peers.has(node) && claims.size > 0)
      turn.effects.push({ type: 'claims', node, whole: true, put: [], drop: [] })
  forgetReturns(turn)
  state.ring = ringOf([state.self, ...state.peers.names])
  state.doubts = new Map([...state.doubts].filter(([node]) => state.peers.has(node)))
  if (before.size > 0 || state.peers.size === 0) return
  state.judgesFrom = now
  state.heardAnyAt = now
  if (state.phase.at !== 'leaving') state.phase = listeningFrom('listening', now, state.timing)
  turn.askAll()
}

/** Refused where a higher epoch was heard of meanwhile. */
function claim(turn: Turn, put: readonly OwnClaim[], drop: readonly Address[]): void {
  const { state } = turn
  const own = new Map(state.own)
  const gone = drop.filter((address) => own.delete(address))
  for (const wish of put) {
    const heard = state.epochs.get(wish.address)
    const late =
      heard !== undefined && speaks(wish) && outranks(heard, { counter: wish.counter, node: state.self })
    if (!late) own.set(wish.address, wish)
    else turn.effects.push({ type: 'outranked', address: wish.address, counter: wish.counter, by: heard })
  }
  turn.say(own, [...drop, ...put.map(({ address }) => address)])
  const told = put.filter((wish) => own.get(wish.address) === wish).filter(isTold)
  const toldOf = new Set(told.map(({ address }) => address))
  turn.takeBack(new Set([...toldOf, ...gone]))
  const notes = [...claimNotes(told, false), ...droppedNotes(gone.filter((address) => !toldOf.has(address)))]
  for (const note of notes) turn.spread(note)
}

/** Whoever hears again asks what happened meanwhile, as after a pause. */
function noticeDeafness(turn: Turn): void {
  const { state, now } = turn
  const heardAt = Math.max(state.heardAnyAt, state.segmentAt ?? -Infinity) as Instant
  const deaf = state.peers.size > 0 && since(heardAt, now) > state.timing.deadAfter
  if (deaf === state.deaf) return
  const recovered = cutOff(state) && state.phase.at === 'active'
  state.deaf = deaf
  if (recovered) doubtOurselves(turn)
  else turn.spread()
}

/** Seen by anybody in the same light. */
function standsAlike(a: Peer, b: Peer): boolean {
  return (
    a.verdict === b.verdict &&
    a.hearsUs === b.hearsUs &&
    a.life?.standing === b.life?.standing &&
    a.life?.deaf === b.life?.deaf
  )
}
