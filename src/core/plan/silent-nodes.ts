/* The nodes that announce a Service through no announcer at all, one entry each. */
import { groupBy } from '../model/collections.ts'
import type { Announcement, Silence } from '../model/decisions.ts'
import type { ReasonCode } from '../reasons.ts'
import { closestToSuccess } from '../selection/gates.ts'

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
  const byNode = groupBy(
    silences.filter(({ node }) => !announcing.has(node)),
    ({ node }) => node,
  )
  return [...byNode.values()].flatMap((found) => {
    const closest = closestToSuccess(found)
    return closest === undefined
      ? []
      : [{ node: closest.node, reason: closest.reason, message: closest.message }]
  })
}
