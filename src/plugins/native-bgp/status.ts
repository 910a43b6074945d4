/* What became of each target, from the routes and the sessions. Pure. */
import type { Offer, Target, TargetStatus } from '#core/announcer.ts'
import { prefixText } from '#core/bgp/prefix.ts'
import { prefixFor, selectsPeer, type PeerRoutes } from '#core/bgp/routes.ts'
import { familyOf, type Address, type Family } from '#core/model/address.ts'

import type { FamilyFault } from './outbound.ts'

/** What a target's status depends on. */
export interface PeerView {
  readonly name: string
  readonly established: boolean
  /** State, and what is wrong, in one phrase. */
  readonly detail: string
  /** Has the peer been told of the prefix? */
  holds(prefix: string): boolean
  /** Why routes of the family cannot be sent on the established session. */
  familyFault(family: Family): FamilyFault | undefined
}

/** One offer's prefix and a peer it goes to. */
interface Path {
  readonly prefix: string
  readonly peer: PeerView
}

export function targetStatus(target: Target, peers: readonly PeerView[], routes: PeerRoutes): TargetStatus {
  const { address, stage } = target
  const paths = pathsOf(target, peers)
  if (stage === 'arm') return { address, phase: 'armed' }
  if (stage === 'retire') return withdrawalStatus(target, peers, routes) ?? { address, phase: 'silent' }
  const refused = refusal(target, routes)
  if (refused !== undefined) return { address, phase: 'failed', ...refused }
  const telling = paths.filter(({ peer, prefix }) => peer.holds(prefix))
  if (telling.length === 0) return { address, phase: 'pending', ...whyPending(address, paths) }
  const via = [...new Set(telling.map(({ peer }) => peer.name))].sort()
  const lacking = paths.filter(({ peer }) => !via.includes(peer.name))
  const message = lacking.length === 0 ? undefined : `not told yet: ${details(lacking)}`
  return { address, phase: 'serving', via, ...(message && { message }) }
}

/** Undefined once no peer holds a prefix of the target that nothing else wants. */
export function withdrawalStatus(
  target: Target,
  peers: readonly PeerView[],
  { tables }: PeerRoutes,
): TargetStatus | undefined {
  const holding = pathsOf(target, peers).filter(
    ({ peer, prefix }) => peer.holds(prefix) && !tables.get(peer.name)?.has(prefix),
  )
  if (holding.length === 0) return undefined
  const via = [...new Set(holding.map(({ peer }) => peer.name))].sort()
  const message = `waiting for ${via.join(', ')} to take the withdrawal`
  return { address: target.address, phase: 'pending', via, reason: 'Withdrawing', message }
}

function pathsOf({ address, offers }: Target, peers: readonly PeerView[]): Path[] {
  return offers.flatMap((offer) => {
    const prefix = prefixText(prefixFor(address, offer))
    return reached(offer, peers).map((peer) => ({ prefix, peer }))
  })
}

function reached(offer: Offer, peers: readonly PeerView[]): PeerView[] {
  return peers.filter(({ name }) => selectsPeer(offer, name))
}

function refusal(
  { address, offers }: Target,
  { refused }: PeerRoutes,
): { readonly reason: string; readonly message: string } | undefined {
  const prefixes = offers.map((offer) => prefixText(prefixFor(address, offer)))
  if (!prefixes.every((prefix) => refused.has(prefix))) return undefined
  const [prefix = ''] = prefixes
  const reason = refused.get(prefix) ?? ''
  return { reason, message: `the safety belt holds ${prefix} back` }
}

function whyPending(
  address: Address,
  paths: readonly Path[],
): { readonly reason: string; readonly message: string } {
  if (paths.length === 0) {
    return { reason: 'NoPeer', message: 'no BGPPeer of this node is selected by its advertisements' }
  }
  const up = paths.filter(({ peer }) => peer.established)
  if (up.length === 0) return { reason: 'NoSessionEstablished', message: details(paths) }
  const family = familyOf(address)
  const faults = up.map(({ peer }) => peer.familyFault(family))
  if (faults.every((fault) => fault === 'FamilyNotNegotiated')) {
    const names = up.map(({ peer }) => peer.name).join(', ')
    return { reason: 'FamilyNotNegotiated', message: `${names} did not agree to receive ${family} routes` }
  }
  if (faults.every((fault) => fault !== undefined)) {
    const message = `the interface of the session has no ${family} address to be the next hop`
    return { reason: 'NoNextHop', message }
  }
  return { reason: 'Sending', message: 'the peers are slow to read' }
}

function details(paths: readonly Path[]): string {
  const lines = new Map(paths.map(({ peer }) => [peer.name, `${peer.name}: ${peer.detail}`]))
  return [...lines.values()].join('; ')
}
