/*
 * Peers that cannot run on one node together: two sessions with one router, of one announcer or of two side by side, or,
 * where an announcer runs a single router per node, two identities for it. The first peer by name counts, the later
 * one is refused.
 */
import type { Inspection } from './inspection.ts'
import { nodesOverlap } from './nodes.ts'
import type { Peer } from './peers.ts'
import { parseAddress } from '../model/address.ts'
import { quote } from '../model/wording.ts'

/** `peers` sorted by name; those that get on with every peer before them. */
export function settlePeers(peers: readonly Peer[], inspection: Inspection): Peer[] {
  const overlap = nodesOverlap(inspection)
  const accepted = new Map<string, Peer[]>()
  for (const peer of peers) {
    const rivals = (key: string): Peer[] =>
      (accepted.get(key) ?? []).filter((first) =>
        overlap(first.resource.nodeSelectors, peer.resource.nodeSelectors),
      )
    for (const first of rivals(sessionOf(peer))) refuseSecondSession(first, peer)
    for (const first of rivals(farEndOf(peer)))
      if (first.plugin.name !== peer.plugin.name) refuseSecondSession(first, peer)
    for (const first of rivals(routerOf(peer))) refuseOtherRouter(first, peer)
    if (peer.exam.refused()) continue
    for (const key of [sessionOf(peer), farEndOf(peer), routerOf(peer)])
      accepted.set(key, [...(accepted.get(key) ?? []), peer])
  }
  return peers.filter(({ exam }) => !exam.refused())
}

/** What a session is known by on its node; the port counts where a neighbour is not known by its address alone. */
function sessionOf({ object: { spec }, plugin }: Peer): string {
  const far = parseAddress(spec.peerAddress ?? '') ?? spec.interface
  const port = plugin.singleRouter === true ? '' : `port ${spec.peerPort}`
  return `session ${plugin.name} ${far} ${port} ${spec.vrf ?? ''}`
}

/** How the far router knows a session, whoever of this node runs it; from another address it is another neighbour's. */
function farEndOf({ object: { spec } }: Peer): string {
  const far = parseAddress(spec.peerAddress ?? '') ?? spec.interface
  return `far end ${far} ${spec.peerPort} ${spec.vrf ?? ''} from ${spec.sourceAddress ?? ''}`
}

/** Where every peer is a router of its own, its name keeps it apart. */
function routerOf({ object, plugin }: Peer): string {
  return `router ${plugin.name} ${plugin.singleRouter === true ? '' : object.metadata.name}`
}

function refuseSecondSession(first: Peer, later: Peer): void {
  const { spec } = later.object
  const field = spec.peerAddress ? 'peerAddress' : 'interface'
  const [by, own] = [first.plugin.name, later.plugin.name]
  const who = by === own ? '' : `, which is ${by}'s, while this one is ${own}'s`
  const message = `found ${quote(spec[field])}, and a session with it already exists on a common node: ${first.exam.ref}`
  later.exam.refuse(
    `spec.${field}`,
    'DuplicatePeer',
    `${message}${who}; allowed: one session per router and node`,
  )
}

function refuseOtherRouter(first: Peer, later: Peer): void {
  const [a, b] = [first.object.spec, later.object.spec]
  const where = `on a common node, where ${later.plugin.name} runs one router`
  if ((a.routerID ?? '') !== (b.routerID ?? '')) {
    const message = `found ${quote(b.routerID)}, and ${quote(a.routerID)} in ${first.exam.ref} ${where}; allowed: equal values`
    later.exam.refuse('spec.routerID', 'RouterMismatch', message)
  }
  if (a.myASN !== b.myASN && (a.vrf ?? '') === (b.vrf ?? '')) {
    const message = `found ${b.myASN}, and ${a.myASN} in ${first.exam.ref} ${where}; allowed: equal values, or another vrf`
    later.exam.refuse('spec.myASN', 'RouterMismatch', message)
  }
}
