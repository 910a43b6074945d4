/* Where the operator's own configuration and ours cannot live side by side. */
import type { Trouble } from './errors.ts'
import { isOwner, neighborOf, subjectOf } from './model/grammar.ts'
import type { Line } from './model/line.ts'
import type { FrrPeer } from './peer.ts'

/** By peer name. The first peer (by name) decides about its router; others that differ are in trouble. */
export function conflictsOf(peers: readonly FrrPeer[], foreign: readonly Line[]): Map<string, Trouble> {
  const theirs = new Map(foreign.map((one) => [subjectOf(one.text), one]))
  const first = new Map<string, FrrPeer>()
  const troubles = new Map<string, Trouble>()
  for (const peer of peers) {
    const router = routerSubject(peer)
    const trouble =
      siblingConflict(peer, first.get(router)) ??
      routerConflict(peer, theirs.get(router)) ??
      neighborConflict(peer, theirs.get(router))
    if (trouble !== undefined) troubles.set(peer.name, trouble)
    else if (!first.has(router)) first.set(router, peer)
  }
  return troubles
}

/** Does one of the peers live in a router that the operator has lines in as well? */
export function sharesRouter(peers: readonly FrrPeer[], foreign: readonly Line[]): boolean {
  const theirs = new Set(foreign.map(({ text }) => subjectOf(text)))
  return peers.some((peer) => theirs.has(routerSubject(peer)))
}

function routerSubject({ vrf }: FrrPeer): string {
  return vrf === undefined ? 'router bgp' : `router bgp vrf ${vrf}`
}

function siblingConflict(peer: FrrPeer, first: FrrPeer | undefined): Trouble | undefined {
  if (first === undefined || first.routerAs === peer.routerAs) return undefined
  const message = `myASN is ${peer.routerAs}, but that of BGPPeer ${first.name} is ${first.routerAs}, and FRR has one router for both`
  return { reason: 'RouterConflict', message }
}

function routerConflict(peer: FrrPeer, router: Line | undefined): Trouble | undefined {
  if (router === undefined) return undefined
  const asn = /^router bgp (\d+)/.exec(router.text)?.[1]
  if (asn !== String(peer.routerAs)) {
    const message = `FRR runs "${router.text}" of its operator, so myASN must be ${asn}; found ${peer.routerAs}`
    return { reason: 'RouterConflict', message }
  }
  const id = router.body.find(({ text }) => text.startsWith('bgp router-id '))?.text.split(' ')[2]
  if (id === undefined || peer.routerId === undefined || id === peer.routerId) return undefined
  const message = `FRR has the router ID ${id} of its operator, so routerID must be that or nothing; found ${peer.routerId}`
  return { reason: 'RouterConflict', message }
}

function neighborConflict(peer: FrrPeer, router: Line | undefined): Trouble | undefined {
  const taken = router?.body.some(({ text }) => isOwner(text) && neighborOf(text) === peer.id) ?? false
  if (!taken) return undefined
  return {
    reason: 'NeighborConflict',
    message: `FRR has a neighbor ${peer.id} of its operator already; remove it there, or this BGPPeer`,
  }
}
