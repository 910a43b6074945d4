/* Which of several views to believe. */
import type { NodeView } from './node-view.ts'

/** Those whose process has not stopped. */
export function running(views: readonly NodeView[]): readonly NodeView[] {
  return views.filter(({ role }) => role !== 'stopped')
}

/** Those of them that most of the others hear: what a killed process wrote last stays where it is. */
export function living(views: readonly NodeView[]): readonly NodeView[] {
  const candidates = running(views)
  const heard = candidates.filter(({ node }) => {
    const votes = candidates.flatMap((other) =>
      other.node === node ? [] : other.members.filter((member) => member.node === node),
    )
    const dead = votes.filter(({ alive }) => !alive).length
    return dead <= votes.length / 2
  })
  return heard.length === 0 ? candidates : heard
}

/** Who tells about Services and pools: the process that allocates, else whoever runs. */
export function teller(views: readonly NodeView[]): NodeView | undefined {
  const candidates = running(views)
  return candidates.find(({ role }) => role === 'allocating') ?? candidates[0]
}
