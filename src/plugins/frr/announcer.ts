/* Desired state in, FRR's configuration kept, its sessions watched, status out. */
import type { Announcer, AnnouncerHost, AnnouncerStatus, DesiredState, Resource } from '#core/announcer.ts'
import { Complaints } from '#core/bgp/complaints.ts'
import { Draining } from '#core/bgp/draining.ts'
import { pathsOf } from '#core/bgp/paths.ts'
import { routesPerPeer, type PeerRoutes } from '#core/bgp/routes.ts'
import { beltFor, poolKind, type SafetyBelt } from '#core/bgp/safety-belt.ts'
import { TargetLedger } from '#core/bgp/target-status.ts'
import { messageOf } from '#core/errors.ts'
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'

import type { FrrConfig } from './config.ts'
import { conflictsOf, sharesRouter } from './conflicts.ts'
import { describeRefusal, portTaken, type Trouble } from './errors.ts'
import { Farewells } from './farewells.ts'
import { Frr, type Application } from './frr.ts'
import { say } from './log.ts'
import { frrMetrics, type FrrMetrics } from './metrics.ts'
import { frrConfiguration } from './model/render.ts'
import { profilesOf } from './model/profiles.ts'
import { PeerBook, type WantedPeers } from './peer-book.ts'
import type { PeerWithPassword } from './peer.ts'
import { PeerWatch, prefixesOf, type Glance } from './peer-watch.ts'
import type { Vty } from './vty.ts'

/** FRR's work queue sends a change after 50 ms: the first looks come that quickly, then ever more slowly. */
const firstLook = milliseconds(20)

/** FRR not being there is looked after more eagerly than what only its operator or a Secret can mend. */
const reconnectDelay = seconds(1)
const retryDelay = seconds(10)

const never = new AbortController().signal

/** The ports to the world. */
export interface FrrPorts {
  readonly vty: Vty
  /** Does somebody listen on this TCP port of the node? */
  readonly portTaken: (port: number) => Promise<boolean>
}

export class FrrAnnouncer implements Announcer {
  readonly #config: FrrConfig
  readonly #host: AnnouncerHost
  readonly #metrics: FrrMetrics
  readonly #frr: Frr
  readonly #portTaken: FrrPorts['portTaken']
  readonly #book: PeerBook
  readonly #draining: Draining
  readonly #ledger = new TargetLedger()
  readonly #complaints: Complaints
  readonly #farewells: Farewells
  readonly #watches = new Map<string, PeerWatch>()
  #peers: readonly PeerWithPassword[] = []
  #troubles = new Map<string, Trouble>()
  #sharing = false
  #cancelLook: () => void = () => {}
  #cancelRetry: () => void = () => {}
  /** Grows with every reconcile: a look that began before it is of no interest any more. */
  #turn = 0

  constructor(config: FrrConfig, host: AnnouncerHost, { vty, portTaken }: FrrPorts) {
    this.#config = config
    this.#host = host
    this.#metrics = frrMetrics(host.metrics)
    this.#frr = new Frr({ host, metrics: this.#metrics, vty })
    this.#portTaken = portTaken
    this.#book = new PeerBook(host)
    this.#draining = new Draining(host, config.drainTime)
    this.#farewells = new Farewells(host.clock)
    this.#complaints = new Complaints((line, fields) => say(host.log, line, fields))
  }

  /** FRR is asked for when there is something to tell it: until then it keeps announcing what an earlier run told. */
  async open(): Promise<void> {}

