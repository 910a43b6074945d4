/* Desired state in, sessions kept, routes told, status out. */
import type { Announcer, AnnouncerHost, AnnouncerStatus, DesiredState } from '#core/announcer.ts'
import { Complaints } from '#core/bgp/complaints.ts'
import { pathsOf } from '#core/bgp/paths.ts'
import { routesPerPeer } from '#core/bgp/routes.ts'
import { beltFor, poolKind } from '#core/bgp/safety-belt.ts'
import { TargetLedger } from '#core/bgp/target-status.ts'
import { seconds } from '#core/model/duration.ts'

import type { NativeBgpConfig } from './config.ts'
import { Draining } from './draining.ts'
import { say } from './log.ts'
import { bgpMetrics, type BgpMetrics } from './metrics.ts'
import { PeerSet } from './peer-set.ts'
import { profilesByPeer } from './bfd/profile.ts'
import type { BfdService } from './bfd/service.ts'
import type { Listener, Transport } from './transport.ts'

/** A Secret that could not be read is asked for again after this time. */
const secretRetry = seconds(10)

/** The ports to the world. */
export interface Network {
  readonly transport: Transport
  readonly bfd: BfdService
}

export class BgpAnnouncer implements Announcer {
  readonly #config: NativeBgpConfig
  readonly #host: AnnouncerHost
  readonly #transport: Transport
  readonly #metrics: BgpMetrics
  readonly #peers: PeerSet
  readonly #draining: Draining
  #listener: Listener | undefined
  readonly #ledger = new TargetLedger()
  readonly #complaints: Complaints
  #cancelRetry: () => void = () => {}

  constructor(config: NativeBgpConfig, host: AnnouncerHost, { transport, bfd }: Network) {
    this.#config = config
    this.#host = host
    this.#transport = transport
    this.#metrics = bgpMetrics(host.metrics)
    this.#complaints = new Complaints((line, fields) => say(host.log, line, fields))
    this.#draining = new Draining(host.clock, config.drainTime, () =>
      host.report({ kind: 'wake', reason: 'routes have been announced to end for long enough' }),
    )
    this.#peers = new PeerSet({
      host,
      restartTime: config.restartTime,
      transport,
      bfd,
      metrics: this.#metrics,
      protect: (address, password) => this.#listener?.protect(address, password),
    })
  }

  /** Without the port sessions still come up, by our own connections: that is a warning, not an error. */
  async open(signal: AbortSignal): Promise<void> {
    const { listenPort } = this.#config
    if (listenPort !== 0) {
      try {
        this.#listener = await this.#transport.listen(listenPort, (connection) =>
          this.#peers.accept(connection),
        )
        say(this.#host.log, 'listening', { port: listenPort })
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error)
        say(this.#host.log, 'notListening', { port: listenPort, problem })
      }
    }
    this.#metrics.listening.set({}, this.#listener === undefined ? 0 : 1)
    if (signal.aborted) await this.close()
  }

  async reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus> {
    this.#cancelRetry()
    const unread = await this.#peers.keep(desired.resources.BGPPeer ?? [], signal)
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
    await Promise.all([this.#peers.close(), this.#listener?.close()])
    this.#listener = undefined
    this.#metrics.listening.set({}, 0)
  }

  #retrySecrets(): void {
    this.#cancelRetry = this.#host.clock.after(secretRetry, () =>
      this.#host.report({ kind: 'wake', reason: 'a Secret could not be read' }),
    )
  }
}
