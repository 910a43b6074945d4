/* What one gobgpd is known to hold of ours, and the way from there to what it should hold. */
import type { AnnouncerHost } from '#core/announcer.ts'
import type { RouteTable } from '#core/bgp/routes.ts'
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'
import { formatIPv4, type Address } from '#core/model/address.ts'
import { fnv1a } from '#core/model/hash.ts'

import type { GoBgpClient, NeighborSpec, NeighborState, Speaker } from './client.ts'
import type { GoBgpConfig } from './config.ts'
import { invalidPeer, type PeerProblem } from './errors.ts'
import { beforeOf, changesFrom, foundAfter, wantedOf, type Found } from './installation.ts'
import { say } from './log.ts'
import { parseDescription } from './marks.ts'
import type { GoBgpMetrics } from './metrics.ts'
import { isUsable, type ResolvedPeer, type UsablePeer } from './peers.ts'
import { compileRouting } from './routing.ts'
import { makeChanges, readFound } from './sync.ts'

export interface SyncResult {
  /** By peer name: the prefixes that gobgpd has for it. */
  readonly told: ReadonlyMap<string, ReadonlySet<string>>
  /** By peer name. */
  readonly problems: ReadonlyMap<string, PeerProblem>
  /** As they are now, with what a state event leaves out: the families they agreed on. */
  readonly neighbors: readonly NeighborState[]
}

/** What may go out, and what goes out of it: by peer name. */
export interface Outbound {
  readonly tables: ReadonlyMap<string, RouteTable>
  readonly belt: SafetyBelt
}

const nothing: SyncResult = { told: new Map(), problems: new Map(), neighbors: [] }

export class Mirror {
  readonly #client: GoBgpClient
  readonly #config: GoBgpConfig
  readonly #host: AnnouncerHost
  readonly #metrics: GoBgpMetrics
  #speaker: Speaker | undefined
  #found: Found | undefined

  constructor(client: GoBgpClient, config: GoBgpConfig, host: AnnouncerHost, metrics: GoBgpMetrics) {
    this.#client = client
    this.#config = config
    this.#host = host
    this.#metrics = metrics
  }

  /** Rejects with an ApiError; the mirror is of no use after that. */
  async sync(
    peers: readonly ResolvedPeer[],
    { tables, belt }: Outbound,
    signal: AbortSignal,
  ): Promise<SyncResult> {
    const usable = peers.filter(isUsable)
    const speaker = await this.#running(usable, signal)
    if (speaker === undefined) return nothing
    const found = this.#found ?? (await this.#read(signal))
    const problems = misfits(usable, speaker, this.#config, found)
    const fitting = usable.filter(({ name }) => !problems.has(name))
    const sessions = new Map(fitting.map(({ name, session }) => [name, session]))
    const routing = compileRouting(tables, sessions, beforeOf(found))
    const wanted = wantedOf(routing, neighborsOf(fitting, found), belt)
    const refused = await makeChanges(this.#client, changesFrom(found, wanted), signal)
    this.#found = without(foundAfter(found, wanted), refused)
    for (const { name, peer } of fitting) {
      const message = refused.get(peer.address)
      if (message !== undefined) problems.set(name, { reason: 'RefusedByDaemon', message })
    }
    return { told: routing.told, problems, neighbors: await this.#client.neighbors(signal) }
  }

  /** Has somebody taken a neighbour of ours away? */
  lacks(states: readonly NeighborState[]): boolean {
    const there = new Map(states.map(({ address, description }) => [address, description]))
    return [...(this.#found?.neighbors ?? [])].some(
      ([address, text]) => parseDescription(text) !== undefined && there.get(address) !== text,
    )
  }

  async #read(signal: AbortSignal): Promise<Found> {
    this.#metrics.resyncs.add({})
    return await readFound(this.#client, signal)
  }

  /** Undefined while there is no need to start BGP: no peers. */
  async #running(peers: readonly UsablePeer[], signal: AbortSignal): Promise<Speaker | undefined> {
    this.#speaker ??= await this.#client.global(signal)
    const [first] = peers
    if (this.#speaker.asn !== 0) return this.#speaker
    if (first === undefined) return undefined
    const { asn, routerId, listenPort } = this.#config
    const speaker = {
      asn: asn ?? first.peer.localAs,
      routerId: routerId ?? first.peer.routerId ?? first.session.local.IPv4 ?? madeUpId(this.#host.node),
    }
    await this.#client.start({ ...speaker, listenPort: listenPort === 0 ? -1 : listenPort }, signal)
    say(this.#host.log, 'started', { ...speaker, listenPort })
    this.#speaker = speaker
    return speaker
  }
}

/** Peers that this gobgpd cannot have, and why. */
function misfits(
  peers: readonly UsablePeer[],
  speaker: Speaker,
  config: GoBgpConfig,
  found: Found,
): Map<string, PeerProblem> {
  const problems = new Map<string, PeerProblem>()
  for (const peer of peers) {
    const problem = misfit(peer, speaker, config, found)
    if (problem !== undefined) problems.set(peer.name, problem)
  }
  return problems
}

function misfit(
  { peer, spec, problem }: UsablePeer,
  speaker: Speaker,
  config: GoBgpConfig,
  found: Found,
): PeerProblem | undefined {
  const wantedAs = config.asn
  if (wantedAs !== undefined && wantedAs !== speaker.asn) {
    const message = `gobgpd runs as AS ${speaker.asn}, and the plugin's option asn says ${wantedAs}`
    return { reason: 'WrongAS', message }
  }
  if (peer.routerId !== undefined && peer.routerId !== speaker.routerId) {
    return invalidPeer(
      'routerID',
      `found ${peer.routerId}, allowed ${speaker.routerId}: gobgpd has that one for all`,
    )
  }
  const there = found.neighbors.get(peer.address)
  if (there !== undefined && parseDescription(there) === undefined) {
    const message = `gobgpd has a neighbour ${peer.address} that Herald did not make; it is left alone`
    return { reason: 'ForeignNeighbor', message }
  }
  return spec === 'keep' && there === undefined ? problem : undefined
}

function neighborsOf(peers: readonly UsablePeer[], found: Found): Map<Address, NeighborSpec | 'keep'> {
  return new Map(
    peers
      .filter(({ spec, peer }) => spec !== 'keep' || found.neighbors.has(peer.address))
      .map(({ peer, spec }) => [peer.address, spec]),
  )
}

/** A refused neighbour is tried again with the next change. */
function without(found: Found, refused: ReadonlyMap<Address, string>): Found {
  return { ...found, neighbors: new Map([...found.neighbors].filter(([address]) => !refused.has(address))) }
}

/** A router ID from the node's name where the node has no IPv4 address. */
function madeUpId(node: string): Address {
  return formatIPv4(fnv1a(node) || 1)
}
