/* Tells people what becomes of one session: log lines, metrics, observations. */
import type { AnnouncerHost } from '#core/announcer.ts'
import { startAtZero } from '#core/bgp/metrics.ts'
import type { BgpPeer } from '#core/bgp/peer.ts'
import { familyOf } from '#core/model/address.ts'

import type { AdjRibOut } from './adj-rib-out.ts'
import { describeFailure, type Failure } from './errors.ts'
import type { StateName } from './fsm/model.ts'
import { say } from './log.ts'
import { perPeerCounters, type BgpMetrics } from './metrics.ts'
import type { SessionObserver } from './session-observer.ts'
import type { Received } from './wire/message.ts'

/** `192.0.2.1:179`, `[2001:db8::1]:179`, `eth0:179` where the peer is known by its link. */
function endpointText({ address, interface: link, port }: BgpPeer): string {
  if (link !== undefined) return `${link}:${port}`
  return familyOf(address) === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

export class PeerObserver implements SessionObserver {
  readonly #host: AnnouncerHost
  readonly #metrics: BgpMetrics
  readonly #peer: BgpPeer
  readonly #labels: { readonly peer: string }
  #state: StateName = 'Idle'
  #settled = true
  #complaint: string | undefined

  constructor(host: AnnouncerHost, metrics: BgpMetrics, peer: BgpPeer) {
    this.#host = host
    this.#metrics = metrics
    this.#peer = peer
    this.#labels = { peer: endpointText(peer) }
    this.#metrics.sessionUp.set(this.#labels, 0)
    this.#metrics.announced.set(this.#labels, 0)
    this.#metrics.pending.set(this.#labels, 0)
    startAtZero(perPeerCounters(metrics), this.#labels)
  }

  changed(state: StateName, failure: Failure | undefined): void {
    const before = this.#state
    this.#state = state
    const message = failure && this.describe(failure)
    const trouble = failure && { reason: failure.reason, message: message ?? '' }
    this.#host.report({ kind: 'peer', peer: this.#peer.name, state, ...trouble })
    this.#log(before, message)
    if (before === 'Established' || state === 'Established') this.#upOrDown(before, state)
  }

  attemptFailed(): void {
    this.#metrics.attemptsFailed.add(this.#labels)
  }

  describe(failure: Failure): string {
    const { passwordSecret, own, localAs } = this.#peer
    const signedBy = own.tcpAo === undefined ? 'password' : 'TCP-AO'
    return describeFailure(failure, {
      peer: this.#labels.peer,
      ...(passwordSecret && { signedBy }),
      localAs,
    })
  }

  received(message: Received): void {
    if (message.type === 'notification') this.#metrics.notificationsReceived.add(this.#labels)
    if (message.type !== 'update') return
    this.#metrics.updatesReceived.add(this.#labels)
    const { verdict } = message
    if (verdict.action === 'reset' || verdict.faults.length === 0) return
    this.#metrics.updatesFaulty.add(this.#labels)
    const attributes = verdict.faults.map(({ code }) => code)
    say(this.#host.log, 'faultyUpdate', { ...this.#fields(), action: verdict.action, attributes })
  }

  notified(): void {
    this.#metrics.notificationsSent.add(this.#labels)
  }

  updateSent(): void {
    this.#metrics.updatesSent.add(this.#labels)
  }

  routesChanged(rib: AdjRibOut): void {
    this.#metrics.announced.set(this.#labels, rib.announced)
    this.#metrics.pending.set(this.#labels, rib.wanted)
    if (rib.settled && !this.#settled)
      this.#host.report({ kind: 'wake', reason: 'the peer has been told all' })
    this.#settled = rib.settled
  }

  removed(): void {
    say(this.#host.log, 'removed', this.#fields())
    for (const metric of Object.values(this.#metrics)) {
      if (metric !== this.#metrics.listening) metric.remove(this.#labels)
    }
  }

  #upOrDown(before: StateName, state: StateName): void {
    if (before === state) return
    const up = state === 'Established'
    this.#metrics.sessionUp.set(this.#labels, up ? 1 : 0)
    if (!up) this.#metrics.sessionsLost.add(this.#labels)
    this.#host.report({ kind: 'wake', reason: up ? 'session established' : 'session lost' })
  }

  /** A trouble that repeats itself is said once, and again after a success. */
  #log(before: StateName, message: string | undefined): void {
    const fields = { ...this.#fields(), state: this.#state }
    if (this.#state === 'Established') {
      if (before !== 'Established') say(this.#host.log, 'established', fields)
      this.#complaint = undefined
    } else if (message !== undefined && message !== this.#complaint) {
      say(this.#host.log, before === 'Established' ? 'lost' : 'troubled', { ...fields, problem: message })
      this.#complaint = message
    } else {
      say(this.#host.log, 'stateChanged', fields)
    }
  }

  #fields(): { readonly peer: string; readonly address: string } {
    return { peer: this.#peer.name, address: this.#labels.peer }
  }
}
