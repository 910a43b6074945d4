/* What one member knows of another, and which of its beats it believes. */
import { later, type Duration, type Instant } from '../model/duration.ts'
import type { Beat, BeatKind } from './beat.ts'
import { noBoot, type BootId } from './boot.ts'

/** The present life of a peer as far as it was heard. */
export interface PeerLife {
  readonly boot: BootId
  readonly sequence: number
  readonly heardAt: Instant
  readonly kind: BeatKind
}

export type PeerState =
  /** Expected, never heard in this life of ours. */
  | { readonly is: 'unheard' }
  | ({ readonly is: 'heard' } & PeerLife)
  /** Heard once, then silent for longer than `deadAfter`. */
  | ({ readonly is: 'silent' } & PeerLife)

export interface Peer {
  readonly addresses: readonly string[]
  readonly state: PeerState
  /** The boot id to echo to it: of the life believed, else the last one claimed under the right key. */
  readonly echo: BootId
  /** Lives that ended: a beat of theirs is a replay. */
  readonly retired: ReadonlySet<BootId>
}

/** `duplicate`: the same beat by another of the peer's addresses. */
export type Disbelief = 'stranger' | 'replay' | 'duplicate' | 'unanswered'

export function newPeer(addresses: readonly string[]): Peer {
  return { addresses, state: { is: 'unheard' }, echo: noBoot, retired: new Set() }
}

/**
 * A beat is believed when it echoes our boot id and is newer than the last one of the same life. One that does not
 * echo us yet ('unanswered') only teaches us which boot id to echo, and not even that while a life is believed:
 * else replayed beats of an earlier life could talk us out of the present one.
 */
export function hear(peer: Peer, beat: Beat, at: { now: Instant; ourBoot: BootId }): Peer | Disbelief {
  if (peer.retired.has(beat.boot)) return 'replay'
  const life = peer.state.is === 'unheard' ? undefined : peer.state
  if (life?.boot === beat.boot && beat.sequence === life.sequence) return 'duplicate'
  if (life?.boot === beat.boot && beat.sequence < life.sequence) return 'replay'
  if (beat.echo !== at.ourBoot) return peer.state.is === 'heard' ? 'unanswered' : { ...peer, echo: beat.boot }
  const retired = life === undefined || life.boot === beat.boot ? peer.retired : retire(peer, life.boot)
  const { boot, sequence, kind } = beat
  return { ...peer, retired, echo: boot, state: { is: 'heard', boot, sequence, kind, heardAt: at.now } }
}

/** Thought to be there: heard, and neither silent nor gone with a farewell. */
export function isBelieved({ state }: Peer): boolean {
  return state.is === 'heard' && state.kind !== 'leaving'
}

export function heardSince({ state }: Peer, from: Instant): boolean {
  return state.is === 'heard' && state.heardAt >= from
}

/** One that said farewell has left and stays so: its silence is no news. */
export function fellSilent({ state }: Peer, now: Instant, deadAfter: Duration): boolean {
  return state.is === 'heard' && state.kind !== 'leaving' && later(state.heardAt, deadAfter) < now
}

function retire(peer: Peer, boot: BootId): ReadonlySet<BootId> {
  return new Set([...peer.retired, boot])
}
