/* One row per Service: its addresses, who announces them, to whom, since when. */
import type { Address } from '#core/model/address.ts'
import { compareText } from '#core/model/collections.ts'

import type { AnnouncementView, NodeView, OwnerView } from '../node/view/node-view.ts'
import { running, teller } from '../node/view/teller.ts'
import type { Elsewhere, ForeignAnnouncement } from './source.ts'

export interface ServiceRow {
  /** `namespace/name`. */
  readonly service: string
  readonly addresses: readonly Address[]
  readonly pool?: string
  readonly reason: string
  readonly message: string
  /**
   * `announced`: every address is served by somebody; `silent`: one is not; `pending`: it has no address;
   * `elsewhere`: another node has to serve it, and whether it does is not to be seen from here.
   */
  readonly state: 'announced' | 'silent' | 'pending' | 'elsewhere'
  /** What each node does for it, by address, announcer, node. */
  readonly announcements: readonly NodeAnnouncement[]
}

export interface NodeAnnouncement extends Omit<AnnouncementView, 'services' | 'phase'> {
  readonly node: string
  /** `elected`: it has to, and whether it does is not to be seen from here. */
  readonly phase: AnnouncementView['phase'] | 'elected'
}

/** Sorted by Service. */
export function serviceRows(views: readonly NodeView[], elsewhere?: Elsewhere): ServiceRow[] {
  const announcements = announcementsByService(running(views))
  const foreign = groupedByService(elsewhere?.announcements ?? [])
  const elected = elsewhere === undefined ? new Map<string, OwnerView[]>() : electedElsewhere(views)
  return (teller(views)?.services ?? []).map((assignment) => {
    const { service, addresses, pool, reason, message } = assignment
    const seen = [
      ...(announcements.get(service) ?? []),
      ...(foreign.get(service) ?? []).flatMap((one) => announcementsOf(one, addresses)),
    ]
    const served = new Set(seen.filter(({ phase }) => phase === 'serving').map(({ address }) => address))
    const unserved = addresses.filter((address) => !served.has(address))
    const believed = (elected.get(service) ?? []).filter(({ address }) => unserved.includes(address))
    return {
      service,
      addresses,
      ...(pool === undefined ? {} : { pool }),
      reason,
      message,
      state: stateOf(assignment, unserved, believed, elsewhere),
      announcements: [...seen, ...believed.map(electedOf)].sort(compareAnnouncements),
    }
  })
}

function stateOf(
  { addresses }: Pick<ServiceRow, 'addresses'>,
  unserved: readonly string[],
  believed: readonly OwnerView[],
  elsewhere: Elsewhere | undefined,
): ServiceRow['state'] {
  if (addresses.length === 0) return 'pending'
  if (unserved.length === 0) return 'announced'
  const explained = new Set<string>(believed.map(({ address }) => address))
  return elsewhere?.incomplete === true || unserved.every((address) => explained.has(address))
    ? 'elsewhere'
    : 'silent'
}

/** Who was elected and writes no view that could be seen here. */
function electedElsewhere(views: readonly NodeView[]): Map<string, OwnerView[]> {
  const seen = new Set(views.map(({ node }) => node))
  const owners = teller(views)?.owners ?? []
  return groupedByService(owners.filter(({ winner }) => winner !== undefined && !seen.has(winner)))
}

function electedOf({ winner = '', announcer, address, since }: OwnerView): NodeAnnouncement {
  return {
    node: winner,
    announcer,
    address,
    phase: 'elected',
    ...(since === undefined ? {} : { since }),
  }
}

function announcementsOf(
  { node, announcer, via, since }: ForeignAnnouncement,
  addresses: readonly Address[],
): NodeAnnouncement[] {
  const told = {
    node,
    announcer,
    phase: 'serving',
    via,
    ...(since === undefined ? {} : { since }),
  } as const
  return addresses.map((address) => ({ ...told, address }))
}

function groupedByService<Item extends { readonly service: string }>(items: readonly Item[]) {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(item.service, [...(groups.get(item.service) ?? []), item])
  return groups
}

function announcementsByService(views: readonly NodeView[]): ReadonlyMap<string, NodeAnnouncement[]> {
  const found = new Map<string, NodeAnnouncement[]>()
  for (const { node, announcements } of views) {
    for (const { services, ...announcement } of announcements) {
      for (const service of services) {
        const own = found.get(service) ?? []
        own.push({ node, ...announcement })
        found.set(service, own)
      }
    }
  }
  return found
}

function compareAnnouncements(a: NodeAnnouncement, b: NodeAnnouncement): number {
  return (
    compareText(a.address, b.address) || compareText(a.announcer, b.announcer) || compareText(a.node, b.node)
  )
}

export interface ServiceQuery {
  /** Every word must occur in the name, an address, the pool, a node, the reason or the state. */
  readonly search: string
  readonly offset: number
  readonly limit: number
}

export interface ServicePage {
  /** Rows that match. */
  readonly total: number
  readonly offset: number
  readonly items: readonly ServiceRow[]
}

export function pageOf(rows: readonly ServiceRow[], { search, offset, limit }: ServiceQuery): ServicePage {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const matching = words.length === 0 ? rows : rows.filter((row) => matches(row, words))
  return { total: matching.length, offset, items: matching.slice(offset, offset + limit) }
}

function matches(row: ServiceRow, words: readonly string[]): boolean {
  const { service, addresses, pool = '', reason, state, announcements } = row
  const nodes = announcements.map(({ node, announcer }) => `${node} ${announcer}`)
  const text = [service, ...addresses, pool, reason, state, ...nodes].join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}
