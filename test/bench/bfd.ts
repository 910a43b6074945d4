/*
 * How long a router keeps a dead node's route: BFD 50 ms × 3, a silent cut, Herald and FRR by turns in the same run.
 * Both nodes announce an address of their own to one FRR router.
 */
import { until } from '#lab/index.ts'

import type { BenchResult } from './result.ts'
import { RouteWatch, summary } from './support/route-watch.ts'
import { names, onTwoNodes, routed, sides, type Cast, type Side, type Times } from './support/two-nodes.ts'

const CUTS = 30
const bfd = { interval: 50, multiplier: 3 }
/** So long that only BFD can have noticed. */
const holdTime = 180

export default async function bench(): Promise<BenchResult> {
  const times = await onTwoNodes({ bfd, holdTime }, cutByTurns)
  return {
    title: 'BFD 50 ms × 3: a silently cut node’s route leaves the router’s kernel',
    command: 'npm run bench -- bfd',
    rows: [
      {
        what: `${CUTS} cuts`,
        value: summary(times.herald, 0),
        anchor: `FRR to FRR: ${summary(times.frr, 0)}`,
        aim: 'median ≤ 210 ms',
      },
    ],
  }
}

async function cutByTurns(cast: Cast): Promise<Times> {
  const { lab } = cast
  const watch = await RouteWatch.on(lab.node('router'))
  const times: Times = { herald: [], frr: [] }
  try {
    for (let cut = 0; cut < CUTS; cut++) {
      for (const name of names) {
        await settled(cast, sides[name])
        const gone = watch.next(sides[name].route, 'leaves')
        // Cutting takes a process of its own: the moment is when that is done.
        await lab.node(sides[name].node).cutLink()
        const start = performance.now()
        times[name].push((await gone) - start)
        await lab.node(sides[name].node).healLink()
      }
    }
  } finally {
    watch.stop()
  }
  return times
}

/** The route is there, and BFD has slowed down to what was agreed on: at the beginning it is more patient. */
async function settled({ lab, router }: Cast, side: Side): Promise<void> {
  const peer = lab.node(side.node).address()
  await until(
    `BFD with ${side.node} at full speed`,
    async () => {
      const reports =
        await router.showJson<{ peer: string; status: string; 'remote-transmit-interval': number }[]>(
          'show bfd peers',
        )
      const report = reports.find((one) => one.peer === peer)
      return report?.status === 'up' && report['remote-transmit-interval'] === bfd.interval
    },
    { timeout: 60_000 },
  )
  await routed(lab, [side])
}
