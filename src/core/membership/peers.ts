/*
 * The peers by name. What is known of one changes with every datagram, who they are hardly ever: a copy shares the names
 * and is one array, which for 100 members costs a fiftieth of a map.
 */
import type { Peer } from './peer.ts'

export interface Peers {
  readonly size: number
  /** In the order in which they were expected. */
  readonly names: readonly string[]
  /** In the same order. */
  readonly all: readonly Peer[]
  get(node: string): Peer | undefined
  has(node: string): boolean
  copy(): PeerTable
}

/** Of who makes a new state; nobody writes once it is one. */
export class PeerTable implements Peers {
  readonly names: readonly string[]
  readonly all: Peer[]
  readonly #places: ReadonlyMap<string, number>

  constructor(all: Peer[], places: ReadonlyMap<string, number>, names: readonly string[]) {
    this.all = all
    this.#places = places
    this.names = names
  }

  static of(peers: readonly Peer[]): PeerTable {
    const names = peers.map(({ node }) => node)
    return new PeerTable([...peers], new Map(names.map((name, place) => [name, place])), names)
  }

  get size(): number {
    return this.all.length
  }

  get(node: string): Peer | undefined {
    const place = this.#places.get(node)
    return place === undefined ? undefined : this.all[place]
  }

  has(node: string): boolean {
    return this.#places.has(node)
  }

  /** Takes the place of what was known of the same peer. */
  put(peer: Peer): void {
    const place = this.#places.get(peer.node)
    if (place !== undefined) this.all[place] = peer
  }

  copy(): PeerTable {
    return new PeerTable(this.all.slice(), this.#places, this.names)
  }
}

/** The same peers, each of which is in the sense of `alike` what it was. */
export function samePeers(
  before: Peers,
  after: Peers,
  alike: (earlier: Peer, peer: Peer) => boolean,
): boolean {
  if (before === after) return true
  if (before.size !== after.size) return false
  return after.all.every((peer, place) => {
    const earlier = before.names === after.names ? before.all[place] : before.get(peer.node)
    return earlier === peer || (earlier !== undefined && alike(earlier, peer))
  })
}
