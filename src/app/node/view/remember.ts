/* What a view owes to the one before it: since when things are as they are, which addresses moved, and whose changed. */
import type { Assignment } from '#core/model/decisions.ts'

import type { AddressChange, AnnouncementView, Move, NodeView, OwnerView, PeerView } from './node-view.ts'

/** Moves that a view keeps, and changes. */
export const remembered = 100

/** `after` with its memory; `at` is now, RFC 3339. A view equal to `before` comes out equal to it. */
export function remember(before: NodeView | undefined, after: NodeView, at: string): NodeView {
  const moves = before === undefined ? [] : movesBetween(before.owners, after.owners, at)
  const changes = before === undefined ? [] : changesBetween(before.services, after.services, at)
  return {
    ...after,
    announcements: dated(before?.announcements, after.announcements, announcementTraits, at),
    owners: dated(before?.owners, after.owners, ownerTraits, at),
    peers: dated(before?.peers, after.peers, peerTraits, at),
    moves: [...moves, ...(before?.moves ?? [])].slice(0, remembered),
    changes: [...changes, ...(before?.changes ?? [])].slice(0, remembered),
  }
}

/** `key` says what it is, `state` what it is like; while both are equal, nothing has changed. */
interface Traits<Item> {
  readonly key: (item: Item) => string
  readonly state: (item: Item) => string | undefined
}

const announcementTraits: Traits<AnnouncementView> = {
  key: ({ announcer, address }) => `${announcer} ${address}`,
  state: ({ phase }) => phase,
}

const ownerTraits: Traits<OwnerView> = {
  key: ({ announcer, service, address }) => `${announcer} ${service} ${address}`,
  state: ({ winner }) => winner,
}

const peerTraits: Traits<PeerView> = {
  key: ({ announcer, peer }) => `${announcer} ${peer}`,
  state: ({ state }) => state,
}

function dated<Item extends { readonly since?: string }>(
  before: readonly Item[] | undefined,
  after: readonly Item[],
  { key, state }: Traits<Item>,
  at: string,
): Item[] {
  const known = new Map((before ?? []).map((item) => [key(item), item]))
  return after.map((item) => {
    const was = known.get(key(item))
    const since = was !== undefined && state(was) === state(item) ? was.since : undefined
    // Not a spread with a field behind it: V8 gives each such object a hidden class of its own.
    return Object.assign({}, item, { since: since ?? at })
  })
}

/** A Service that comes or goes is no move. */
function movesBetween(before: readonly OwnerView[], after: readonly OwnerView[], at: string): Move[] {
  const known = new Map(before.map((owner) => [ownerTraits.key(owner), owner]))
  return after.flatMap((owner) => {
    const was = known.get(ownerTraits.key(owner))
    return was === undefined || was.winner === owner.winner ? [] : [moveOf(was, owner, at)]
  })
}

function changesBetween(before: readonly Assignment[], after: readonly Assignment[], at: string) {
  const known = new Map(before.map((assignment) => [assignment.service, assignment]))
  const changes = after.flatMap((is) => {
    const was = known.get(is.service)
    known.delete(is.service)
    return is === was ? [] : (addressChange(was, is, at) ?? [])
  })
  const gone = [...known.values()].flatMap((was) => addressChange(was, undefined, at) ?? [])
  return [...changes, ...gone]
}

/** Undefined when the addresses are the same. One of both is there. */
export function addressChange(
  was: Assignment | undefined,
  is: Assignment | undefined,
  at: string,
): AddressChange | undefined {
  const [before, addresses] = [was?.addresses ?? [], is?.addresses ?? []]
  if (before.join() === addresses.join()) return undefined
  const why = is && { reason: is.reason, message: is.message }
  return { at, service: is?.service ?? was?.service ?? '', before, addresses, ...why }
}

function moveOf({ winner: from }: OwnerView, owner: OwnerView, at: string): Move {
  const { service, address, announcer, winner: to, reason, message } = owner
  return {
    at,
    service,
    address,
    announcer,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    reason,
    message,
  }
}