  async reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus> {
    this.#rest()
    const { BGPPeer = [], BFDProfile = [] } = desired.resources
    const wanted = await this.#book.read(BGPPeer, signal)
    this.#troubles = new Map(wanted.troubles)
    const belt = beltFor(this.#config.belt, desired.resources[poolKind])
    const targets = pathsOf(desired.targets)
    const routes = routesPerPeer(
      targets,
      wanted.peers.map(({ name }) => name),
      belt,
      this.#draining.of(desired.targets),
    )
    this.#complaints.about(routes)
    this.#keepWatches(BGPPeer, wanted, routes)
    const reached = await this.#tellFrr(wanted, { routes, profiles: BFDProfile, belt }, signal)
    if (reached && this.#peers.length > 0) this.#lookAfter(firstLook)
    if (!reached || this.#mendable) this.#retryAfter(reached ? retryDelay : reconnectDelay)
    const views = [...this.#watches.values()].map((watch) => watch.view())
    return { generation: desired.generation, targets: this.#ledger.statuses(targets, views, routes) }
  }

  async close(): Promise<void> {
    this.#rest()
    this.#draining.stop()
    this.#frr.close()
    for (const watch of this.#watches.values()) watch.forget()
    this.#watches.clear()
  }

  /** True when FRR could be told. What it did not take is the trouble of the peers concerned. */
  async #tellFrr(
    wanted: WantedPeers,
    { routes, profiles, belt }: Wishes,
    signal: AbortSignal,
  ): Promise<boolean> {
    // An FRR that no BGPPeer is for is none of our business: its operator may have put our file into it.
    if (wanted.peers.length + this.#peers.length === 0) {
      this.#seeAll(new Map())
      return true
    }
    try {
      const foreign = await this.#frr.foreign(signal)
      const conflicts = conflictsOf(wanted.peers, foreign)
      for (const [peer, trouble] of conflicts) this.#troubles.set(peer, trouble)
      if (await this.#portLost(signal)) return this.#allTroubled(portTaken(this.#config.bgpPort))
      const peers = wanted.peers.filter(({ name }) => !conflicts.has(name))
      this.#announceSharing(sharesRouter(peers, foreign))
      const staying = this.#farewells.staying(this.#peers, peers)
      const all = [...peers, ...staying].sort((a, b) => (a.name < b.name ? -1 : 1))
      const { tables } = routes
      const applied = await this.#frr.apply(
        frrConfiguration({ peers: all, profiles: profilesOf(profiles), tables, belt }),
        signal,
      )
      this.#blame(peers, applied)
      this.#peers = all
      this.#seeAll(await this.#frr.look(all, signal))
      return true
    } catch (error) {
      if (signal.aborted) return false
      this.#allTroubled({ reason: 'FrrUnreachable', message: messageOf(error) })
      return false
    }
  }

  /** With its first router bgpd opens its port; it ends, with all that it did for others, when somebody else has that. */
  async #portLost(signal: AbortSignal): Promise<boolean> {
    const { bgpPort } = this.#config
    return bgpPort !== 0 && !(await this.#frr.hasRouter(signal)) && (await this.#portTaken(bgpPort))
  }

  /** FRR was reached, and nothing said to it. */
  #allTroubled(trouble: Trouble): true {
    for (const name of this.#watches.keys()) if (!this.#troubles.has(name)) this.#troubles.set(name, trouble)
    this.#seeAll(new Map())
    return true
  }

  /** A refusal about one neighbor is its peer's trouble, any other is everybody's. */
  #blame(peers: readonly PeerWithPassword[], { refusals, bfd }: Application): void {
    for (const refusal of refusals) {
      const concerned = peers.filter(({ id }) => refusal.neighbor === undefined || refusal.neighbor === id)
      const trouble: Trouble = { reason: 'CommandRefused', message: describeRefusal(refusal) }
      for (const { name } of concerned) if (!this.#troubles.has(name)) this.#troubles.set(name, trouble)
    }
    if (bfd === undefined) return
    for (const { name, bfdProfile } of peers) {
      if (bfdProfile !== undefined && !this.#troubles.has(name)) this.#troubles.set(name, bfd)
    }
  }

  #keepWatches(resources: readonly Resource[], { peers }: WantedPeers, { tables }: PeerRoutes): void {
    const names = new Set(resources.map(({ name }) => name))
    for (const [name, watch] of this.#watches) {
      if (names.has(name)) continue
      watch.forget()
      this.#watches.delete(name)
    }
    const prefixes = prefixesOf(tables)
    for (const name of names) {
      const table = tables.get(name)
      const watch = this.#watches.get(name) ?? new PeerWatch(this.#host, this.#metrics, name)
      this.#watches.set(name, watch)
      watch.want(
        peers.find((peer) => peer.name === name),
        (table && prefixes.get(table)) ?? { IPv4: new Set(), IPv6: new Set() },
      )
    }
  }

  /** True when a status may have changed. */
  #seeAll(glances: ReadonlyMap<string, Glance>): boolean {
    const changes = [...this.#watches].map(([name, watch]) => {
      const trouble = this.#troubles.get(name)
      return watch.see({ ...glances.get(name), ...(trouble && { trouble }) })
    })
    return changes.includes(true)
  }

  #rest(): void {
    this.#turn++
    this.#cancelLook()
    this.#cancelRetry()
  }

  /** Is there trouble that may be over when it is tried again? */
  get #mendable(): boolean {
    return [...this.#troubles.values()].some(({ reason }) => reason !== 'InvalidPeer')
  }

  #retryAfter(delay: Duration): void {
    this.#cancelRetry = this.#host.clock.after(delay, () => this.#wake('something was not available'))
  }

  #lookAfter(delay: Duration): void {
    this.#cancelLook = this.#host.clock.after(delay, () => void this.#lookAgain(delay))
  }

  async #lookAgain(delay: Duration): Promise<void> {
    const turn = this.#turn
    try {
      const glances = await this.#frr.look(this.#peers, never)
      if (turn !== this.#turn) return
      const [changed, gone] = [this.#seeAll(glances), this.#farewells.see(glances)]
      if (changed || gone) this.#wake('a session changed')
      const watches = [...this.#watches.values()]
      const settled = !this.#farewells.underWay && watches.every((watch) => watch.settled)
      const { pollInterval } = this.#config
      this.#lookAfter(settled ? pollInterval : milliseconds(Math.min(2 * delay, pollInterval)))
    } catch {
      if (turn === this.#turn) this.#wake('FRR does not answer')
    }
  }

  #wake(reason: string): void {
    this.#host.report({ kind: 'wake', reason })
  }

  #announceSharing(sharing: boolean): void {
    if (sharing && !this.#sharing) say(this.#host.log, 'sharedRouter', {})
    this.#sharing = sharing
  }
}

interface Wishes {
  readonly belt: SafetyBelt
  readonly routes: PeerRoutes
  readonly profiles: readonly Resource[]
}
