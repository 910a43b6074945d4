/* What one member knows of another, and which of its messages it believes. */
import type { Address } from '../model/address.ts'
import { since, type Duration, type Instant } from '../model/duration.ts'
import { noBoot, type BootId } from './boot.ts'
import type { Claim, Message, Standing } from './message.ts'

/** The present life of a peer as far as it was heard directly. */
export interface Life {
  readonly boot: BootId
  /** The highest sequence number heard, and which of the 32 before it: bit 0 is the one before. */
  readonly sequence: number
  readonly window: number
  readonly heardAt: Instant
  readonly standing: Standing
  /** It says that it hears nothing at all. */
  readonly deaf: boolean
}

/** Told in `parts` messages, of which the one with this sequence number is the last. */
export interface Answer {
  /** The number that was asked; 0: nothing was. */
  readonly question: number
  readonly sequence: number
  readonly parts: number
}

export interface Peer {
  readonly node: string
  readonly addresses: readonly string[]
  /** `dead`: heard once, then its silence was confirmed. */
  readonly verdict: 'unheard' | 'alive' | 'dead'
  readonly life: Life | undefined
  /** The latest sign of life that anybody told of. */
  readonly signAt: Instant | undefined
  /** False: it counts us as dead, although it is heard. */
  readonly hearsUs: boolean
  /** The boot id to echo to it: of the life believed, else the last one claimed under a right key. */
  readonly echo: BootId
  /** Lives that ended: a message of theirs is a replay. */
  readonly retired: ReadonlySet<BootId>
  /** Sequence number of the last message sent to it. */
  readonly sent: number
  /** Its last. */
  readonly answer: Answer
  /** What it says of addresses, as far as it reached us; `digest` is over these. */
  readonly claims: ReadonlyMap<Address, Claim>
  readonly digest: number
  /** The digest over all that it says of addresses, by its newest message. */
  readonly said: number
  readonly syncAskedAt: Instant | undefined
  /** Since when we are one of its watchers. */
  readonly watchedFrom: Instant | undefined
}

/** `duplicate`: the same message by another of the peer's addresses. */
export type Disbelief = 'stranger' | 'replay' | 'duplicate' | 'unanswered'

export type Hearing =
  | { readonly believed: true; readonly peer: Peer; /** Newest of its life. */ readonly fresh: boolean }
  /** `peer`: with the boot id learnt from a message that does not prove its age. */
  | { readonly believed: false; readonly why: Disbelief; readonly peer?: Peer }

const windowSize = 32
const noAnswer: Answer = { question: 0, sequence: 0, parts: 1 }

type Draft = { -readonly [Key in keyof Peer]-?: Peer[Key] }

/**
 * For whoever changes some of it. Spelt out: with every datagram, and a spread takes fifteen times as long. Made nowhere
 * else, so that to the engine all peers are of one shape.
 */
export function draftOf(peer: Peer): Draft {
  return {
    node: peer.node,
    addresses: peer.addresses,
    verdict: peer.verdict,
    life: peer.life,
    signAt: peer.signAt,
    hearsUs: peer.hearsUs,
    echo: peer.echo,
    retired: peer.retired,
    sent: peer.sent,
    answer: peer.answer,
    claims: peer.claims,
    digest: peer.digest,
    said: peer.said,
    syncAskedAt: peer.syncAskedAt,
    watchedFrom: peer.watchedFrom,
  }
}

export function newPeer(node: string, addresses: readonly string[]): Peer {
  return {
    node,
    addresses,
    verdict: 'unheard',
    life: undefined,
    signAt: undefined,
    hearsUs: true,
    echo: noBoot,
    retired: new Set(),
    sent: 0,
    answer: noAnswer,
    claims: new Map(),
    digest: 0,
    said: 0,
    syncAskedAt: undefined,
    watchedFrom: undefined,
  }
}

/**
 * A message is believed when it echoes our boot id, and was not heard before. That proves that it was made for us in
 * this life of ours, without comparing clocks. One that does not echo us only teaches which boot id to echo, and not
 * even that while a life is believed: else replayed messages of an earlier life could talk us out of the present one.
 */
