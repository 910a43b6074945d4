/*
 * Silence, and what is made of it.
 *
 *   alive ──silent > deadAfter──► doubt: other vantage points are asked
 *     ▲                             │ one heard it        │ all that answer heard nothing either
 *     └─────────────────────────────┘                     ▼
 *     ▲                                                 dead, told to all
 *     └──────────────── any message of it ────────────────┘
 *
 * Silence counts from the latest beat that anybody told of. A node that hears nobody at all asks in vain and gets no
 * confirmation: it waits as long again before it believes that all the others are gone rather than itself cut off. One
 * that hears nothing else either is deaf: it takes nothing over and, of three or more members, falls silent, as nobody
 * can ask it anything. The other one of two is more likely to be dead than to be unheard.
 */
import { later, milliseconds, since, type Duration, type Instant } from '../model/duration.ts'
import { heardWithin, isThere, type Peer } from './peer.ts'
import { samePeers } from './peers.ts'
import type { Doubt, MembershipState } from './state.ts'
import type { Turn } from './turn.ts'

/** Looks at everybody whose silence this node judges. */
export function judgeSilence(turn: Turn, before: MembershipState): void {
  const { state, now } = turn
  if (!judges(state)) return
  if (!judges(before) || !sameCompany(before, state)) becomeWatcher(turn)
  for (const peer of state.peers.all) {
    const threshold = thresholdFor(peer, state)
    if (threshold !== undefined && silenceOf(peer, state, now) > threshold) doubt(turn, peer)
    else dismiss(turn, peer.node)
  }
}

function judges({ phase }: MembershipState): boolean {
  return phase.at !== 'listening' && phase.at !== 'resuming'
}

/** The same members are thought there as before, so that everybody is watched by the same ones. */
function sameCompany(before: MembershipState, after: MembershipState): boolean {
  return before.ring === after.ring && samePeers(before.peers, after.peers, thereAlike)
}

function thereAlike(a: Peer, b: Peer): boolean {
  return isThere(a) === isThere(b)
}

/** When the next silence gets too long or the next answer is overdue. */
export function nextJudgement(state: MembershipState): Instant | undefined {
  const { phase } = state
  if (phase.at === 'listening' || phase.at === 'resuming') return phase.until
  let next: Instant | undefined
  for (const peer of state.peers.all) {
    const threshold = thresholdFor(peer, state)
    if (threshold === undefined) continue
    const doubt = state.doubts.size === 0 ? undefined : state.doubts.get(peer.node)
    const at =
      doubt === undefined
        ? later(later(lastSign(peer, state), threshold), justAfter)
        : later(doubt.askedAt, state.timing.confirmAfter)
    if (next === undefined || at < next) next = at
  }
  for (const { until } of state.errands) if (next === undefined || until < next) next = until
  return next
}

/** Silence must be longer than the threshold. */
const justAfter = milliseconds(0.01)

export function silenceOf(peer: Peer, state: MembershipState, now: Instant): Duration {
  return since(lastSign(peer, state), now)
}

function lastSign(peer: Peer, state: MembershipState): Instant {
  return Math.max(peer.signAt ?? 0, peer.watchedFrom ?? 0, state.judgesFrom) as Instant
}

/** Watchers hear each beat; everybody else hears from a member once in a round through all members. */
function thresholdFor(peer: Peer, { timing, peers }: MembershipState): Duration | undefined {
  if (peer.verdict !== 'alive' || peer.life?.standing === 'leaving') return undefined
  if (peer.watchedFrom !== undefined) return timing.deadAfter
  return milliseconds(timing.deadAfter + 3 * peers.size * timing.beatEvery)
}

/** Of those with few between them and us: from when this node is through with listening, and whenever somebody came or went. */
export function becomeWatcher(turn: Turn): void {
  const watched = new Set(turn.watched())
  for (const peer of turn.state.peers.all) {
    if (watched.has(peer.node) === (peer.watchedFrom !== undefined)) continue
    turn.put(peer.node, { watchedFrom: watched.has(peer.node) ? turn.now : undefined })
  }
}

function doubt(turn: Turn, peer: Peer): void {
  const { state, now } = turn
  const { node } = peer
  const known = state.doubts.get(node)
  if (peer.life === undefined) return
  if (known === undefined || known.boot !== peer.life.boot) return ask(turn, node, peer.life.boot, 1)
  if (believesAlone(turn, peer)) return declareDead(turn, node, peer)
  const waited = now >= later(known.askedAt, state.timing.confirmAfter)
  const allAnswered = [...known.asked].every((name) => known.agreed.has(name))
  if (known.agreed.size > 0 && (allAnswered || waited)) return declareDead(turn, node, peer)
  if (waited) ask(turn, node, peer.life.boot, known.rounds + 1)
}

/** Nobody there to confirm: the other one of two, or everybody silent for twice as long. */
function believesAlone({ state, now }: Turn, peer: Peer): boolean {
  if (state.peers.size === 1) return true
  return silenceOf(peer, state, now) > 2 * state.timing.deadAfter
}

