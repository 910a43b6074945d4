/* The configuration laid over the nodes: which node each advertisement selects, and which peers each node has. */
import type { NodeView } from './node-view.ts'
import { compareText, groupBy } from '../model/collections.ts'
import type { Advertisement, Config, ConfigResource } from '../model/config.ts'
import type { Address } from '../model/address.ts'
import type { AnnouncerInfo, PathState, Settings, ShutPath } from '../model/facts.ts'
import { selects, selectsAny } from '../model/selector.ts'
import type { Shutness } from '../election/order.ts'

/** An advertisement and the nodes it selects, each with its preference score. */
export interface PlacedAdvertisement {
  readonly ad: Advertisement
  readonly announcer: AnnouncerInfo
  readonly scores: ReadonlyMap<string, number>
}

/** The advertisements of one announcer that cover a pool. */
export interface Coverage {
  readonly announcer: AnnouncerInfo
  /** In the order of their references. */
  readonly ads: readonly PlacedAdvertisement[]
  /** Whether one of them asks for labels of the Service. */
  readonly selective: boolean
}

interface Placement extends PlacedAdvertisement {
  readonly scores: Map<string, number>
}

const peerKind = 'BGPPeer'

/** One that is untried may well be open: whoever is elected finds out. */
const shutnessOf: Readonly<Record<PathState, Shutness>> = { untried: 0, shut: 1, 'never-open': 2 }

export class Landscape {
  readonly #nodes = new Map<string, NodeView>()
  readonly #placements: readonly Placement[]
  readonly #byPool: ReadonlyMap<string, readonly Coverage[]>
  readonly #peers: readonly ConfigResource[]
  /** By node, then by announcer. */
  readonly #peersOn = new Map<string, ReadonlyMap<string, readonly ConfigResource[]>>()
  #sorted: readonly NodeView[] | undefined
  /** By address and node. */
  #shut: ReadonlyMap<Address, ReadonlyMap<string, PathState>> = new Map()

  constructor(
    config: Config,
    settings: Settings,
    nodes: Iterable<NodeView>,
    shutPaths: readonly ShutPath[] = [],
  ) {
    this.setShutPaths(shutPaths)
    const announcers = new Map(settings.announcers.map((info) => [info.name, info]))
    this.#placements = config.advertisements.flatMap((ad) => {
      const announcer = announcers.get(ad.announcer)
      return announcer === undefined ? [] : [{ ad, announcer, scores: new Map<string, number>() }]
    })
    this.#byPool = coveragesByPool(this.#placements)
    this.#peers = config.resources.filter(({ kind }) => kind === peerKind)
    for (const node of nodes) this.setNode(node)
  }

  get nodes(): ReadonlyMap<string, NodeView> {
    return this.#nodes
  }

  /** By name. */
  get sortedNodes(): readonly NodeView[] {
    this.#sorted ??= [...this.#nodes.values()].sort((a, b) => compareText(a.name, b.name))
    return this.#sorted
  }

  /** Names of those that are being drained. */
  drainedNodes(): string[] {
    return [...this.#nodes.values()].flatMap(({ name, draining }) => (draining ? [name] : []))
  }

  /** One per announcer with an advertisement of the pool, sorted by announcer. */
  covering(pool: string): readonly Coverage[] {
    return this.#byPool.get(pool) ?? []
  }

  /** Names of the BGPPeers that the advertisement reaches from the node, sorted. */
  peersOf({ ad }: PlacedAdvertisement, node: string): readonly string[] {
    return namesFor(ad, this.#peersOn.get(node)?.get(ad.announcer) ?? [])
  }

  /** Names of the BGPPeers that the advertisement reaches from any node, sorted. */
  peersAnywhere({ ad }: PlacedAdvertisement): readonly string[] {
    return namesFor(
      ad,
      this.#peers.filter(({ announcer }) => announcer === ad.announcer),
    )
  }

  setShutPaths(paths: readonly ShutPath[]): void {
    const byAddress = groupBy(paths, ({ address }) => address)
    this.#shut = new Map(
      [...byAddress].map(([address, found]) => [
        address,
        new Map(found.map(({ node, state }) => [node, state])),
      ]),
    )
  }

  /** How well the node reaches the addresses: what is worst among them. */
  shutness(addresses: readonly Address[], node: string): Shutness {
    let worst: Shutness = 0
    if (this.#shut.size === 0) return worst
    for (const address of addresses) {
      const state = this.#shut.get(address)?.get(node)
      const found = state === undefined ? 0 : shutnessOf[state]
      if (found > worst) worst = found
    }
    return worst
  }

  /** Whether it is silent for as long as it does not know. */
  isUntried(addresses: readonly Address[], node: string): boolean {
    if (this.#shut.size === 0) return false
    return addresses.some((address) => this.#shut.get(address)?.get(node) === 'untried')
  }

  setNode(node: NodeView): void {
    this.#nodes.set(node.name, node)
    this.#sorted = undefined
    for (const { ad, scores } of this.#placements) {
      if (selectsAny(ad.nodeSelectors, node.labels)) scores.set(node.name, scoreOf(ad, node))
      else scores.delete(node.name)
    }
    const present = this.#peers.filter(({ nodeSelectors }) => selectsAny(nodeSelectors, node.labels))
    this.#peersOn.set(
      node.name,
      groupBy(present, ({ announcer }) => announcer ?? ''),
    )
  }

  removeNode(name: string): void {
    this.#nodes.delete(name)
    this.#sorted = undefined
    this.#peersOn.delete(name)
    for (const { scores } of this.#placements) scores.delete(name)
  }
}

/** Whether the announcer reaches the network through BGPPeers, so that a node without one has nothing to say. */
export function speaksToPeers(announcer: AnnouncerInfo): boolean {
  return announcer.resources.includes(peerKind)
}

function coveragesByPool(placements: readonly PlacedAdvertisement[]): Map<string, readonly Coverage[]> {
  const placed = placements.flatMap((ad) => ad.ad.pools.map((pool) => ({ pool, ad })))
  const byPool = [...groupBy(placed, ({ pool }) => pool)].map(([pool, found]) => {
    const byAnnouncer = groupBy(
      found.map(({ ad }) => ad),
      ({ announcer }) => announcer,
    )
    const coverages = [...byAnnouncer].map(([announcer, ads]) => {
      return { announcer, ads, selective: ads.some(({ ad }) => ad.serviceSelectors.length > 0) }
    })
    return [pool, coverages.sort((a, b) => compareText(a.announcer.name, b.announcer.name))] as const
  })
  return new Map(byPool)
}

function namesFor(ad: Advertisement, peers: readonly ConfigResource[]): string[] {
  const names = peers.map(({ name }) => name)
  return ad.peers === undefined ? names : names.filter((name) => ad.peers?.includes(name))
}

function scoreOf(ad: Advertisement, node: NodeView): number {
  const weights = ad.preferredNodes.filter(({ selector }) => selects(selector, node.labels))
  return weights.reduce((sum, { weight }) => sum + weight, 0)
}
