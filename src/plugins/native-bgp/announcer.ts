/* Desired state in, sessions kept, routes told, status out. */
import type { Announcer, AnnouncerHost, AnnouncerStatus, DesiredState } from '#core/announcer.ts'
import { Complaints } from '#core/bgp/complaints.ts'
import { Draining } from '#core/bgp/draining.ts'
import { pathsOf } from '#core/bgp/paths.ts'
import { routesPerPeer } from '#core/bgp/routes.ts'
import { beltFor, poolKind } from '#core/bgp/safety-belt.ts'
import { TargetLedger } from '#core/bgp/target-status.ts'
import { seconds } from '#core/model/duration.ts'

import type { NativeBgpConfig } from './config.ts'
import { Door } from './door.ts'
import { say } from './log.ts'
import { bgpMetrics, type BgpMetrics } from './metrics.ts'
import { PeerSet } from './peer-set.ts'
import { profilesByPeer } from './bfd/profile.ts'
import type { BfdService } from './bfd/service.ts'
import type { RouterDiscovery } from './discovery.ts'
import { LinkRouters } from './link-routers.ts'
import type { Transport } from './transport.ts'

/** A Secret that could not be read is asked for again after this time. */
const secretRetry = seconds(10)

/** The ports to the world. */
export interface Network {
  readonly transport: Transport
  readonly bfd: BfdService
  readonly discovery: RouterDiscovery
}

export class BgpAnnouncer implements Announcer {
  readonly #config: NativeBgpConfig
  readonly #host: AnnouncerHost
  readonly #metrics: BgpMetrics
  readonly #peers: PeerSet
  readonly #links: LinkRouters
  readonly #draining: Draining
  readonly #door: Door
  readonly #ledger = new TargetLedger()
  readonly #complaints: Complaints
  #cancelRetry: () => void = () => {}

  constructor(config: NativeBgpConfig, host: AnnouncerHost, { transport, bfd, discovery }: Network) {
    this.#config = config
    this.#host = host
    this.#metrics = bgpMetrics(host.metrics)
    this.#complaints = new Complaints((line, fields) => say(host.log, line, fields))
    this.#draining = new Draining(host, config.drainTime)
    this.#links = new LinkRouters(host, discovery)
    this.#peers = new PeerSet({
      host,
      links: this.#links,
      restartTime: config.restartTime,
      transport,
      bfd,
      metrics: this.#metrics,
      protect: (address, password) => this.#door.protect(address, password),
    })
    this.#door = new Door({
      host,
      transport,
      metrics: this.#metrics,
      port: config.listenPort,
      accept: (connection) => this.#peers.accept(connection),
      opened: () => this.#peers.guardAll(),
    })
  }

  /** Nothing is opened before there is a peer. */
  async open(): Promise<void> {
    this.#metrics.listening.set({}, 0)
  }

  async reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus> {
    this.#cancelRetry()
    const { BGPPeer = [] } = desired.resources
    if (BGPPeer.length > 0) await this.#door.open()
    const unread = await this.#peers.keep(BGPPeer, signal)
    if (BGPPeer.length === 0) await this.#door.close()
    if (unread) this.#retrySecrets()
    this.#peers.watchPaths(profilesByPeer(desired.resources))
    const targets = pathsOf(desired.targets)
    const belt = beltFor(this.#config.belt, desired.resources[poolKind])
    const draining = this.#draining.of(desired.targets)
    const routes = routesPerPeer(targets, this.#peers.names(), belt, draining)
    this.#complaints.about(routes)
    this.#peers.announce(routes.tables)
    const statuses = this.#ledger.statuses(targets, this.#peers.views(), routes)
    return { generation: desired.generation, targets: statuses }
  }

  async close(): Promise<void> {
    this.#cancelRetry()
    this.#draining.stop()
    this.#links.keep(new Set())
    await Promise.all([this.#peers.close(), this.#door.close()])
  }

  #retrySecrets(): void {
    this.#cancelRetry = this.#host.clock.after(secretRetry, () =>
      this.#host.report({ kind: 'wake', reason: 'a Secret could not be read' }),
    )
  }
}
