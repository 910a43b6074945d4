/*
 * A peer is at most two connections, ours and the peer's, each with its own session machine. Here they are told
 * apart until one is left (RFC 4271 §6.8), and ours is started again when neither is.
 */
import { valueOf } from '#core/model/address.ts'

import { cease, errorCode } from '../wire/iana.ts'
import { notification } from '../wire/notification.ts'
import type { Direction, Effect, SessionEvent, SessionState, StateName } from './model.ts'
import type { Negotiated } from './negotiate.ts'
import { awaitingPeer, idle, transition } from './session.ts'

export interface PeerState {
  /** Started and not stopped: there should be a session. */
  readonly enabled: boolean
  /** Only the peer opens connections. */
  readonly passive?: boolean
  readonly outgoing: SessionState
  /** Present from the moment a connection of the peer's is accepted until it ends. */
  readonly incoming?: SessionState
}

export interface PeerEvent {
  readonly connection: Direction
  readonly event: SessionEvent
}

export type PeerEffect = Effect & { readonly connection: Direction }

export interface PeerStep {
  readonly state: PeerState
  readonly effects: readonly PeerEffect[]
}

export const stoppedPeer: PeerState = { enabled: false, outgoing: idle('outgoing') }

const order: readonly StateName[] = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established']

/** The connection that got furthest: what the peer's state is said to be. */
export function foremost({ outgoing, incoming }: PeerState): SessionState {
  if (incoming === undefined) return outgoing
  return order.indexOf(incoming.name) > order.indexOf(outgoing.name) ? incoming : outgoing
}

/**
 * RFC 4271 §8.2.2: connections are refused in Idle, and while there is a session or one is being accepted; but a
 * peer that may restart is heard while its old session seems to live (RFC 4724 §5).
 */
export function acceptsConnection({ enabled, outgoing, incoming }: PeerState): boolean {
  if (!enabled) return false
  if (incoming !== undefined) return mayRestart(incoming)
  return mayRestart(outgoing) || (outgoing.name !== 'Idle' && outgoing.name !== 'Established')
}

/**
 * Is this the session of a peer that may come back by a new connection? Not a young one: what arrives then is the
 * connection that lost a collision.
 */
function mayRestart(state: SessionState): boolean {
  return state.name === 'Established' && state.lasting === true && state.negotiated.peerRestarts
}

export function peerTransition(peer: PeerState, { connection, event }: PeerEvent): PeerStep {
  const run = new Run(peer)
  run.feed(connection, event)
  run.tidy()
  return { state: run.peer, effects: run.effects.filter((effect) => !isBeside(run.peer, effect)) }
}

/** The failure of one connection is no trouble while the other one gets along. */
function isBeside(peer: PeerState, effect: PeerEffect): boolean {
  const { name, direction } = foremost(peer)
  return (
    effect.do === 'failed' &&
    effect.connection !== direction &&
    order.indexOf(name) >= order.indexOf('OpenSent')
  )
}

/** One step of the pair: feeding one machine may have to feed the other. */
class Run {
  peer: PeerState
  readonly effects: PeerEffect[] = []

  constructor(peer: PeerState) {
    this.peer = peer
  }

  feed(connection: Direction, event: SessionEvent): void {
    this.#note(event)
    if (event.name === 'AutomaticStop') this.#stop(event)
    else if (event.name === 'BGPOpen') this.#open(connection, event)
    else this.#step(connection, event)
  }

  #note(event: SessionEvent): void {
    if (event.name === 'AutomaticStart') this.peer = { ...this.peer, enabled: true }
    if (event.name === 'AutomaticStart_with_PassiveTcpEstablishment') {
      this.peer = { ...this.peer, enabled: true, passive: true }
    }
  }

  /** Once one connection is a session the other has no purpose; without any, ours starts over. */
  tidy(): void {
    const { outgoing, incoming } = this.peer
    if (incoming?.name === 'Established' && !isParked(outgoing)) this.#discard('outgoing')
    if (outgoing.name === 'Established' && incoming !== undefined && !mayRestart(outgoing)) {
      this.#discard('incoming')
    }
    if (this.peer.incoming?.name === 'Idle') {
      const { incoming: _, ...rest } = this.peer
      this.peer = rest
    }
    this.#restart()
  }

  #stop(event: SessionEvent): void {
    this.peer = { ...this.peer, enabled: false }
    this.#step('outgoing', event)
    if (this.peer.incoming !== undefined) this.#step('incoming', event)
  }

  /** RFC 4271 §6.8: an OPEN is when the two connections are compared. */
  #open(connection: Direction, event: Extract<SessionEvent, { name: 'BGPOpen' }>): void {
    const other = opposite(connection)
    const rival = this.peer[other]?.name
    if (rival === 'Established') {
      if (connection === 'outgoing' || !mayRestart(this.peer.outgoing)) {
        this.#discard(connection)
        return
      }
      this.#step(other, { name: 'PeerRestarted' })
    }
    if (rival === 'OpenConfirm') {
      const kept = survivor(event.negotiated)
      this.#discard(opposite(kept))
      if (kept !== connection) return
    }
    this.#step(connection, event)
  }

  #discard(connection: Direction): void {
    const name = this.peer[connection]?.name
    const waiting = name === 'Connect' || name === 'Active' || name === 'Idle'
    this.#step(
      connection,
      waiting
        ? { name: 'AutomaticStop', notification: notification(errorCode.cease, cease.collision) }
        : { name: 'OpenCollisionDump' },
    )
  }

  #restart(): void {
    const { enabled, outgoing, incoming } = this.peer
    if (!enabled || incoming !== undefined || !isParked(outgoing)) return
    if (this.peer.passive) {
      this.#step('outgoing', { name: 'AutomaticStart_with_PassiveTcpEstablishment' })
      return
    }
    const failures = outgoing.failures + 1
    this.peer = { ...this.peer, outgoing: { ...outgoing, failures, waiting: true } }
    const after = { backoff: failures }
    this.effects.push({ connection: 'outgoing', do: 'startTimer', timer: 'idleHold', after })
  }

  #step(connection: Direction, event: SessionEvent): void {
    const before = this.peer[connection] ?? awaitingPeer()
    const { state, effects } = transition(before, event)
    this.peer = { ...this.peer, [connection]: state }
    for (const effect of effects) this.effects.push({ ...effect, connection })
  }
}

/** Idle for as long as the other connection lives. */
function isParked(state: SessionState): state is Extract<SessionState, { name: 'Idle' }> {
  return state.name === 'Idle' && !state.waiting
}

function opposite(connection: Direction): Direction {
  return connection === 'outgoing' ? 'incoming' : 'outgoing'
}

/** The connection of the side with the higher identifier stays; of equal ones, with the higher AS (RFC 6286 §2.3). */
function survivor({ localIdentifier, remoteIdentifier, localAs, remoteAs }: Negotiated): Direction {
  const [ours, theirs] = [valueOf(localIdentifier), valueOf(remoteIdentifier)]
  if (ours !== theirs) return ours > theirs ? 'outgoing' : 'incoming'
  return localAs > remoteAs ? 'outgoing' : 'incoming'
}
