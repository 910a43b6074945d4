/* Desired state in, gobgpd told the difference, status out. */
import type { Announcer, AnnouncerHost, AnnouncerStatus, DesiredState, Resource } from '#core/announcer.ts'
import { Complaints } from '#core/bgp/complaints.ts'
import { Draining } from '#core/bgp/draining.ts'
import { pathsOf } from '#core/bgp/paths.ts'
import { routesPerPeer, type PeerRoutes } from '#core/bgp/routes.ts'
import { beltFor, poolKind } from '#core/bgp/safety-belt.ts'
import { TargetLedger } from '#core/bgp/target-status.ts'
import { messageOf } from '#core/errors.ts'
import { seconds } from '#core/model/duration.ts'

import type { Connect, GoBgpClient, LocalAddresses } from './client.ts'
import type { GoBgpConfig } from './config.ts'
import { ApiError, type PeerProblem } from './errors.ts'
import { Link } from './link.ts'
import { say } from './log.ts'
import { goBgpMetrics, type GoBgpMetrics } from './metrics.ts'
import { Mirror, type Outbound, type SyncResult } from './mirror.ts'
import { PeerBoard, type Told } from './peer-board.ts'
import { resolvePeer, type ResolvedPeer } from './peers.ts'

/** What failed for another reason than the connection is tried again after this time. */
const retryDelay = seconds(5)
/** How often counters are read, and gobgpd is asked whether all is as it was left. */
const lookInterval = seconds(15)

export interface GoBgpPorts {
  readonly connect: Connect
  readonly localAddresses: LocalAddresses
}

export class GoBgpAnnouncer implements Announcer {
  readonly #config: GoBgpConfig
  readonly #host: AnnouncerHost
  readonly #ports: GoBgpPorts
  readonly #metrics: GoBgpMetrics
  readonly #link: Link
  readonly #board: PeerBoard
  readonly #draining: Draining
  readonly #ledger = new TargetLedger()
  readonly #complaints: Complaints
  #mirror: Mirror | undefined
  /** Why gobgpd is out of reach: said once, and again after it was reached. */
  #complaint: string | undefined = 'not connected yet'
  #cancelRetry: () => void = () => {}
  #cancelLook: () => void = () => {}

