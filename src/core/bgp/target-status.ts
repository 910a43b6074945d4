/* What became of each target, from the routes and the sessions: the same for every BGP backend. */
import type { TargetStatus } from '../announcer.ts'
import { familyOf, type Address, type Family } from '../model/address.ts'
import { leadsTo, type TargetPaths } from './paths.ts'
import type { PeerRoutes } from './routes.ts'

/** Why routes of a family cannot be sent on a session. */
export type FamilyFault = 'FamilyNotNegotiated' | 'NoNextHop'

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

/** A prefix and a peer it goes to. */
interface Leg {
  readonly key: string
  readonly peer: PeerView
}

/** Keeps account of targets that are no longer desired until no peer holds them any more. */
export class TargetLedger {
  #targets: readonly TargetPaths[] = []
  #leaving: readonly TargetPaths[] = []

  /** One status for each target, and one for each that is not withdrawn everywhere yet. */
  statuses(targets: readonly TargetPaths[], views: readonly PeerView[], routes: PeerRoutes): TargetStatus[] {
    const present = new Set(targets.map(({ target }) => target.address))
    const gone = [...this.#leaving, ...this.#targets].filter(({ target }) => !present.has(target.address))
    const leaving = gone.flatMap((resolved) => {
      const status = withdrawalStatus(resolved, views, routes)
      return status === undefined ? [] : [{ resolved, status }]
    })
    this.#targets = targets
    this.#leaving = leaving.map(({ resolved }) => resolved)
    return [
      ...targets.map((resolved) => targetStatus(resolved, views, routes)),
      ...leaving.map(({ status }) => status),
    ]
  }
}

function targetStatus(resolved: TargetPaths, peers: readonly PeerView[], routes: PeerRoutes): TargetStatus {
  const { address, stage } = resolved.target
  if (stage === 'arm') return { address, phase: 'armed' }
  if (stage === 'retire') {
    return (
      drainStatus(resolved, peers, routes) ??
      withdrawalStatus(resolved, peers, routes) ?? { address, phase: 'silent' }
    )
  }
  const refused = refusal(resolved, routes)
  if (refused !== undefined) return { address, phase: 'failed', ...refused }
  const legs = legsOf(resolved, peers)
  const via = namesOf(legs.filter(({ peer, key }) => peer.holds(key)))
  if (via.length === 0) return { address, phase: 'pending', ...whyPending(address, legs) }
  const lacking = legs.filter(({ peer }) => !via.includes(peer.name))
  if (lacking.length === 0) return { address, phase: 'serving', via }
  return { address, phase: 'serving', via, message: `not told yet: ${details(lacking)}` }
}

/** Undefined unless a peer is being told that the routes are about to end. */
function drainStatus(
  resolved: TargetPaths,
  peers: readonly PeerView[],
  { tables }: PeerRoutes,
): TargetStatus | undefined {
  const legs = legsOf(resolved, peers)
  const via = namesOf(legs.filter(({ peer, key }) => tables.get(peer.name)?.get(key)?.attributes.draining))
  if (via.length === 0) return undefined
  const message = `${via.join(', ')} may still send traffic: told that the route is about to end`
  return { address: resolved.target.address, phase: 'pending', via, reason: 'Draining', message }
}

/** Undefined once no peer holds a prefix of the target that nothing else wants. */
function withdrawalStatus(
  resolved: TargetPaths,
  peers: readonly PeerView[],
  { tables }: PeerRoutes,
): TargetStatus | undefined {
  const via = namesOf(
    legsOf(resolved, peers).filter(
      ({ peer, key }) => peer.holds(key) && tables.get(peer.name)?.has(key) !== true,
    ),
  )
  if (via.length === 0) return undefined
  const message = `waiting for ${via.join(', ')} to take the withdrawal`
  return { address: resolved.target.address, phase: 'pending', via, reason: 'Withdrawing', message }
}

function legsOf({ paths }: TargetPaths, peers: readonly PeerView[]): Leg[] {
  const legs: Leg[] = []
  for (const path of paths) {
    for (const peer of peers) if (leadsTo(path, peer.name)) legs.push({ key: path.key, peer })
  }
  return legs
}

function namesOf(legs: readonly Leg[]): string[] {
  return [...new Set(legs.map(({ peer }) => peer.name))].sort()
}

function refusal(
  { paths }: TargetPaths,
  { refused }: PeerRoutes,
): { readonly reason: string; readonly message: string } | undefined {
  const [first] = paths
  const reason = first && refused.get(first.key)
  if (reason === undefined || !paths.every(({ key }) => refused.has(key))) return undefined
  return { reason, message: `the safety belt holds ${first?.key} back` }
}

function whyPending(
  address: Address,
  legs: readonly Leg[],
): { readonly reason: string; readonly message: string } {
  if (legs.length === 0) {
    return { reason: 'NoPeer', message: 'no BGPPeer of this node is selected by its advertisements' }
  }
  const up = legs.filter(({ peer }) => peer.established)
  if (up.length === 0) return { reason: 'NoSessionEstablished', message: details(legs) }
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

function details(legs: readonly Leg[]): string {
  const lines = new Map(legs.map(({ peer }) => [peer.name, `${peer.name}: ${peer.detail}`]))
  return [...lines.values()].join('; ')
}