export function hear(
  peer: Peer,
  message: Message,
  at: { readonly now: Instant; readonly ourselves: string; readonly ourBoot: BootId },
): Hearing {
  if (peer.retired.has(message.boot)) return { believed: false, why: 'replay' }
  const life = peer.life
  const known = life?.boot === message.boot
  const fault = known ? replayed(life, message.sequence) : undefined
  if (fault !== undefined) return { believed: false, why: fault }
  if (message.echo !== at.ourBoot) {
    if (peer.verdict === 'alive') return { believed: false, why: 'unanswered' }
    const learnt = draftOf(peer)
    learnt.echo = message.boot
    return { believed: false, why: 'unanswered', peer: learnt }
  }
  if (known && message.sequence < life.sequence) {
    const late = draftOf(peer)
    late.life = remembered(life, message.sequence)
    return { believed: true, fresh: false, peer: late }
  }
  return { believed: true, fresh: true, peer: renewed(peer, message, at) }
}

function renewed(
  peer: Peer,
  message: Message,
  { now, ourselves }: { readonly now: Instant; readonly ourselves: string },
): Peer {
  const before = peer.life?.boot === message.boot ? peer.life : undefined
  const renewed = before === undefined ? reborn(peer) : draftOf(peer)
  renewed.verdict = 'alive'
  renewed.hearsUs = !message.notes.some((note) => note.type === 'unheard' && note.about === ourselves)
  renewed.signAt = now
  renewed.echo = message.boot
  renewed.said = message.digest
  renewed.life = {
    boot: message.boot,
    sequence: message.sequence,
    window: before === undefined ? 0 : shifted(before, message.sequence),
    heardAt: now,
    standing: message.standing,
    deaf: message.deaf,
  }
  return renewed
}

/** What outlasts the life that ended. */
function reborn(peer: Peer): Draft {
  const draft = draftOf(peer)
  if (peer.life !== undefined) draft.retired = new Set([...peer.retired, peer.life.boot])
  draft.claims = new Map()
  draft.digest = 0
  draft.answer = noAnswer
  draft.syncAskedAt = undefined
  return draft
}

function replayed(life: Life, sequence: number): 'duplicate' | 'replay' | undefined {
  const back = life.sequence - sequence
  if (back < 0) return undefined
  if (back === 0) return 'duplicate'
  if (back > windowSize) return 'replay'
  return isHeard(life, back) ? 'duplicate' : undefined
}

/** The message so many before the newest; 1 to 32. */
function isHeard({ window }: Life, back: number): boolean {
  return ((window >>> (back - 1)) & 1) === 1
}

function remembered(
  { boot, sequence: newest, window, heardAt, standing, deaf }: Life,
  sequence: number,
): Life {
  const heard = (window | (1 << (newest - sequence - 1))) >>> 0
  return { boot, sequence: newest, window: heard, heardAt, standing, deaf }
}

/** The window once `sequence` is the highest. */
function shifted({ sequence: before, window }: Life, sequence: number): number {
  const by = sequence - before
  const moved = by > 31 ? 0 : (window << by) >>> 0
  return by > windowSize ? 0 : (moved | (1 << (by - 1))) >>> 0
}

/** Thought to be there: neither dead nor gone with a farewell. */
export function isThere({ verdict, life }: Peer): boolean {
  return verdict === 'alive' && life?.standing !== 'leaving'
}

/** It has answered that question, and what it told before the answer has all come: datagrams overtake each other. */
export function hasAnswered({ answer, digest, said, life }: Peer, question: number): boolean {
  return answer.question === question && digest === said && life !== undefined && isWhole(answer, life)
}

/** As far as the window goes back: what is older is not waited for. */
function isWhole({ sequence, parts }: Answer, life: Life): boolean {
  const back = life.sequence - sequence
  const last = Math.min(back + parts - 1, windowSize)
  for (let ago = Math.max(back, 1); ago <= last; ago++) if (!isHeard(life, ago)) return false
  return true
}

/** One to rely on: there, through with listening, and not deaf. */
export function isReliable(peer: Peer): boolean {
  const { life } = peer
  return isThere(peer) && life?.deaf === false && (life.standing === 'active' || life.standing === 'resuming')
}

export function heardWithin({ life }: Peer, span: Duration, now: Instant): boolean {
  return life !== undefined && since(life.heardAt, now) <= span
}