  constructor(config: GoBgpConfig, host: AnnouncerHost, ports: GoBgpPorts) {
    this.#config = config
    this.#host = host
    this.#ports = ports
    this.#metrics = goBgpMetrics(host.metrics)
    this.#board = new PeerBoard(host, this.#metrics)
    this.#draining = new Draining(host, config.drainTime)
    this.#complaints = new Complaints((line, fields) => say(host.log, line, fields))
    this.#link = new Link(ports.connect, host.clock, {
      cameUp: (client) => this.#cameUp(client),
      wentDown: (problem) => this.#wentDown(problem),
      neighborSeen: (state) => this.#board.seen(state),
    })
  }

  /**
   * A gobgpd that the configuration names is expected, and whatever an earlier run left in it is looked after; else
   * nothing is opened before there is something to announce. One that is not there yet is no error.
   */
  async open(signal: AbortSignal): Promise<void> {
    this.#metrics.connected.set({}, 0)
    if (this.#config.expected) await abortable(this.#link.open(), signal)
  }

  async reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus> {
    this.#cancelRetry()
    const resources = desired.resources.BGPPeer ?? []
    if (resources.length > 0) await abortable(this.#link.open(), signal)
    const peers = await abortable(this.#resolve(resources), signal)
    if (peers.some(({ problem }) => problem?.reason === 'SecretUnavailable'))
      this.#retry('a Secret could not be read')
    const targets = pathsOf(desired.targets)
    const belt = beltFor(this.#config.belt, desired.resources[poolKind])
    const routes = routesPerPeer(
      targets,
      peers.map(({ name }) => name),
      belt,
      this.#draining.of(desired.targets),
    )
    this.#complaints.about(routes)
    const result = await this.#sync(peers, { tables: routes.tables, belt }, signal)
    if (result !== undefined) {
      this.#board.keep(peers, (peer) => toldOf(peer, routes, result))
      for (const state of result.neighbors) this.#board.seen(state)
    }
    return {
      generation: desired.generation,
      targets: this.#ledger.statuses(targets, this.#board.views(), routes),
    }
  }

  async close(): Promise<void> {
    this.#cancelRetry()
    this.#cancelLook()
    this.#draining.stop()
    this.#link.close()
    this.#mirror = undefined
    this.#board.close()
    this.#metrics.connected.set({}, 0)
  }

  #resolve(resources: readonly Resource[]): Promise<ResolvedPeer[]> {
    const { localAddresses } = this.#ports
    return Promise.all(resources.map((resource) => resolvePeer(resource, this.#host, localAddresses)))
  }

  /** Undefined when the signal aborted: what became of the peers is for the next call to find out. */
  async #sync(
    peers: readonly ResolvedPeer[],
    outbound: Outbound,
    signal: AbortSignal,
  ): Promise<SyncResult | undefined> {
    const { client } = this.#link
    if (client === undefined) return allTroubled(peers, unreachable(this.#link.problem))
    this.#mirror ??= new Mirror(client, this.#config, this.#host, this.#metrics)
    try {
      return await this.#mirror.sync(peers, outbound, signal)
    } catch (error) {
      return this.#syncFailed(client, peers, error)
    }
  }

  #syncFailed(client: GoBgpClient, peers: readonly ResolvedPeer[], error: unknown): SyncResult | undefined {
    if (!(error instanceof ApiError)) throw error
    this.#mirror = undefined
    if (error.kind === 'aborted') return undefined
    this.#metrics.syncsFailed.add({})
    if (error.kind === 'unreachable') {
      this.#link.fail(client, error.message)
      return allTroubled(peers, unreachable(error.message))
    }
    say(this.#host.log, 'syncFailed', { problem: error.message })
    this.#retry('gobgpd did not take everything')
    return allTroubled(peers, { reason: 'RefusedByDaemon', message: error.message })
  }

  #cameUp(client: GoBgpClient): void {
    say(this.#host.log, 'connected', { endpoint: this.#config.endpoint, api: client.version })
    this.#metrics.connected.set({}, 1)
    this.#complaint = undefined
    this.#mirror = undefined
    this.#lookLater(client)
    this.#host.report({ kind: 'wake', reason: 'gobgpd answers' })
  }

  #wentDown(problem: string): void {
    this.#cancelLook()
    this.#metrics.connected.set({}, 0)
    this.#board.forget(unreachable(problem))
    if (problem !== this.#complaint)
      say(this.#host.log, 'unreachable', { endpoint: this.#config.endpoint, problem })
    if (this.#complaint === undefined) {
      this.#metrics.connectionsLost.add({})
      this.#host.report({ kind: 'wake', reason: 'gobgpd is unreachable' })
    }
    this.#complaint = problem
    this.#mirror = undefined
  }

  #lookLater(client: GoBgpClient): void {
    this.#cancelLook = this.#host.clock.after(lookInterval, () => void this.#look(client))
  }

  /** A daemon that answers no more is noticed here, and so is somebody who changed what is ours. */
  async #look(client: GoBgpClient): Promise<void> {
    try {
      const states = await client.neighbors(AbortSignal.timeout(lookInterval))
      if (this.#link.client !== client) return
      for (const state of states) this.#board.seen(state)
      if (this.#mirror?.lacks(states) === true) {
        this.#mirror = undefined
        this.#host.report({ kind: 'wake', reason: 'somebody removed a neighbour of ours from gobgpd' })
      }
      this.#lookLater(client)
    } catch (error) {
      this.#link.fail(client, messageOf(error))
    }
  }

  #retry(reason: string): void {
    this.#cancelRetry()
    this.#cancelRetry = this.#host.clock.after(retryDelay, () => this.#host.report({ kind: 'wake', reason }))
  }
}

/** Rejects when the signal aborts first; what `work` does then is of no interest. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let giveUp = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(new ApiError('aborted', 'reconcile', 'no longer wanted'))
    signal.addEventListener('abort', giveUp, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function unreachable(problem: string): PeerProblem {
  return { reason: 'DaemonUnreachable', message: `gobgpd cannot be reached: ${problem}` }
}

function allTroubled(peers: readonly ResolvedPeer[], problem: PeerProblem): SyncResult {
  return { told: new Map(), problems: new Map(peers.map(({ name }) => [name, problem])), neighbors: [] }
}

function toldOf(peer: ResolvedPeer, { tables }: PeerRoutes, { told, problems }: SyncResult): Told {
  const problem = problems.get(peer.name)
  return {
    prefixes: told.get(peer.name) ?? new Set(),
    wanted: tables.get(peer.name)?.size ?? 0,
    ...(problem && { problem }),
  }
}
