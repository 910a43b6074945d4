/* The node that answers dies without a word, again and again: its cable is cut and its processes stand still. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { Contender } from './contender.ts'
import type { Segment } from './segment.ts'
import { takenOverAfter } from './sightings.ts'

/** By milliseconds, from the moment of the death to the first answer of another node. */
export interface Takeovers {
  readonly udp: readonly number[]
  readonly arp: readonly number[]
}

export async function silentDeaths(
  segment: Segment,
  contender: Contender,
  deaths: number,
): Promise<Takeovers> {
  const [udp, arp]: [number[], number[]] = [[], []]
  await segment.watch({ udp: 5, arp: 5 })
  await contender.start()
  let owner = await segment.settled({ span: 1000, timeout: 30_000 })
  for (let death = 0; death < deaths; death++) {
    await sleep(Math.random() * 4 * contender.rhythm)
    segment.forget()
    const since = performance.timeOrigin + performance.now()
    contender.freeze(owner)
    await segment.node(owner).cutLink()
    const heir = await segment.settled({ former: owner, span: 100, timeout: 30_000 })
    const { answered, arp: replies } = segment.look()
    const mac = segment.node(owner).mac()
    udp.push(takenOverAfter(answered, since, mac) ?? Infinity)
    arp.push(takenOverAfter(replies, since, mac) ?? Infinity)
    await segment.node(owner).healLink()
    contender.thaw(owner)
    owner = await segment.settled({ former: heir, span: 200, timeout: 30_000 })
    await contender.whole()
    if ((death + 1) % 10 === 0) console.log(`${contender.name}: ${death + 1} of ${deaths} deaths`)
  }
  await segment.rest()
  return { udp, arp }
}
