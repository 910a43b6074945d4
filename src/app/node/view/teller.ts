/* Which of several views to believe. */
import type { NodeView } from './node-view.ts'

/** Those whose process has not stopped. */
export function running(views: readonly NodeView[]): readonly NodeView[] {
  return views.filter(({ role }) => role !== 'stopped')
}

/** Who tells about Services and pools: the process that allocates, else whoever runs. */
export function teller(views: readonly NodeView[]): NodeView | undefined {
  const candidates = running(views)
  return candidates.find(({ role }) => role === 'allocating') ?? candidates[0]
}
