/* What a view owes to the one before it: since when things are as they are, and which addresses moved. */
import type { AnnouncementView, Move, NodeView, OwnerView, PeerView } from './node-view.ts'

/** Moves that a view keeps. */
const rememberedMoves = 100

/** `after` with its memory; `at` is now, RFC 3339. A view equal to `before` comes out equal to it. */
export function remember(before: NodeView | undefined, after: NodeView, at: string): NodeView {
  const moves = before === undefined ? [] : movesBetween(before.owners, after.owners, at)
  return {
    ...after,
    announcements: dated(before?.announcements, after.announcements, announcementTraits, at),
    owners: dated(before?.owners, after.owners, ownerTraits, at),
    peers: dated(before?.peers, after.peers, peerTraits, at),
    moves: [...moves, ...(before?.moves ?? [])].slice(0, rememberedMoves),
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
