/* What a message from another member means. */
import type { Epoch } from '../announcer.ts'
import type { Address } from '../model/address.ts'
import { milliseconds, since } from '../model/duration.ts'
import {
  claimNotes,
  droppedNotes,
  epochNotes,
  isTold,
  nothingSaid,
  outranks,
  sameClaim,
  shutPath,
  speaks,
  withClaims,
  withoutClaims,
} from './claims.ts'
import type { Claim, Message, Note } from './message.ts'
import { hear, type Answer } from './peer.ts'
import { learnReturns, noteReturn, returnNotes } from './returns.ts'
import { doubtOurselves } from './standing.ts'
import type { Turn } from './turn.ts'
import { agree, believeDeath, testify, testifyTo } from './watch.ts'

const syncEvery = milliseconds(200)

export function hearMessage(turn: Turn, message: Message): void {
  const { state, now } = turn
  const before = turn.peer(message.from)
  if (before === undefined) return disbelieve(turn, message, 'stranger')
  const hearing = hear(before, message, { now, ourselves: state.self, ourBoot: state.boot })
  if (!hearing.believed) {
    if (hearing.peer !== undefined) turn.replace(hearing.peer)
    if (hearing.why === 'unanswered') introduce(turn, message)
    return disbelieve(turn, message, hearing.why)
  }
  turn.replace(hearing.peer)
  if (hearing.fresh) {
    state.heardAnyAt = now
    if (message.answer !== 0) turn.put(message.from, { answer: answerIn(message) })
    const newLife = before.life?.boot !== message.boot
    if (newLife && before.claims.size > 0) forgetClaims(turn, message.from, [...before.claims.keys()])
    noteReturn(turn, message.from, before)
    if (before.verdict === 'dead') welcome(turn, message.from, newLife)
  }
  for (const note of message.notes) heed(turn, message, note)
  if (hearing.fresh) compareDigest(turn, message)
  if (message.ask !== 0) answer(turn, message)
}

function disbelieve(
  turn: Turn,
  { from }: Message,
  why: 'stranger' | 'replay' | 'duplicate' | 'unanswered',
): void {
  turn.effects.push({ type: 'disbelieved', from, why })
}

/** It does not know this life of ours yet. What is sent proves nothing of it: it echoes only what it claims. */
function introduce(turn: Turn, { from, boot }: Message): void {
  const peer = turn.peer(from)
  if (peer === undefined || peer.retired.has(boot)) return
  const { echo } = peer
  turn.put(from, { echo: boot })
  turn.send(from, { ask: turn.state.nonce })
  turn.put(from, { echo })
}

/** One that was thought dead is there again: it may hold claims, and others may be back with it. */
function welcome(turn: Turn, node: string, newLife: boolean): void {
  const { state, now } = turn
  turn.sendEach(node, [...ownNotes(turn), ...returnNotes(turn)])
  if (newLife) return
  turn.spread({ type: 'healed' })
  state.healedAt = now
  contactTheDead(turn)
}

function contactTheDead(turn: Turn): void {
  for (const { node, verdict } of turn.state.peers.all)
    if (verdict === 'dead') turn.send(node, { ask: turn.state.nonce })
}

/** The last datagram carries the answer, and how many came before it: datagrams overtake each other. */
function answer(turn: Turn, { from, ask, standing }: Message): void {
  // Whoever took over meanwhile may not be among those who answer: all that is known of epochs is told.
  const asksForAll = standing === 'listening' || standing === 'resuming'
  const notes = asksForAll ? [...ownNotes(turn), ...epochNotes(turn.state.epochs), ...returnNotes(turn)] : []
  turn.sendEach(from, notes, { answer: ask })
}

function ownNotes({ state }: Turn): readonly Note[] {
  return claimNotes([...state.own.values()].filter(isTold), true)
}

function compareDigest(turn: Turn, { from, digest }: Message): void {
  const peer = turn.peer(from)
  if (peer === undefined || peer.digest === digest) return
  if (peer.syncAskedAt !== undefined && since(peer.syncAskedAt, turn.now) < syncEvery) return
  turn.put(from, { syncAskedAt: turn.now })
  turn.send(from, { notes: [{ type: 'sync' }] })
}

function heed(turn: Turn, message: Message, note: Note): void {
  const { from } = message
  switch (note.type) {
    case 'query':
      return testifyTo(turn, from, note.about, note.boot)
    case 'heard':
      return testify(turn, note.about, note.boot, note.age)
    case 'unheard':
      return agree(turn, note.about, note.boot, from)
    case 'dead':
      // Who hears nothing counts everybody as dead: that says something of it alone.
      if (message.deaf) return
      return note.about === turn.state.self
        ? accused(turn, message, note.boot)
        : believeDeath(turn, from, note.about, note.boot)
    case 'healed':
      return heal(turn)
    case 'claims':
      return noteClaims(turn, message, note)
    case 'dropped':
      return forgetClaims(turn, from, note.addresses)
    case 'epochs':
      return learn(turn, note.node, note.epochs)
    case 'returns':
      return learnReturns(turn, note)
    case 'sync':
      return turn.sendEach(from, [...ownNotes(turn), ...epochNotes(turn.state.epochs)])
    case 'parts':
      return
  }
}

