/* Cold start: from the start of the process to the last of 5,000 routes in the router. */
import { Bird } from '#lab/index.ts'

import type { BenchResult } from './result.ts'
import { birdWith, heraldFolder, onStage, startHerald, timeUntil, type Stage } from './support/many-routes.ts'

const SERVICES = 5000

export default async function bench(): Promise<BenchResult> {
  const { first, again, bird } = await onStage(measured)
  const anchor = `a BIRD with ${SERVICES} routes: ${bird.toFixed(0)} ms`
  return {
    title: `Cold start with ${SERVICES} Services`,
    command: 'npm run bench -- bgp-start',
    rows: [
      { what: 'no Service has an address yet', value: `${first.toFixed(0)} ms`, anchor },
      { what: 'all have the addresses of an earlier run', value: `${again.toFixed(0)} ms`, anchor },
    ],
  }
}

async function measured(stage: Stage): Promise<Record<'first' | 'again' | 'bird', number>> {
  const { lab, router } = stage
  const folder = heraldFolder(stage, SERVICES, [1])
  const run = async (): Promise<number> => {
    const start = performance.now()
    const herald = startHerald(stage, folder)
    const time = await timeUntil(router, 'herald1', SERVICES, start)
    await herald.stop()
    await timeUntil(router, 'herald1', 0, start)
    // BIRD takes an administrative shutdown for more than a restart.
    await router.birdc('restart herald1')
    return time
  }
  const [first, again] = [await run(), await run()]
  const bird = new Bird(lab.node('bird'), { config: birdWith(SERVICES, { enabled: true }) })
  const start = performance.now()
  const started = bird.start()
  const time = await timeUntil(router, 'bird1', SERVICES, start)
  await started
  return { first, again, bird: time }
}
