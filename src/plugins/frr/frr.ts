/* FRR as a whole: the daemons kept at what is wanted, and asked how the sessions do. */
import type { AnnouncerHost } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'
import { milliseconds } from '#core/model/duration.ts'

import { Daemon } from './daemon.ts'
import { describeRefusal, type Refusal, type Trouble } from './errors.ts'
import { say } from './log.ts'
import type { FrrMetrics } from './metrics.ts'
import type { Line } from './model/line.ts'
import type { FrrConfiguration } from './model/render.ts'
import type { FrrPeer } from './peer.ts'
import type { Glance } from './peer-watch.ts'
import {
  bfdKey,
  readBfdCounts,
  readBfdPeers,
  readNeighbors,
  type BfdCounts,
  type BfdReports,
  type NeighborReport,
} from './reports.ts'
import type { DaemonName, Vty } from './vty.ts'

export interface FrrDeps {
  readonly host: AnnouncerHost
  readonly metrics: FrrMetrics
  readonly vty: Vty
}

/** What FRR did not take, as it concerns a peer. */
export interface Application {
  readonly refusals: readonly Refusal[]
  /** Why there is no BFD, if there should be. */
  readonly bfd?: Trouble
}

export class Frr {
  readonly #deps: FrrDeps
  readonly #bgpd: Daemon
  readonly #bfdd: Daemon
  readonly #up = new Map<DaemonName, boolean>()

  constructor(deps: FrrDeps) {
    this.#deps = deps
    this.#bgpd = this.#daemon('bgpd')
    this.#bfdd = this.#daemon('bfdd')
  }

  /** The operator's lines in bgpd. Rejects with a DaemonError. */
  async foreign(signal: AbortSignal): Promise<readonly Line[]> {
    try {
      const lines = await this.#bgpd.foreign(signal)
      this.#mark('bgpd', true)
      return lines
    } catch (error) {
      this.#mark('bgpd', false, messageOf(error))
      throw error
    }
  }

  /** Has bgpd any router yet, ours or the operator's? Rejects with a DaemonError. */
  async hasRouter(signal: AbortSignal): Promise<boolean> {
    return (await this.#bgpd.running(signal)).some(({ text }) => text.startsWith('router bgp '))
  }

  /** Rejects with a DaemonError when bgpd cannot be told; without bfdd the rest goes on. */
  async apply({ bgpd, bfdd }: FrrConfiguration, signal: AbortSignal): Promise<Application> {
    const bfd = await this.#applyBfd(bfdd, signal)
    const refusals = await this.#sync('bgpd', bgpd, signal)
    return { refusals, ...(bfd && { bfd }) }
  }

  /** One glance at each peer, by name. Rejects with a DaemonError. */
  async look(peers: readonly FrrPeer[], signal: AbortSignal): Promise<Map<string, Glance>> {
    const vrfs = [...new Set(peers.map(({ vrf }) => vrf))]
    const reports = new Map<string | undefined, Map<string, NeighborReport>>()
    for (const vrf of vrfs) {
      const scope = vrf === undefined ? '' : `vrf ${vrf} `
      const text = await this.#bgpd.show(`show bgp ${scope}neighbors json`, signal)
      reports.set(vrf, readNeighbors(text ?? ''))
    }
    const [bfd, bfdCounts] = [await this.#bfdReports(signal), await this.#bfdCounts(signal)]
    return new Map(
      peers.map(({ name, id, vrf }) => {
        const [report, detection] = [reports.get(vrf)?.get(id), bfd.get(bfdKey(id, vrf))]
        const counted = bfdCounts.get(bfdKey(id, vrf))
        const bfdGlance = { ...(detection && { bfd: detection }), ...(counted && { bfdCounts: counted }) }
        return [name, { ...(report && { report }), ...bfdGlance }]
      }),
    )
  }

  close(): void {
    this.#bgpd.close()
    this.#bfdd.close()
    for (const daemon of this.#up.keys()) this.#deps.metrics.reachable.remove({ daemon })
    this.#up.clear()
  }

  async #applyBfd(lines: readonly Line[], signal: AbortSignal): Promise<Trouble | undefined> {
    if (lines.length === 0 && !this.#bfdd.connected) return undefined
    try {
      const [refusal] = await this.#sync('bfdd', lines, signal)
      return refusal && { reason: 'CommandRefused', message: describeRefusal(refusal) }
    } catch (error) {
      return { reason: 'BfdUnavailable', message: messageOf(error) }
    }
  }

  async #bfdReports(signal: AbortSignal): Promise<BfdReports> {
    return readBfdPeers(await this.#askBfd('show bfd peers json', signal))
  }

  async #bfdCounts(signal: AbortSignal): Promise<ReadonlyMap<string, BfdCounts>> {
    return readBfdCounts(await this.#askBfd('show bfd peers counters json', signal))
  }

  /** Nothing when bfdd is away: sessions without BFD do not need it. */
  async #askBfd(command: string, signal: AbortSignal): Promise<string> {
    if (!this.#bfdd.connected) return ''
    return (await this.#bfdd.show(command, signal).catch(() => undefined)) ?? ''
  }

  async #sync(name: DaemonName, lines: readonly Line[], signal: AbortSignal): Promise<readonly Refusal[]> {
    const { host, metrics } = this.#deps
    const daemon = name === 'bgpd' ? this.#bgpd : this.#bfdd
    const began = host.clock.now()
    try {
      const { commands, refusals } = await daemon.sync(lines, signal)
      this.#mark(name, true)
      if (commands === 0) return refusals
      const took = milliseconds(host.clock.now() - began)
      metrics.apply.observe({ daemon: name }, took / 1000)
      metrics.commands.add({ daemon: name }, commands)
      metrics.refused.add({ daemon: name }, refusals.length)
      say(host.log, 'applied', { daemon: name, commands, milliseconds: took })
      for (const refusal of refusals) say(host.log, 'commandRefused', { daemon: name, ...refusal })
      return refusals
    } catch (error) {
      this.#mark(name, false, messageOf(error))
      throw error
    }
  }

  #daemon(name: DaemonName): Daemon {
    const { host, vty } = this.#deps
    const closed = (): void => {
      this.#mark(name, false, `${name} closed its socket`)
      host.report({ kind: 'wake', reason: `${name} closed its socket` })
    }
    return new Daemon({ name, vty, clock: host.clock, closed })
  }

  /** Said once per change. */
  #mark(daemon: DaemonName, up: boolean, problem?: string): void {
    if (this.#up.get(daemon) === up) return
    this.#up.set(daemon, up)
    this.#deps.metrics.reachable.set({ daemon }, up ? 1 : 0)
    const { log } = this.#deps.host
    if (up) say(log, 'connected', { daemon })
    else say(log, 'unreachable', { daemon, problem })
  }
}
