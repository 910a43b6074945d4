/* One announcer's view of a Service: every node, in the order of the election where there is one. */
import { compareText } from '../model/collections.ts'
import type { Decisions, Election, RankedNode } from '../model/decisions.ts'
import { plannedAnnouncement, type PlannedAnnouncement } from '../plan/document.ts'
import type { ReasonCode } from '../reasons.ts'

export interface AnnouncerExplanation {
  /** Absent: the Service does not get as far as any announcer. */
  readonly announcer?: string
  /** Those that announce the Service, sorted. */
  readonly advertisements: readonly string[]
  readonly election?: Pick<Election, 'address' | 'winner' | 'reason' | 'message'>
  readonly nodes: readonly NodeExplanation[]
  readonly announcements: readonly PlannedAnnouncement[]
  readonly peers: readonly string[]
}

export interface NodeExplanation {
  readonly node: string
  readonly announces: boolean
  readonly reason: ReasonCode
  readonly message: string
  /** From 1: place in the order of the election. */
  readonly rank?: number
  readonly candidate?: RankedNode
}

export function announcerExplanations(decisions: Decisions, service: string): AnnouncerExplanation[] {
  const own = decisions.announcements.filter((found) => found.service === service)
  const silences = decisions.silences.filter((found) => found.service === service)
  const names = new Set([...own, ...silences].map(({ announcer }) => announcer))
  return [...names]
    .sort((a = '', b = '') => compareText(a, b))
    .map((announcer) => {
      const announcements = own.filter((found) => found.announcer === announcer)
      const election = decisions.elections.find(
        (found) =>
          found.service === service && found.announcer === announcer && isKnown(found, announcements),
      )
      const announcing = announcements.flatMap(({ nodes }) => nodes)
      const nodes = [
        ...[...new Set(announcing)].map((node) => announcingNode(node, election)),
        ...silences
          .filter((found) => found.announcer === announcer)
          .map(({ node, reason, message }) => ({ node, announces: false, reason, message })),
      ]
      return {
        ...(announcer === undefined ? {} : { announcer }),
        advertisements: [...new Set(announcements.map(({ advertisement }) => advertisement))].sort(),
        ...(election === undefined ? {} : { election: summaryOf(election) }),
        nodes: nodes.map((node) => withRank(node, election)).sort(compareNodes),
        announcements: announcements.map(plannedAnnouncement),
        peers: [...new Set(announcements.flatMap(({ peers }) => peers ?? []))].sort(),
      }
    })
}

/** Where the input names no node, some node announces and an election of none says nothing. */
function isKnown({ winner }: Election, announcements: readonly unknown[]): boolean {
  return winner !== undefined || announcements.length === 0
}

function announcingNode(node: string, election: Election | undefined): NodeExplanation {
  if (election === undefined)
    return { node, announces: true, reason: 'Announcing', message: `${node} announces it` }
  return { node, announces: true, reason: election.reason, message: election.message }
}

function withRank(node: NodeExplanation, election: Election | undefined): NodeExplanation {
  const index = election?.ranking?.findIndex((candidate) => candidate.node === node.node) ?? -1
  const candidate = election?.ranking?.[index]
  return candidate === undefined ? node : { ...node, rank: index + 1, candidate }
}

/** Candidates in their order, then the others by name. */
function compareNodes(a: NodeExplanation, b: NodeExplanation): number {
  return (a.rank ?? Infinity) - (b.rank ?? Infinity) || compareText(a.node, b.node)
}

function summaryOf({
  address,
  winner,
  reason,
  message,
}: Election): Pick<Election, 'address' | 'winner' | 'reason' | 'message'> {
  return { address, reason, message, ...(winner === undefined ? {} : { winner }) }
}
