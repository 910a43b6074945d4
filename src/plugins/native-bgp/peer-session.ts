/*
 * One peer: runs its state machine and does what it says.
 *
 *   transport ──connected, data, closed──► Legs ──messages──┐
 *   clock ──────────────expiries──────────► SessionTimers ──┤ events
 *   announcer ──start, accept, stop─────────────────────────┴──► peerTransition
 *                                                                  │ effects
 *   AdjRibOut ◄──opened, closed, refresh──┬────────────────────────┤
 *   transport ◄──connect, messages, end───┘                        ▼ observer: what people should know
 */
import type { BgpPeer } from '#core/bgp/peer.ts'
import type { RouteTable } from '#core/bgp/routes.ts'
import { familyOf, type Address } from '#core/model/address.ts'
import { seconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'

import { AdjRibOut } from './adj-rib-out.ts'
import type { Failure } from './errors.ts'
import type { Direction, SessionEvent, StateName } from './fsm/model.ts'
import { eventOf } from './fsm/events.ts'
import { openFor, type LocalSide, type Negotiated } from './fsm/negotiate.ts'
import {
  acceptsConnection,
  foremost,
  peerTransition,
  stoppedPeer,
  type PeerEffect,
  type PeerEvent,
  type PeerState,
} from './fsm/peer.ts'
import { bgpIdentifier } from './identifier.ts'
import { Legs, type Leg } from './legs.ts'
import { outboundSession, type OutboundSession } from './outbound.ts'
import type { SessionObserver } from './session-observer.ts'
import { SessionTimers } from './session-timers.ts'
import { signatureOf } from './signature.ts'
import type { Connection, ConnectionEnds, ConnectOptions, Transport } from './transport.ts'
import type { Received } from './wire/message.ts'
import type { Notification } from './wire/notification.ts'

export interface PeerSessionDeps {
  readonly peer: BgpPeer
  readonly password?: Uint8Array
  readonly node: string
  readonly clock: Clock
  readonly random: Random
  /** How long a peer that was asked to may keep our routes while this process is away. */
  readonly restartTime: Duration
  readonly transport: Transport
  readonly observer: SessionObserver
  /** A session runs, from this address of ours. */
  opened(local: Address): void
}

const defaultHoldTime = seconds(90)
const connectTimeout = seconds(10)
const defaultRetryCap = seconds(30)

/** RFC 5082 §3: what starts at 255 and crosses fewer routers arrives with at least this. */
export function minTtl(hops: number): number {
  return 256 - hops
}

export class PeerSession {
  #deps: PeerSessionDeps
  readonly #rib = new AdjRibOut()
  readonly #timers: Record<Direction, SessionTimers>
  readonly #legs: Legs
  readonly #events: PeerEvent[] = []
  #busy = false
  #state: PeerState = stoppedPeer
  /** Nobody has heard from this process yet: the peer may still keep routes of the one before. */
  #restarted = true
  #outbound: OutboundSession | undefined
  #lastFailure: Failure | undefined

  constructor(deps: PeerSessionDeps) {
    this.#deps = deps
    const settings = { connectTimeout, retryCap: deps.peer.connectTime ?? defaultRetryCap }
    const timers = (connection: Direction): SessionTimers =>
      new SessionTimers(deps, settings, (name) => this.#feed(connection, { name }))
    this.#timers = { outgoing: timers('outgoing'), incoming: timers('incoming') }
    this.#legs = new Legs({
      connected: (connection) =>
        this.#feed(connection, {
          name: connection === 'outgoing' ? 'Tcp_CR_Acked' : 'TcpConnectionConfirmed',
        }),
      received: (connection, leg, message) => this.#hear(connection, leg, message),
      garbled: (connection, notification) => this.#feed(connection, { name: 'BGPHeaderErr', notification }),
      blocked: (connection) => this.#feed(connection, { name: 'SendBlocked' }),
      drained: (connection) => {
        this.#feed(connection, { name: 'SendUnblocked' })
        this.#flush()
      },
      closed: (connection, code, detail) =>
        this.#feed(connection, { name: 'TcpConnectionFails', code, detail }),
    })
  }

  get state(): StateName {
    return foremost(this.#state).name
  }

  /** Why there is no session; undefined once there is one. */
  get failure(): Failure | undefined {
    return this.#lastFailure
  }

  /** What the session can carry; undefined unless Established. */
  get outbound(): OutboundSession | undefined {
    return this.#outbound
  }

  get rib(): AdjRibOut {
    return this.#rib
  }

  start(): void {
    const passive = this.#deps.peer.own.passive === true
    const name = passive ? 'AutomaticStart_with_PassiveTcpEstablishment' : 'AutomaticStart'
    this.#feed('outgoing', { name })
  }

  /** Takes over a connection the peer opened; false: it is not welcome now. */
  accept(connection: Connection): boolean {
    if (!acceptsConnection(this.#state)) return false
    // Only the session of a peer that restarts gives way.
    if (this.#state.incoming !== undefined) this.#feed('incoming', { name: 'PeerRestarted' })
    const { ttlSecurity } = this.#deps.peer.own
    if (ttlSecurity !== undefined) connection.demandTtl(minTtl(ttlSecurity))
    this.#legs.attach('incoming', connection)
    return true
  }

  /** BFD says that the peer cannot be reached (RFC 5882 §4.2): no need to wait for the hold time. */
  pathLost(detail: string): void {
    this.#feed(foremost(this.#state).direction, { name: 'BfdDown', detail })
  }

  /** The password is another from now on; false: this connection cannot change it. */
  rekey(password: Uint8Array): boolean {
    // The kernel takes no other master key under the ids of one that is in use.
    if (this.#deps.peer.own.tcpAo !== undefined) return false
    const leg = this.#legs.at(foremost(this.#state).direction)
    if (this.#outbound === undefined || leg === undefined) return false
    if (!leg.link.rekey(this.#deps.peer.address, password)) return false
    this.#deps = { ...this.#deps, password }
    return true
  }

  /** Settles when the network has taken the farewell, or never will. */
  async stop(farewell: Notification): Promise<void> {
    this.#feed('outgoing', { name: 'AutomaticStop', notification: farewell })
    await this.#legs.closed()
  }

  /** Tells the peer what is new as fast as it reads. */
  announce(table: RouteTable): void {
    this.#rib.want(table)
    this.#flush()
  }

  #feed(connection: Direction, event: SessionEvent): void {
    this.#events.push({ connection, event })
    // An effect may cause the next event at once; it waits until the present one is finished.
    if (this.#busy) return
    this.#busy = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next)
    } finally {
      this.#busy = false
    }
  }

  #step(event: PeerEvent): void {
    const before = this.state
    const { state, effects } = peerTransition(this.#state, event)
    this.#state = state
    for (const effect of effects) this.#perform(effect)
    const failure = effects.find((effect) => effect.do === 'failed')?.failure
    if (failure !== undefined) this.#lastFailure = failure
    if (failure !== undefined && before !== 'Established') this.#deps.observer.attemptFailed()
    if (this.state === 'Established') this.#lastFailure = undefined
    if (this.state !== before || failure !== undefined) {
      this.#deps.observer.changed(this.state, this.#lastFailure)
    }
  }

  #perform(effect: PeerEffect): void {
    const { connection } = effect
    switch (effect.do) {
      case 'connect':
        return this.#legs.attach(connection, this.#deps.transport.connect(this.#remoteEnd()))
      case 'close':
        return this.#legs.detach(connection)
      case 'startTimer':
        return this.#timers[connection].start(effect.timer, effect.after)
      case 'stopTimer':
        return this.#timers[connection].stop(effect.timer)
      case 'sendOpen':
      case 'sendKeepalive':
      case 'sendNotification':
        return this.#send(connection, effect)
      case 'established':
        return this.#open(connection, effect.negotiated)
      case 'lost':
        return this.#close()
      case 'refresh':
        this.#rib.refresh(effect.family)
        return this.#flush()
      case 'failed':
        return undefined
    }
  }

  #send(connection: Direction, effect: Extract<PeerEffect, { do: `send${string}` }>): void {
    const leg = this.#legs.at(connection)
    if (effect.do === 'sendKeepalive') leg?.link.send({ type: 'keepalive' })
    if (effect.do === 'sendOpen' && leg?.ends !== undefined) {
      leg.link.send({ type: 'open', open: openFor(this.#localSide(leg.ends)) })
    }
    if (effect.do === 'sendNotification') {
      this.#deps.observer.notified(effect.notification)
      leg?.link.send({ type: 'notification', notification: effect.notification })
    }
  }

  #open(connection: Direction, negotiated: Negotiated): void {
    const ends = this.#legs.at(connection)?.ends
    if (ends === undefined) return
    this.#restarted = false
    this.#outbound = outboundSession(negotiated, ends, this.#deps.peer)
    this.#rib.open(this.#outbound)
    this.#flush()
    this.#deps.opened(ends.local)
  }

  #close(): void {
    this.#outbound = undefined
    this.#rib.close()
    this.#deps.observer.routesChanged(this.#rib)
  }

  #hear(connection: Direction, { link, ends }: Leg, message: Received): void {
    this.#deps.observer.received(message)
    if (ends === undefined) return
    const event = eventOf(message, this.#localSide(ends))
    // What follows in the same bytes is already read by the new rules.
    if (event.name === 'BGPOpen') link.agree(event.negotiated)
    this.#feed(connection, event)
  }

  #flush(): void {
    const leg = this.#legs.at(foremost(this.#state).direction)
    if (this.#outbound === undefined || leg === undefined) return
    while (leg.link.writable) {
      const update = this.#rib.next()
      if (update === undefined) break
      leg.link.write(update)
      this.#deps.observer.updateSent()
    }
    this.#deps.observer.routesChanged(this.#rib)
  }

  #remoteEnd(): ConnectOptions {
    const { peer, password } = this.#deps
    const { address, interface: link, port, sourceAddress } = peer
    const { ttlSecurity } = peer.own
    const signature = signatureOf(peer, password)
    return {
      address,
      port,
      ...(link && { interface: link }),
      ...(sourceAddress && { sourceAddress }),
      ...(signature && { signature }),
      ...(ttlSecurity && { minTtl: minTtl(ttlSecurity) }),
    }
  }

  #localSide(ends: ConnectionEnds): LocalSide {
    const { peer, node, restartTime } = this.#deps
    const { localAs, remoteAs, holdTime = defaultHoldTime, keepaliveTime, routerId } = peer
    const { role } = peer.own
    const restart = { time: restartTime / 1000, restarted: this.#restarted }
    return {
      as: localAs,
      remoteAs,
      identifier: bgpIdentifier(routerId, ends, node),
      holdTime: holdTime / 1000,
      ...(keepaliveTime === undefined ? {} : { keepaliveTime: keepaliveTime / 1000 }),
      ...(peer.disableMp ? { families: [familyOf(ends.local)] } : {}),
      ...(role && { role }),
      ...(peer.gracefulRestart ? { restart } : {}),
    }
  }
}
