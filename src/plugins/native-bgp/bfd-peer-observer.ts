/* Tells people what becomes of the BFD session with one peer: log lines, metrics, observations. */
import type { AnnouncerHost } from '#core/announcer.ts'
import { startAtZero } from '#core/bgp/metrics.ts'
import type { BgpPeer } from '#core/bgp/peer.ts'

import type { BfdObserver } from './bfd/peer-bfd.ts'
import type { BfdTally } from './bfd/service.ts'
import type { StateName } from './fsm/model.ts'
import { say } from './log.ts'
import { bfdCounters, bfdMetrics, type BfdMetrics } from './metrics.ts'

export class BfdPeerObserver implements BfdObserver {
  readonly #host: AnnouncerHost
  readonly #peer: Pick<BgpPeer, 'name' | 'address' | 'interface'>
  readonly #bgpState: () => StateName
  readonly #metrics: BfdMetrics
  readonly #labels: { readonly peer: string }
  #complaint: string | undefined

  constructor(
    host: AnnouncerHost,
    peer: Pick<BgpPeer, 'name' | 'address' | 'interface'>,
    bgpState: () => StateName,
  ) {
    this.#host = host
    this.#peer = peer
    this.#bgpState = bgpState
    this.#metrics = bfdMetrics(host.metrics)
    this.#labels = { peer: peer.interface ?? peer.address }
  }

  started(): void {
    this.#metrics.sessionUp.set(this.#labels, 0)
    startAtZero(bfdCounters(this.#metrics), this.#labels)
  }

  up(): void {
    this.#complaint = undefined
    this.#metrics.sessionUp.set(this.#labels, 1)
    this.#metrics.wentUp.add(this.#labels)
    say(this.#host.log, 'bfdUp', this.#fields())
  }

  down(reason: string): void {
    this.#metrics.sessionUp.set(this.#labels, 0)
    this.#metrics.wentDown.add(this.#labels)
    say(this.#host.log, 'bfdDown', { ...this.#fields(), problem: reason })
  }

  /** BGP goes on without: its state is what it is, and the reason says what is missing. */
  unavailable(problem: string): void {
    this.#metrics.sessionUp.set(this.#labels, 0)
    if (problem === this.#complaint) return
    this.#complaint = problem
    const { name: peer } = this.#peer
    const message = `no BFD with ${this.#labels.peer}: ${problem}`
    this.#host.report({ kind: 'peer', peer, state: this.#bgpState(), reason: 'BfdUnavailable', message })
    say(this.#host.log, 'bfdUnavailable', { ...this.#fields(), problem })
  }

  counted(tally: BfdTally): void {
    const counts = ['sent', 'received', 'echoSent', 'echoReceived'] as const
    for (const name of counts) if (tally[name] > 0) this.#metrics[name].add(this.#labels, tally[name])
  }

  stopped(): void {
    this.#complaint = undefined
    for (const metric of Object.values(this.#metrics)) metric.remove(this.#labels)
  }

  #fields(): { readonly peer: string; readonly address: string } {
    return { peer: this.#peer.name, address: this.#labels.peer }
  }
}