function answerIn({ answer: question, sequence, notes }: Message): Answer {
  const parts = notes.find((note) => note.type === 'parts')?.count ?? 1
  return { question, sequence, parts }
}

/** Others take over, or have done so: silent until they have told. */
function accused(turn: Turn, { from }: Message, boot: string): void {
  if (boot !== turn.state.boot || turn.state.phase.at !== 'active') return
  turn.effects.push({ type: 'accused', by: from })
  doubtOurselves(turn)
}

function heal(turn: Turn): void {
  const { state, now } = turn
  if (state.healedAt !== undefined && since(state.healedAt, now) < state.timing.deadAfter) return
  state.healedAt = now
  contactTheDead(turn)
}

function noteClaims(
  turn: Turn,
  message: Message,
  { whole, claims }: Extract<Note, { type: 'claims' }>,
): void {
  const { from } = message
  const peer = turn.peer(from)
  if (peer === undefined) return
  if (whole || !claims.every((claim) => sameClaim(claim, peer.claims.get(claim.address)))) {
    turn.put(from, whole ? withClaims(nothingSaid, claims) : withClaims(peer, claims))
    turn.effects.push({ type: 'claims', node: from, whole, put: claims, drop: [] })
  }
  // Whoever hears nothing cannot have asked anybody: what it takes for its right is no news to those who hear.
  if (message.deaf) return
  const spoken = claims.filter(speaks)
  contest(turn, from, spoken)
  learn(turn, from, spoken)
  correct(turn, from, spoken)
}

function forgetClaims(turn: Turn, node: string, addresses: readonly Address[]): void {
  const peer = turn.peer(node)
  if (peer === undefined) return
  if (addresses.some((address) => peer.claims.has(address))) turn.put(node, withoutClaims(peer, addresses))
  turn.effects.push({ type: 'claims', node, whole: false, put: [], drop: addresses })
}

/** The higher epoch speaks, the lower one falls silent; whoever does not know ours is told. */
function contest(turn: Turn, from: string, claims: readonly Claim[]): void {
  const { own, self } = turn.state
  const unaware = claims.flatMap(({ address, counter }): Claim[] => {
    const ours = own.get(address)
    if (ours === undefined || !speaks(ours) || !isTold(ours)) return []
    return outranks({ counter, node: from }, { counter: ours.counter, node: self }) ? [] : [ours]
  })
  for (const note of claimNotes(unaware, false)) turn.send(from, { notes: [note] })
}

/** Whoever minted the higher epoch may not reach who holds the lower one; a third one does. */
function correct(turn: Turn, from: string, claims: readonly Claim[]): void {
  const higher = new Map<Address, Epoch>()
  for (const { address, counter } of claims) {
    const known = turn.state.epochs.get(address)
    if (known !== undefined && known.node !== turn.state.self && outranks(known, { counter, node: from }))
      higher.set(address, known)
  }
  for (const note of epochNotes(higher)) turn.send(from, { notes: [note] })
}

/** Those of our own claims that a higher epoch ends. A data path that is shut stays so: it is told in the same breath. */
function yieldTo(turn: Turn, node: string, heard: readonly Pick<Claim, 'address' | 'counter'>[]): void {
  const { own: before, self } = turn.state
  const lost = new Map<Address, Epoch>()
  for (const { address, counter } of heard) {
    const ours = before.get(address)
    if (ours === undefined || !speaks(ours)) continue
    if (outranks({ counter, node }, { counter: ours.counter, node: self }))
      lost.set(address, { counter, node })
  }
  if (lost.size === 0) return
  for (const [address, by] of lost)
    turn.effects.push({ type: 'outranked', address, counter: before.get(address)?.counter ?? 0, by })
  const shut = [...lost.keys()].flatMap((address): Claim[] =>
    before.get(address)?.state === 'failing' ? [shutPath(address, 'shut')] : [],
  )
  const left = new Map([...before].filter(([address]) => !lost.has(address)))
  for (const claim of shut) left.set(claim.address, claim)
  turn.say(left, lost.keys())
  turn.takeBack(new Set(lost.keys()))
  const gone = [...lost.keys()].filter((address) => !left.has(address))
  for (const note of [...droppedNotes(gone), ...claimNotes(shut, false)]) turn.spread(note)
}

function learn(turn: Turn, node: string, heard: readonly Pick<Claim, 'address' | 'counter'>[]): void {
  const news = heard.filter(({ address, counter }) => {
    const known = turn.state.epochs.get(address)
    return known === undefined || outranks({ counter, node }, known)
  })
  if (news.length === 0) return
  yieldTo(turn, node, news)
  const epochs = new Map(turn.state.epochs)
  for (const { address, counter } of news) epochs.set(address, { counter, node })
  turn.state.epochs = epochs
  turn.effects.push({
    type: 'epochs',
    node,
    epochs: news.map(({ address, counter }) => ({ address, counter })),
  })
}
