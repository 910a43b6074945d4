/*
 * Hold time 3 s without BFD: how long a router keeps the route of a node that is cut off, and how long a node takes to
 * notice that its router has frozen. Herald and FRR at the same moments, beside one FRR router.
 */
import { until } from '#lab/index.ts'

import type { BenchResult } from './result.ts'
import { RouteWatch, summary } from './support/route-watch.ts'
import { names, onTwoNodes, routed, sides, type Cast, type Times } from './support/two-nodes.ts'

const ROUNDS = 10
const both = names.map((name) => sides[name])

export default async function bench(): Promise<BenchResult> {
  const { cut, frozen } = await onTwoNodes({ holdTime: 3 }, async (cast) => ({
    cut: await cuts(cast),
    frozen: await freezes(cast),
  }))
  const row = (what: string, times: Times): BenchResult['rows'][number] => ({
    what: `${what}, ${ROUNDS} times`,
    value: summary(times.herald, 0),
    anchor: `FRR: ${summary(times.frr, 0)}`,
    aim: '≤ 3,200 ms',
  })
  return {
    title: 'Hold time 3 s, keepalives every second, no BFD',
    command: 'npm run bench -- hold',
    rows: [
      row('node cut off: its route leaves the router’s kernel', cut),
      row('router frozen: the node says that the session is lost', frozen),
    ],
  }
}

/** Both nodes at the same moment. */
async function cuts({ lab }: Cast): Promise<Times> {
  const watch = await RouteWatch.on(lab.node('router'))
  const times: Times = { herald: [], frr: [] }
  for (let round = 0; round < ROUNDS; round++) {
    await routed(lab, both)
    await Promise.all(
      names.map(async (name) => {
        const gone = watch.next(sides[name].route, 'leaves')
        await lab.node(sides[name].node).cutLink()
        const start = performance.now()
        times[name].push((await gone) - start)
        await lab.node(sides[name].node).healLink()
      }),
    )
  }
  watch.stop()
  return times
}

async function freezes({ lab, router, frr, herald }: Cast): Promise<Times> {
  const times: Times = { herald: [], frr: [] }
  const options = { timeout: 30_000, interval: 5 }
  for (let round = 0; round < ROUNDS; round++) {
    await routed(lab, both)
    const up = async (): Promise<boolean> =>
      (await frr.vtysh('show bgp summary json')).includes('"Established"')
    await until('FRR to know of it', up, options)
    await herald.established('tor')
    router.freeze()
    const start = performance.now()
    await Promise.all([
      until('Herald to notice', () => herald.peer('tor')?.state !== 'Established', options).then(() =>
        times.herald.push(performance.now() - start),
      ),
      until('FRR to notice', async () => !(await up()), options).then(() =>
        times.frr.push(performance.now() - start),
      ),
    ])
    router.thaw()
  }
  return times
}
