/* The nodes that announce a Service through no announcer at all, one entry each. */
import type { Announcement, Silence } from '../model/decisions.ts'
import type { ReasonCode } from '../reasons.ts'
import { isCloserToSuccess } from '../selection/gates.ts'

export interface SilentNode {
  readonly node: string
  readonly reason: ReasonCode
  readonly message: string
}

/** Where several announcers pass a node by, the reason of the one that came closest. */
export function silentNodes(
  announcements: readonly Announcement[],
  silences: readonly Silence[],
): SilentNode[] {
  const announcing = new Set(announcements.flatMap(({ nodes }) => nodes))
  const byNode = new Map<string, SilentNode>()
  for (const { node, reason, message } of silences) {
    if (announcing.has(node)) continue
    const before = byNode.get(node)
    if (before === undefined || isCloserToSuccess(reason, before.reason)) {
      byNode.set(node, { node, reason, message })
    }
  }
  return [...byNode.values()]
}
