/* Cold start: from the start of the process to the last of 5,000 routes in the router. */
import { Bird } from '#lab/index.ts'

import type { BenchResult } from './result.ts'
import { birdWith, heraldFolder, onStage, startHerald, timeUntil, type Stage } from './support/many-routes.ts'

const SERVICES = 5000

export default async function bench(): Promise<BenchResult> {
  const { herald, bird } = await onStage(measured)
  return {
    title: `Cold start with ${SERVICES} Services, none of which has an address yet`,
    command: 'npm run bench -- bgp-start',
    rows: [
      {
        what: 'herald standalone',
        value: `${herald.toFixed(0)} ms`,
        anchor: `a BIRD with ${SERVICES} routes: ${bird.toFixed(0)} ms`,
      },
    ],
  }
}

async function measured(stage: Stage): Promise<Record<'herald' | 'bird', number>> {
  const { lab, router } = stage
  const folder = heraldFolder(stage, SERVICES, [1])
  const start = performance.now()
  const program = startHerald(stage, folder)
  const herald = await timeUntil(router, 'herald1', SERVICES, start)
  await program.stop()
  const bird = new Bird(lab.node('bird'), { config: birdWith(SERVICES, { enabled: true }) })
  const birdStart = performance.now()
  const started = bird.start()
  const time = await timeUntil(router, 'bird1', SERVICES, birdStart)
  await started
  return { herald, bird: time }
}
