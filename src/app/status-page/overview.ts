/* What the status page shows beside the Services, from the views of all processes it can see. */
import { compareText } from '#core/model/collections.ts'

import type {
  AddressChange,
  Move,
  NodeView,
  PeerView,
  PlacedProblem,
  PoolView,
} from '../node/view/node-view.ts'
import { running, teller } from '../node/view/teller.ts'
import type { ServiceRow } from './service-rows.ts'

export interface Overview {
  /** The process that answers. */
  readonly node: string
  readonly version: string
  readonly counts: {
    readonly services: number
    /** Reached by the network, all addresses. */
    readonly announced: number
    readonly pending: number
    /** With an address that nobody announces. */
    readonly silent: number
    /** Another node has to announce it, and whether it does is not to be seen from here. Absent: none. */
    readonly elsewhere?: number
    readonly problems: number
    readonly conflicts: number
  }
  readonly nodes: readonly NodeRow[]
  readonly pools: readonly PoolView[]
  readonly peers: readonly (PeerView & { readonly node: string })[]
  readonly conflicts: readonly ConflictRow[]
  /** Each once, with the nodes that see it. */
  readonly problems: readonly (PlacedProblem & { readonly seenBy: readonly string[] })[]
  /** Newest first. */
  readonly moves: readonly Move[]
  /** Of addresses of Services; newest first. */
  readonly changes: readonly AddressChange[]
  readonly assumptions: readonly string[]
}

export interface NodeRow {
  readonly node: string
  /** Absent for a node whose own view is not to be seen from here. */
  readonly role?: NodeView['role']
  readonly ready?: boolean
  readonly reasons: readonly string[]
  /** As the answering process hears it; absent = no heartbeats. */
  readonly alive?: boolean
  readonly detail?: string
  /** Addresses of one-node placement it answers for. */
  readonly owns: number
}

export interface ConflictRow {
  readonly address: string
  readonly node: string
  readonly hardwareAddress: string
  readonly via: string
}

export function overviewOf(
  views: readonly NodeView[],
  own: NodeView,
  services: readonly ServiceRow[],
): Overview {
  const alive = running(views)
  const spokesman = teller(views) ?? own
  const problems = problemRows(alive)
  const conflicts = alive.flatMap(({ node, conflicts }) =>
    conflicts.map(({ address, hardwareAddress, via }) => ({ address, node, hardwareAddress, via })),
  )
  const inState = (state: ServiceRow['state']): number => services.filter((row) => row.state === state).length
  const elsewhere = inState('elsewhere')
  return {
    node: own.node,
    version: own.version,
    counts: {
      services: services.length,
      announced: inState('announced'),
      pending: inState('pending'),
      silent: inState('silent'),
      ...(elsewhere > 0 && { elsewhere }),
      problems: problems.length,
      conflicts: conflicts.length,
    },
    nodes: nodeRows(views, own),
    pools: spokesman.pools,
    peers: alive.flatMap(({ node, peers }) => peers.map((peer) => ({ node, ...peer }))),
    conflicts,
    problems,
    moves: own.moves,
    changes: own.changes,
    assumptions: spokesman.assumptions,
  }
}

function nodeRows(views: readonly NodeView[], own: NodeView): NodeRow[] {
  const viewOf = new Map(views.map((view) => [view.node, view]))
  const memberOf = new Map(own.members.map((member) => [member.node, member]))
  const owned = new Map<string, number>()
  for (const { winner } of own.owners) {
    if (winner !== undefined) owned.set(winner, (owned.get(winner) ?? 0) + 1)
  }
  const names = new Set([...viewOf.keys(), ...memberOf.keys(), ...owned.keys()])
  return [...names].sort(compareText).map((node) => {
    const [view, member] = [viewOf.get(node), memberOf.get(node)]
    return {
      node,
      ...(view && { role: view.role, ready: view.readiness.ready }),
      reasons: view?.readiness.reasons ?? [],
      ...(member && { alive: member.alive, detail: member.detail }),
      owns: owned.get(node) ?? 0,
    }
  })
}

function problemRows(views: readonly NodeView[]): Overview['problems'] {
  const rows = new Map<string, { problem: PlacedProblem; seenBy: string[] }>()
  for (const { node, problems } of views) {
    for (const problem of problems) {
      const key = JSON.stringify(problem)
      const row = rows.get(key) ?? { problem, seenBy: [] }
      row.seenBy.push(node)
      rows.set(key, row)
    }
  }
  return [...rows.values()].map(({ problem, seenBy }) => ({ ...problem, seenBy }))
}
