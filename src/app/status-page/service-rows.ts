/* One row per Service: its addresses, who announces them, to whom, since when. */
import { compareText } from '#core/model/collections.ts'

import type { AnnouncementView, NodeView } from '../node/view/node-view.ts'
import { running, teller } from '../node/view/teller.ts'

export interface ServiceRow {
  /** `namespace/name`. */
  readonly service: string
  readonly addresses: readonly string[]
  readonly pool?: string
  readonly reason: string
  readonly message: string
  /** `announced`: every address is served by somebody; `silent`: one is not; `pending`: it has no address. */
  readonly state: 'announced' | 'silent' | 'pending'
  /** What each node does for it, by address, announcer, node. */
  readonly announcements: readonly NodeAnnouncement[]
}

export interface NodeAnnouncement extends Omit<AnnouncementView, 'services'> {
  readonly node: string
}

/** Sorted by Service. */
export function serviceRows(views: readonly NodeView[]): ServiceRow[] {
  const announcements = announcementsByService(running(views))
  return (teller(views)?.services ?? []).map(({ service, addresses, pool, reason, message }) => {
    const own = announcements.get(service) ?? []
    const served = new Set(own.filter(({ phase }) => phase === 'serving').map(({ address }) => address))
    const state = addresses.every((address) => served.has(address)) ? 'announced' : 'silent'
    return {
      service,
      addresses,
      ...(pool === undefined ? {} : { pool }),
      reason,
      message,
      state: addresses.length === 0 ? 'pending' : state,
      announcements: own,
    }
  })
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
  for (const own of found.values()) own.sort(compareAnnouncements)
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
