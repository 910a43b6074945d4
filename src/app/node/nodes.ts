/* The Nodes of the folder as members that send heartbeats to one another. */
import type { ExpectedPeer } from '#core/membership/state.ts'
import { parseAddress } from '#core/model/address.ts'
import type { Problem } from '#core/model/decisions.ts'
import { refOf, type NodeObject } from '#core/model/objects.ts'
import type { Member } from '#core/ports.ts'

import type { Liveness } from '../membership/liveness.ts'

/**
 * Who is to be heard from. Nobody, for a node that is not in the folder or has no address itself: it could not be
 * answered, and silence would say nothing about the others.
 */
export function peersOf(nodes: readonly NodeObject[], self: string): readonly ExpectedPeer[] {
  const peers = nodes.map((node) => ({ node: node.metadata.name, addresses: addressesOf(node) }))
  const reachable = peers.filter(({ addresses }) => addresses.length > 0)
  return reachable.some(({ node }) => node === self) ? reachable : []
}

export function deadAmong(members: readonly Member[], self: string): ReadonlySet<string> {
  return new Set(members.filter(({ node, alive }) => !alive && node !== self).map(({ node }) => node))
}

/**
 * Heard once and not any more. A node that was never heard may do without heartbeats, and one that is heard but takes
 * no part yet allocates all the same.
 */
export function isLost(liveness: Pick<Liveness, 'isDead' | 'isLeaving'>, node: string): boolean {
  return liveness.isDead(node) || liveness.isLeaving(node)
}

/** What is wrong with the Nodes as members. */
export function nodeProblems(nodes: readonly NodeObject[] | undefined, self: string): readonly Problem[] {
  if (nodes === undefined) return []
  if (!nodes.some(({ metadata }) => metadata.name === self)) {
    const names = nodes.map(({ metadata }) => metadata.name).sort()
    const message = `found no Node of this name, allowed: one of ${names.join(', ')}`
    return [{ object: `Node ${self}`, field: '', reason: 'NodeUnknown', message }]
  }
  if (nodes.length === 1) return []
  return nodes.filter((node) => addressesOf(node).length === 0).map(withoutAddress)
}

function withoutAddress(node: NodeObject): Problem {
  const message =
    'found no InternalIP address, allowed: one at least, for heartbeats; the node counts as alive'
  return { object: refOf(node), field: 'status.addresses', reason: 'NodeWithoutAddress', message }
}

function addressesOf({ status }: NodeObject): readonly string[] {
  const internal = (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP')
  return internal.flatMap(({ address }) => parseAddress(address) ?? [])
}
