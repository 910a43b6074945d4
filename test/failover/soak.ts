/* Two per cent of all frames lost, nodes that stand still for a moment now and then: nothing may move. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { Contender } from './contender.ts'
import type { Segment } from './segment.ts'

const loss = 2
/** Milliseconds. */
const longestPause = 250
const between = 2000

export interface Soaked {
  readonly pauses: number
  /** How often another node answered than before. */
  readonly moves: number
  /** Milliseconds from one ARP answer to the next, at most. */
  readonly longest: number
}

export async function soak(segment: Segment, contender: Contender, minutes: number): Promise<Soaked> {
  await segment.watch({ udp: 0, arp: 20 })
  await contender.start()
  await sleep(2000)
  for (const name of segment.names) await segment.node(name).lose(loss)
  segment.forget()
  const end = performance.now() + minutes * 60_000
  let [pauses, moves, longest] = [0, 0, 0]
  let last: { at: number; mac: string } | undefined
  while (performance.now() < end) {
    await sleep(Math.random() * between)
    const name = segment.names[Math.floor(Math.random() * segment.names.length)] ?? ''
    const asleep = performance.now()
    contender.freeze(name)
    await sleep(Math.random() * (longestPause - 10))
    contender.thaw(name)
    if (performance.now() - asleep <= longestPause) pauses += 1
    for (const seen of segment.look().arp) {
      if (last !== undefined && last.mac !== seen.mac) {
        moves += 1
        console.log(`moved at ${new Date(seen.at).toISOString()} from ${last.mac} to ${seen.mac}`)
      }
      if (last !== undefined) longest = Math.max(longest, seen.at - last.at)
      last = seen
    }
    segment.forget()
  }
  await segment.rest()
  return { pauses, moves, longest }
}
