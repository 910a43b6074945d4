/* Desired state in, sessions kept, routes told, status out. */
import type { Announcer, AnnouncerHost, AnnouncerStatus, DesiredState } from '#core/announcer.ts'
import { pathsOf, type TargetPaths } from '#core/bgp/paths.ts'
import { routesPerPeer, type PeerRoutes } from '#core/bgp/routes.ts'
import { seconds } from '#core/model/duration.ts'

import type { NativeBgpConfig } from './config.ts'
import { say } from './log.ts'
import { bgpMetrics, type BgpMetrics } from './metrics.ts'
import { PeerSet } from './peer-set.ts'
import { targetStatus, withdrawalStatus } from './status.ts'
import type { Listener, Transport } from './transport.ts'

/** A Secret that could not be read is asked for again after this time. */
const secretRetry = seconds(10)

export class BgpAnnouncer implements Announcer {
  readonly #config: NativeBgpConfig
  readonly #host: AnnouncerHost
  readonly #transport: Transport
  readonly #metrics: BgpMetrics
  readonly #peers: PeerSet
  #listener: Listener | undefined
  #targets: readonly TargetPaths[] = []
  /** Targets no longer desired whose prefixes some peer may still hold. */
  #leaving: readonly TargetPaths[] = []
  readonly #complaints = new Set<string>()
  #cancelRetry: () => void = () => {}

  constructor(config: NativeBgpConfig, host: AnnouncerHost, transport: Transport) {
    this.#config = config
    this.#host = host
    this.#transport = transport
    this.#metrics = bgpMetrics(host.metrics)
    this.#peers = new PeerSet({
      host,
      transport,
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
    const targets = pathsOf(desired.targets)
    const routes = routesPerPeer(targets, this.#peers.names(), this.#config.belt)
    this.#complain(routes)
    this.#peers.announce(routes.tables)
    return { generation: desired.generation, targets: this.#statuses(targets, routes) }
  }

  async close(): Promise<void> {
    this.#cancelRetry()
    await Promise.all([this.#peers.close(), this.#listener?.close()])
    this.#listener = undefined
    this.#metrics.listening.set({}, 0)
  }

  #statuses(targets: readonly TargetPaths[], routes: PeerRoutes): AnnouncerStatus['targets'] {
    const views = this.#peers.views()
    const present = new Set(targets.map(({ target }) => target.address))
    const gone = [...this.#leaving, ...this.#targets].filter(({ target }) => !present.has(target.address))
    const leaving = gone.flatMap((resolved) => {
      const status = withdrawalStatus(resolved, views, routes)
      return status === undefined ? [] : [{ resolved, status }]
    })
    this.#targets = targets
    this.#leaving = leaving.map(({ resolved }) => resolved)
    return [
      ...targets.map((resolved) => targetStatus(resolved, views, routes)),
      ...leaving.map(({ status }) => status),
    ]
  }

  /** Each contradiction and refusal is logged once, and again when it returns after a correction. */
  #complain({ contradictions, refused }: PeerRoutes): void {
    const now = new Map<string, () => void>()
    for (const contradiction of contradictions) {
      const { prefix, ignored } = contradiction
      now.set(`${prefix} ${ignored.advertisement}`, () =>
        say(this.#host.log, 'contradiction', { ...contradiction }),
      )
    }
    for (const [prefix, reason] of refused) {
      now.set(`${prefix} ${reason}`, () => say(this.#host.log, 'refused', { prefix, reason }))
    }
    for (const [key, complain] of now) if (!this.#complaints.has(key)) complain()
    this.#complaints.clear()
    for (const key of now.keys()) this.#complaints.add(key)
  }

  #retrySecrets(): void {
    this.#cancelRetry = this.#host.clock.after(secretRetry, () =>
      this.#host.report({ kind: 'wake', reason: 'a Secret could not be read' }),
    )
  }
}
