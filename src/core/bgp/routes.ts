/*
 * Paths and peers → routes per peer. What several advertisements say of one prefix is merged: communities are united,
 * and of contradictory preferences the first advertisement (by name) wins. Peers that the same advertisements select
 * share one table.
 */
import type { Address } from '../model/address.ts'
import { formatCommunities, gracefulShutdown, uniteCommunities, type Communities } from './community.ts'
import { leadsTo, type Path, type TargetPaths } from './paths.ts'
import type { Prefix } from './prefix.ts'
import { inspector, type BeltReason, type SafetyBelt } from './safety-belt.ts'

export interface RouteAttributes {
  /** Equal attributes have equal keys. */
  readonly key: string
  readonly localPref?: number
  readonly med?: number
  readonly asPathPrepend?: number
  /** Endpoints behind this node, where routers are to be told. */
  readonly weight?: number
  /** About to be withdrawn: its communities say so (RFC 8326). */
  readonly draining?: true
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
  readonly field: PreferenceField
  readonly kept: Preference
  readonly ignored: Preference
}

/** What advertisements may have contradictory opinions on. */
const preferenceFields = ['localPref', 'med', 'asPathPrepend'] as const
type PreferenceField = (typeof preferenceFields)[number]

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

/** Routes for the targets that are to be served, and for those of `draining`, whose end is announced. */
export function routesPerPeer(
  targets: readonly TargetPaths[],
  peers: readonly string[],
  belt: SafetyBelt,
  draining: ReadonlySet<Address> = new Set(),
): PeerRoutes {
  const paths = targets.flatMap(({ target, paths }) => {
    if (target.stage === 'serve') return paths
    return draining.has(target.address) ? paths.map((path) => ({ ...path, draining: true })) : []
  })
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

type Preferences = { readonly [F in PreferenceField]?: Preference }

/** What the advertisements seen so far say of one prefix. */
interface Draft {
  readonly prefix: Prefix
  readonly preferences: Preferences
  readonly communities: Communities
  readonly weight?: number
  readonly draining: boolean
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
    // What stays is no business of what leaves.
    if (a.draining !== b.draining) return a.draining ? b : a
    const preferences = Object.fromEntries(
      preferenceFields.flatMap((field) => {
        const kept = this.#prefer(prefix, field, [a.preferences[field], b.preferences[field]])
        return kept === undefined ? [] : [[field, kept]]
      }),
    )
    const communities = uniteCommunities(a.communities, b.communities)
    return { prefix: a.prefix, communities, preferences, draining: a.draining, ...heavier(a, b) }
  }

  /** The first advertisement by name is used. */
  #prefer(
    prefix: string,
    field: PreferenceField,
    opinions: readonly (Preference | undefined)[],
  ): Preference | undefined {
    const [kept, ignored] = opinions
      .filter((preference) => preference !== undefined)
      .toSorted((x, y) => (x.advertisement < y.advertisement ? -1 : 1))
    if (kept !== undefined && ignored !== undefined && kept.value !== ignored.value) {
      const key = `${prefix} ${field} ${ignored.advertisement}`
      this.contradictions.set(key, { prefix, field, kept, ignored })
    }
    return kept
  }

  #admitted(drafts: ReadonlyMap<string, Draft>): RouteTable {
    const table = new Map<string, Route>()
    for (const [key, draft] of drafts) {
      const tooMany = table.size >= this.#belt.maxPrefixes ? 'TooManyPrefixes' : undefined
      const reason = this.#inspect(draft.prefix) ?? tooMany
      if (reason !== undefined) this.refused.set(key, reason)
      else table.set(key, { prefix: draft.prefix, attributes: this.#attributes.get(draft) })
    }
    return table
  }
}

function draftOf({ prefix, advertisement, options, endpoints, draining = false }: Path): Draft {
  const preferences: { [F in PreferenceField]?: Preference } = {}
  for (const field of preferenceFields) {
    const value = options[field]
    if (value !== undefined) preferences[field] = { advertisement, value }
  }
  const communities = draining ? uniteCommunities(options.communities, gracefulShutdown) : options.communities
  return {
    prefix,
    communities,
    preferences,
    draining,
    ...(options.linkBandwidth ? { weight: endpoints } : {}),
  }
}

/** Addresses under one prefix: as many endpoints as the best served of them has. */
function heavier(a: Draft, b: Draft): Pick<Draft, 'weight'> {
  const weight = Math.max(a.weight ?? -1, b.weight ?? -1)
  return weight < 0 ? {} : { weight }
}

/** One object per distinct set of attributes, so that ten thousand routes carry one. */
class AttributePool {
  readonly #byKey = new Map<string, RouteAttributes>()
  readonly #texts = new Map<Communities, string>()

  get({ preferences, communities, weight, draining }: Draft): RouteAttributes {
    const text = this.#texts.get(communities) ?? formatCommunities(communities).join(' ')
    this.#texts.set(communities, text)
    const { localPref, med, asPathPrepend } = preferences
    const more = { med: med?.value, prepend: asPathPrepend?.value, weight, draining: draining || undefined }
    const rest = Object.entries(more).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    )
    const key = [`${localPref?.value ?? ''}`, text, ...rest].join(' ')
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const made: RouteAttributes = {
      key,
      communities,
      ...Object.fromEntries(Object.entries(preferences).map(([field, { value }]) => [field, value])),
      ...(weight === undefined ? {} : { weight }),
      ...(draining ? { draining } : {}),
    }
    this.#byKey.set(key, made)
    return made
  }
}
