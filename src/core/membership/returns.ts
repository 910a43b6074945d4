/*
 * Who came back from the dead, and when: what flap damping counts (core/election/damping.ts). Each member notes what it
 * hears itself, and tells all of it to whoever starts or comes back, who tells what concerns itself to all: so everybody
 * counts alike, the node in question and who started meanwhile included.
 */
import { instantAt, milliseconds, since, type Duration, type Instant } from '../model/duration.ts'
import { sameItems } from '../model/same.ts'
import type { Note } from './message.ts'
import { isThere, type Peer } from './peer.ts'
import type { MembershipState } from './state.ts'
import type { Turn } from './turn.ts'

/** After that long a return weighs nothing any more. */
const memory: Duration = milliseconds(10 * 60_000)
/** More of them add nothing. */
const most = 16

/**
 * `before`: what was known of the node until now. A new life of it says by itself that it was away, unless the former
 * one took its leave. Where the same life is heard again, the network was parted: those who stayed with most of the
 * members say that it was away, and the others say nothing; of two nodes nobody can tell.
 */
export function noteReturn(turn: Turn, node: string, before: Peer): void {
  const { life, signAt, verdict } = before
  if (life === undefined) return
  const newLife = turn.peer(node)?.life?.boot !== life.boot
  const returned = newLife ? life.standing !== 'leaving' : verdict === 'dead' && !wasAway(turn.state, signAt)
  if (returned) add(turn, node, [turn.now])
}

export function learnReturns(turn: Turn, { node, ages }: Extract<Note, { type: 'returns' }>): void {
  const known = node === turn.state.self || turn.state.peers.has(node)
  if (known)
    add(
      turn,
      node,
      ages.map((age) => instantAt(turn.now - age)),
    )
}

/** Of those that are no members any more. */
export function forgetReturns({ state, effects }: Turn): void {
  const gone = [...state.returns.keys()].filter((node) => node !== state.self && !state.peers.has(node))
  if (gone.length === 0) return
  state.returns = new Map([...state.returns].filter(([node]) => !gone.includes(node)))
  for (const node of gone) effects.push({ type: 'returns', node, ages: [] })
}

/** One note for each node. */
export function returnNotes({ state: { returns }, now }: Turn): readonly Note[] {
  return [...returns].map(([node, instants]) => ({ type: 'returns', node, ages: agesOf(instants, now) }))
}

export function agesOf(instants: readonly Instant[], now: Instant): readonly Duration[] {
  return instants.map((at) => since(at, now))
}

/** What this node has learnt of its own, for those who started while it was away: they did not see it come back. */
export function ownReturns({ state: { returns, self }, now }: Turn): Note | undefined {
  const instants = returns.get(self)
  return instants && { type: 'returns', node: self, ages: agesOf(instants, now) }
}

/** By a clock that may have stood still they are younger than they are; those who are asked tell them anew. */
export function forgetOwnReturns({ state }: Turn): void {
  if (!state.returns.has(state.self)) return
  state.returns = new Map([...state.returns].filter(([node]) => node !== state.self))
}

/** Takes note of whether this node reaches more than half of the members. */
export function noteMinority({ state, now }: Turn): void {
  const there = state.peers.all.filter(isThere).length
  if (state.peers.size > 0 && 2 * (there + 1) <= state.peers.size + 1) state.minorityAt = now
}

/** Since the last sign of somebody, this node was not among the majority. */
function wasAway({ minorityAt }: MembershipState, signAt: Instant | undefined): boolean {
  return minorityAt !== undefined && (signAt === undefined || minorityAt >= signAt)
}

function add(turn: Turn, node: string, heard: readonly Instant[]): void {
  const { state, now } = turn
  const before = state.returns.get(node) ?? []
  const after = merged([...before, ...heard], state, now)
  if (sameItems(after, before)) return
  state.returns = new Map(state.returns).set(node, after)
  turn.effects.push({ type: 'returns', node, ages: agesOf(after, now) })
}

/** Members hear of one return at different times, but no later than each has heard from each once. */
function merged(instants: readonly Instant[], { timing, peers }: MembershipState, now: Instant): Instant[] {
  const apart = timing.deadAfter + peers.size * timing.beatEvery
  const recent = instants.filter((at) => since(at, now) <= memory).sort((a, b) => a - b)
  const distinct: Instant[] = []
  for (const at of recent) {
    const last = distinct.at(-1)
    if (last === undefined || since(last, at) > apart) distinct.push(at)
  }
  return distinct.slice(-most)
}