function ask(turn: Turn, node: string, boot: Doubt['boot'], rounds: number): void {
  const asked = toBeAsked(turn, node, rounds)
  const agreed = turn.state.doubts.get(node)?.agreed ?? new Set<string>()
  const fresh: Doubt = { boot, askedAt: turn.now, rounds, asked: new Set(asked), agreed }
  turn.state.doubts = new Map(turn.state.doubts).set(node, fresh)
  for (const name of asked) turn.send(name, { notes: [{ type: 'query', about: node, boot }] })
  // The suspect itself may answer: our path from it may be slow only now.
  turn.send(node, { ask: turn.state.nonce })
  const peer = turn.peer(node)
  if (peer !== undefined && believesAlone(turn, peer)) declareDead(turn, node, peer)
}

/** First those who need not call the suspect to know; from the third round on everybody. */
function toBeAsked(turn: Turn, suspect: string, round: number): readonly string[] {
  if (round === 1) return turn.watchersBeside(suspect)
  if (round === 2) return turn.witnesses(suspect)
  return turn.state.peers.names.filter((name) => name !== suspect && turn.thinksThere(name))
}

function dismiss(turn: Turn, node: string): void {
  if (!turn.state.doubts.has(node)) return
  const doubts = new Map(turn.state.doubts)
  doubts.delete(node)
  turn.state.doubts = doubts
}

/** Told to all, unless this node hears none of them: that everybody seems dead says something of it alone. */
function declareDead(turn: Turn, node: string, peer: Peer): void {
  const { state, now } = turn
  dismiss(turn, node)
  if (peer.life === undefined) return
  const age = silenceOf(peer, state, now)
  turn.put(node, { verdict: 'dead' })
  if (since(state.heardAnyAt, now) > state.timing.deadAfter) return
  turn.spread({ type: 'dead', about: node, boot: peer.life.boot, age })
}

/** Somebody else has no news of `about` either. */
export function agree(turn: Turn, about: string, boot: string, by: string): void {
  const doubt = turn.state.doubts.get(about)
  if (doubt === undefined || doubt.boot !== boot) return
  const agreed = new Set([...doubt.agreed, by])
  turn.state.doubts = new Map(turn.state.doubts).set(about, { ...doubt, agreed })
}

/** Somebody heard it so long ago; that counts as if we had. */
export function testify(turn: Turn, about: string, boot: string, age: Duration): void {
  const peer = turn.peer(about)
  if (peer === undefined || peer.life?.boot !== boot) return
  const at = (turn.now - age) as Instant
  if (at > (peer.signAt ?? 0)) turn.put(about, { signAt: at })
  if (peer.verdict === 'dead' && age <= freshest(turn.state)) turn.put(about, { verdict: 'alive' })
}

/** A confirmed death; who has heard the member since then says so. */
export function believeDeath(turn: Turn, from: string, about: string, boot: string): void {
  const peer = turn.peer(about)
  if (peer === undefined || peer.life?.boot !== boot || peer.verdict !== 'alive') return
  if (heardWithin(peer, freshest(turn.state), turn.now)) {
    const age = since(peer.life.heardAt, turn.now)
    turn.send(from, { notes: [{ type: 'heard', about, boot: peer.life.boot, age }] })
  } else {
    dismiss(turn, about)
    turn.put(about, { verdict: 'dead' })
  }
}

/** A beat that speaks against a confirmed death: not just the last one, which others heard a little earlier. */
function freshest({ timing }: MembershipState): Duration {
  return milliseconds(timing.deadAfter - 2 * timing.beatEvery)
}

/** A query: answered from what we hear, or after calling the suspect. */
export function testifyTo(turn: Turn, asker: string, about: string, boot: Doubt['boot']): void {
  const { state, now } = turn
  const peer = turn.peer(about)
  if (about === state.self) return turn.send(asker)
  const known = peer?.life?.boot === boot
  if (peer === undefined || peer.life === undefined || !known || peer.verdict === 'dead')
    return turn.send(asker, { notes: [{ type: 'unheard', about, boot }] })
  const { deadAfter, confirmAfter } = state.timing
  if (heardWithin(peer, deadAfter, now)) return tellHeard(turn, asker, about, peer)
  const watched = peer.watchedFrom !== undefined && silenceOf(peer, state, now) > deadAfter
  if (watched) return turn.send(asker, { notes: [{ type: 'unheard', about, boot }] })
  turn.send(about, { ask: state.nonce })
  const until = later(now, milliseconds(confirmAfter * 0.75))
  state.errands = [...state.errands, { about, boot, asker, until }]
}

export function finishErrands(turn: Turn): void {
  const { state, now } = turn
  if (state.errands.length === 0) return
  const due = state.errands.filter((errand) => errand.until <= now)
  if (due.length === 0) return
  state.errands = state.errands.filter((errand) => errand.until > now)
  for (const { about, boot, asker } of due) {
    const peer = turn.peer(about)
    if (peer !== undefined && heardWithin(peer, state.timing.deadAfter, now))
      tellHeard(turn, asker, about, peer)
    else turn.send(asker, { notes: [{ type: 'unheard', about, boot }] })
  }
}

function tellHeard(turn: Turn, asker: string, about: string, { life }: Peer): void {
  if (life === undefined) return
  const age = since(life.heardAt, turn.now)
  turn.send(asker, { notes: [{ type: 'heard', about, boot: life.boot, age }] })
}
