/* 100,000 prefixes with the same attributes to a BIRD: from Herald, and from another BIRD, by turns. */
import type { Target } from '#core/announcer.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { Bird, until } from '#lab/index.ts'

import { enterNamespace, peerResource, Speaker } from '../system/bgp-speaker.ts'
import type { BenchResult } from './result.ts'
import { addressOf, birdWith, NODE_ASN, onStage, timeUntil, type Stage } from './support/many-routes.ts'
import { summary } from './support/route-watch.ts'

const PREFIXES = 100_000
const ROUNDS = 5

export default async function bench(): Promise<BenchResult> {
  const { herald, bird } = await onStage(byTurns)
  return {
    title: '100,000 prefixes on an established session',
    command: 'npm run bench -- bgp-prefixes',
    rows: [
      {
        what: `until BIRD has them, ${ROUNDS} times`,
        value: summary(herald, 0),
        anchor: `BIRD to BIRD: ${summary(bird, 0)}`,
        aim: '≤ 1,500 ms',
      },
    ],
  }
}

async function byTurns(stage: Stage): Promise<Record<'herald' | 'bird', number[]>> {
  const { lab, router } = stage
  const leave = enterNamespace(lab.node('herald'))
  const speaker = new Speaker()
  try {
    await speaker.open()
    const spec = { myASN: NODE_ASN, peerASN: 65_101, peerAddress: '192.0.2.1', connectTime: '1s' }
    await speaker.desire({ peers: [peerResource('tor', spec)] })
    await speaker.established('tor')
    const bird = new Bird(lab.node('bird'), { config: birdWith(PREFIXES, { enabled: false }) })
    await bird.start()
    const connected = async (): Promise<boolean> =>
      (await bird.birdc('show protocols tor')).includes('Established')
    await until('BIRD to be connected', connected)
    const targets = manyTargets()
    const times = { herald: [] as number[], bird: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now()
      void speaker.desire({ targets })
      times.herald.push(await timeUntil(router, 'herald1', PREFIXES, start))
      await speaker.desire({ targets: [] })
      await timeUntil(router, 'herald1', 0, start)
      const birdStart = performance.now()
      await bird.birdc('enable many')
      times.bird.push(await timeUntil(router, 'bird1', PREFIXES, birdStart))
      await bird.birdc('disable many')
      await timeUntil(router, 'bird1', 0, birdStart)
    }
    return times
  } finally {
    await speaker.close()
    leave()
  }
}

function manyTargets(): Target[] {
  const services = [{ name: 'default/web', labels: {}, localEndpoints: 1, totalEndpoints: 1 }]
  const offers = [{ advertisement: 'BGPAdvertisement metallb-system/local', options: {} }]
  return Array.from({ length: PREFIXES }, (_, index) => ({
    address: parseAddress(addressOf(index)) as Address,
    services,
    offers,
    stage: 'serve' as const,
  }))
}
