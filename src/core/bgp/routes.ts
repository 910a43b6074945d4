/*
 * Paths and peers → routes per peer. What several advertisements say of one prefix is merged: communities are united,
 * and of contradictory preferences the first advertisement (by name) wins. Peers that the same advertisements select
 * share one table.
 */
import { formatCommunities, uniteCommunities, type Communities } from './community.ts'
import { leadsTo, type Path, type TargetPaths } from './paths.ts'
import type { Prefix } from './prefix.ts'
import { inspector, type BeltReason, type SafetyBelt } from './safety-belt.ts'

export interface RouteAttributes {
  /** Equal attributes have equal keys. */
  readonly key: string
  readonly localPref?: number
  readonly communities: Communities
}

export interface Route {
  readonly prefix: Prefix
  readonly attributes: RouteAttributes
}

/** By prefix text. */
export type RouteTable = ReadonlyMap<string, Route>

export interface Contradiction {
  /** Prefix text. */
  readonly prefix: string
  readonly field: 'localPref'
  readonly kept: Preference
  readonly ignored: Preference
}

interface Preference {
  readonly advertisement: string
  readonly value: number
}

export interface PeerRoutes {
  /** By peer name. */
  readonly tables: ReadonlyMap<string, RouteTable>
  /** Prefixes the safety belt holds back, by prefix text. */
  readonly refused: ReadonlyMap<string, BeltReason>
  readonly contradictions: readonly Contradiction[]
}

/** Routes for the targets that are to be served. */
export function routesPerPeer(
  targets: readonly TargetPaths[],
  peers: readonly string[],
  belt: SafetyBelt,
): PeerRoutes {
  const paths = targets.flatMap(({ target, paths }) => (target.stage === 'serve' ? paths : []))
  const builder = new TableBuilder(paths, belt)
  const selections = distinctSelections(paths)
  const tables = new Map<string, RouteTable>()
  const shared = new Map<string, RouteTable>()
  for (const peer of peers) {
    const group = selections.map((names) => (names.includes(peer) ? '1' : '0')).join('')
    const table = shared.get(group) ?? builder.tableFor(peer)
    shared.set(group, table)
    tables.set(peer, table)
  }
  return { tables, refused: builder.refused, contradictions: [...builder.contradictions.values()] }
}

function distinctSelections(paths: readonly Path[]): (readonly string[])[] {
  const lists = new Map<string, readonly string[]>()
  for (const { peers } of paths) if (peers !== undefined) lists.set(peers.join(), peers)
  return [...lists.values()]
}

/** What the advertisements seen so far say of one prefix. */
interface Draft {
  readonly prefix: Prefix
  readonly localPref: Preference | undefined
  readonly communities: Communities
}

class TableBuilder {
  readonly refused = new Map<string, BeltReason>()
  readonly contradictions = new Map<string, Contradiction>()
  readonly #paths: readonly Path[]
  readonly #belt: SafetyBelt
  readonly #inspect: (prefix: Prefix) => BeltReason | undefined
  readonly #attributes = new AttributePool()

  constructor(paths: readonly Path[], belt: SafetyBelt) {
    this.#paths = paths
    this.#belt = belt
    this.#inspect = inspector(belt)
  }

  tableFor(peer: string): RouteTable {
    const drafts = new Map<string, Draft>()
    for (const path of this.#paths) {
      if (!leadsTo(path, peer)) continue
      const known = drafts.get(path.key)
      const draft = draftOf(path)
      drafts.set(path.key, known === undefined ? draft : this.#merge(path.key, known, draft))
    }
    return this.#admitted(drafts)
  }

  #merge(prefix: string, a: Draft, b: Draft): Draft {
    const [first, second] = [a.localPref, b.localPref]
      .filter((preference) => preference !== undefined)
      .toSorted((x, y) => (x.advertisement < y.advertisement ? -1 : 1))
    if (first !== undefined && second !== undefined && first.value !== second.value) {
      const contradiction = { prefix, field: 'localPref' as const, kept: first, ignored: second }
      this.contradictions.set(`${prefix} ${second.advertisement}`, contradiction)
    }
    const communities = uniteCommunities(a.communities, b.communities)
    return { prefix: a.prefix, communities, localPref: first }
  }

  #admitted(drafts: ReadonlyMap<string, Draft>): RouteTable {
    const table = new Map<string, Route>()
    for (const [key, { prefix, localPref, communities }] of drafts) {
      const tooMany = table.size >= this.#belt.maxPrefixes ? 'TooManyPrefixes' : undefined
      const reason = this.#inspect(prefix) ?? tooMany
      if (reason !== undefined) this.refused.set(key, reason)
      else table.set(key, { prefix, attributes: this.#attributes.get(localPref?.value, communities) })
    }
    return table
  }
}

function draftOf({ prefix, advertisement, options }: Path): Draft {
  const { localPref: value, communities } = options
  return { prefix, communities, localPref: value === undefined ? undefined : { advertisement, value } }
}

/** One object per distinct set of attributes, so that ten thousand routes carry one. */
class AttributePool {
  readonly #byKey = new Map<string, RouteAttributes>()
  readonly #keys = new Map<Communities, string>()

  get(localPref: number | undefined, communities: Communities): RouteAttributes {
    const text = this.#keys.get(communities) ?? formatCommunities(communities).join(' ')
    this.#keys.set(communities, text)
    const key = `${localPref ?? ''} ${text}`
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const made = { key, communities, ...(localPref === undefined ? {} : { localPref }) }
    this.#byKey.set(key, made)
    return made
  }
}
