/*
 * Targets and peers → routes per peer. An address becomes the prefix its advertisement aggregates it to; what several
 * advertisements say of one prefix is merged: communities are united, and of contradictory preferences the first
 * advertisement (by name) wins. Peers that the same advertisements select share one table.
 */
import type { Offer, Target } from '../announcer.ts'
import { familyOf, type Address } from '../model/address.ts'
import { formatCommunities, uniteCommunities, type Communities } from './community.ts'
import { readBgpOptions, type BgpOptions } from './options.ts'
import { prefixOf, prefixText, type Prefix } from './prefix.ts'
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
  readonly kept: { readonly advertisement: string; readonly value: number }
  readonly ignored: { readonly advertisement: string; readonly value: number }
}

export interface PeerRoutes {
  /** By peer name. */
  readonly tables: ReadonlyMap<string, RouteTable>
  /** Prefixes the safety belt holds back, by prefix text. */
  readonly refused: ReadonlyMap<string, BeltReason>
  readonly contradictions: readonly Contradiction[]
}

export function routesPerPeer(
  targets: readonly Target[],
  peers: readonly string[],
  belt: SafetyBelt,
): PeerRoutes {
  const serving = targets.filter(({ stage }) => stage === 'serve')
  const builder = new TableBuilder(serving, belt)
  const selections = distinctSelections(serving)
  const tables = new Map<string, RouteTable>()
  const shared = new Map<string, RouteTable>()
  for (const peer of peers) {
    const group = selections.map((names) => (names.has(peer) ? '1' : '0')).join('')
    const table = shared.get(group) ?? builder.tableFor(peer)
    shared.set(group, table)
    tables.set(peer, table)
  }
  return { tables, refused: builder.refused, contradictions: [...builder.contradictions.values()] }
}

/** The prefix an offer makes of an address. */
export function prefixFor(address: Address, offer: Offer): Prefix {
  return aggregate(address, readBgpOptions(offer.options))
}

/** Does the offer reach this peer? */
export function selectsPeer({ resources }: Offer, peer: string): boolean {
  return resources?.BGPPeer === undefined || resources.BGPPeer.includes(peer)
}

function aggregate(address: Address, options: BgpOptions): Prefix {
  const v4 = familyOf(address) === 'IPv4'
  return prefixOf(address, v4 ? options.aggregationLength : options.aggregationLengthV6)
}

function distinctSelections(targets: readonly Target[]): Set<string>[] {
  const lists = new Map<string, readonly string[]>()
  for (const { offers } of targets) {
    for (const { resources } of offers) {
      const names = resources?.BGPPeer
      if (names !== undefined) lists.set(names.join(), names)
    }
  }
  return [...lists.values()].map((names) => new Set(names))
}

/** What the advertisements seen so far say of one prefix. */
interface Draft {
  readonly prefix: Prefix
  readonly localPref?: { readonly advertisement: string; readonly value: number }
  readonly communities: Communities
}

class TableBuilder {
  readonly refused = new Map<string, BeltReason>()
  readonly contradictions = new Map<string, Contradiction>()
  readonly #targets: readonly Target[]
  readonly #belt: SafetyBelt
  readonly #inspect: (prefix: Prefix) => BeltReason | undefined
  readonly #attributes = new Map<string, RouteAttributes>()

  constructor(targets: readonly Target[], belt: SafetyBelt) {
    this.#targets = targets
    this.#belt = belt
    this.#inspect = inspector(belt)
  }

  tableFor(peer: string): RouteTable {
    const drafts = new Map<string, Draft>()
    for (const { address, offers } of this.#targets) {
      for (const offer of offers) if (selectsPeer(offer, peer)) this.#add(drafts, address, offer)
    }
    return this.#admitted(drafts)
  }

  #add(drafts: Map<string, Draft>, address: Address, offer: Offer): void {
    const options = readBgpOptions(offer.options)
    const prefix = aggregate(address, options)
    const key = prefixText(prefix)
    const { localPref: value, communities } = options
    const localPref = value === undefined ? undefined : { advertisement: offer.advertisement, value }
    const draft = drafts.get(key)
    if (draft === undefined) {
      drafts.set(key, { prefix, communities, ...(localPref && { localPref }) })
    } else {
      drafts.set(key, this.#merge(draft, { prefix, communities, ...(localPref && { localPref }) }))
    }
  }

  #merge(a: Draft, b: Draft): Draft {
    const [first, second] = [a.localPref, b.localPref]
      .filter((preference) => preference !== undefined)
      .toSorted((x, y) => (x.advertisement < y.advertisement ? -1 : 1))
    if (first !== undefined && second !== undefined && first.value !== second.value) {
      const prefix = prefixText(a.prefix)
      const contradiction = { prefix, field: 'localPref' as const, kept: first, ignored: second }
      this.contradictions.set(`${prefix} ${second.advertisement}`, contradiction)
    }
    const communities = uniteCommunities(a.communities, b.communities)
    return { prefix: a.prefix, communities, ...(first && { localPref: first }) }
  }

  #admitted(drafts: ReadonlyMap<string, Draft>): RouteTable {
    const table = new Map<string, Route>()
    for (const [key, draft] of drafts) {
      const tooMany = table.size >= this.#belt.maxPrefixes ? 'TooManyPrefixes' : undefined
      const reason = this.#inspect(draft.prefix) ?? tooMany
      if (reason !== undefined) this.refused.set(key, reason)
      else table.set(key, { prefix: draft.prefix, attributes: this.#intern(draft) })
    }
    return table
  }

  /** One object per distinct set of attributes, so that ten thousand routes carry one. */
  #intern({ localPref, communities }: Draft): RouteAttributes {
    const key = `${localPref?.value ?? ''} ${formatCommunities(communities).join(' ')}`
    const known = this.#attributes.get(key)
    if (known !== undefined) return known
    const made = { key, communities, ...(localPref && { localPref: localPref.value }) }
    this.#attributes.set(key, made)
    return made
  }
}
