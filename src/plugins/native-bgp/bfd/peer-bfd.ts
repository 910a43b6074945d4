/*
 * BFD for one BGP peer. The session starts when BGP is first established, which tells both of its addresses, and then
 * lives as long as the peer and its profile: while BGP is down it finds the peer again, as FRR's and BIRD's do. What
 * never came up blocks nothing (RFC 5882 §4.1, §10.2); what was up and goes down ends the BGP session.
 */
import type { BgpPeer } from '#core/bgp/peer.ts'
import type { Address } from '#core/model/address.ts'

import type { StateChange } from './fsm/model.ts'
import { describeDown } from './describe.ts'
import type { BfdProfile } from './profile.ts'
import type { BfdHandle, BfdService, BfdTally } from './service.ts'

export interface BfdObserver {
  started(): void
  up(): void
  /** `reason`: one phrase. */
  down(reason: string): void
  unavailable(problem: string): void
  counted(tally: BfdTally): void
  /** There is no session any more. */
  stopped(): void
}

export interface PeerBfdDeps {
  readonly peer: Pick<BgpPeer, 'address' | 'interface' | 'ebgpMultiHop'>
  readonly service: BfdService
  readonly observer: BfdObserver
  /** The path to the peer is gone, for this reason. */
  pathLost(reason: string): void
}

interface Running {
  readonly local: Address
  readonly handle: BfdHandle
}

export class PeerBfd {
  readonly #deps: PeerBfdDeps
  #profile: BfdProfile | undefined
  /** Our end of the BGP session, once there was one. */
  #local: Address | undefined
  #running: Running | undefined

  constructor(deps: PeerBfdDeps) {
    this.#deps = deps
  }

  /** Undefined: no BFD. */
  configure(profile: BfdProfile | undefined): void {
    this.#profile = profile
    if (profile === undefined) return this.#stop()
    if (this.#running === undefined) this.#start()
    else this.#running.handle.configure(profile)
  }

  /** A BGP session runs from this address of ours. */
  established(local: Address): void {
    this.#local = local
    if (this.#running?.local === local) return
    this.#stop()
    this.#start()
  }

  close(): void {
    this.#profile = undefined
    this.#stop()
  }

  #start(): void {
    const [profile, local] = [this.#profile, this.#local]
    if (profile === undefined || local === undefined) return
    const { service, observer, peer } = this.#deps
    const { address: remote, interface: link, ebgpMultiHop: multihop } = peer
    const ends = { local, remote, multihop, ...(link && { interface: link }) }
    const handle = service.start(ends, profile, {
      changed: (change) => this.#changed(change),
      unavailable: (problem) => observer.unavailable(problem),
      counted: (tally) => observer.counted(tally),
    })
    this.#running = { local, handle }
    observer.started()
  }

  #stop(): void {
    if (this.#running === undefined) return
    this.#running.handle.close()
    this.#running = undefined
    this.#deps.observer.stopped()
  }

  #changed(change: StateChange): void {
    if (change.to === 'Up') return this.#deps.observer.up()
    if (change.from !== 'Up') return
    const reason = describeDown(change)
    this.#deps.observer.down(reason)
    // RFC 5882 §3.2: switched off says nothing about the path.
    if (!change.remoteDisabled) this.#deps.pathLost(reason)
  }
}
