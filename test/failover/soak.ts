/* Two per cent of all frames lost, nodes that stand still for a moment now and then: nothing may move. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { Contender } from './contender.ts'
import type { Segment } from './segment.ts'
import type { Sighting } from './sightings.ts'

const loss = 2
/** Milliseconds. */
const longestPause = 250
const between = 2000
const tellEvery = 60_000
/** Pauses that are told with a move. */
const remembered = 5

export interface Soaked {
  readonly pauses: number
  /** How often another node answered than before: when, and what went before. */
  readonly moves: readonly string[]
  /** Milliseconds from one ARP answer to the next, at most. */
  readonly longest: number
}

interface Pause {
  readonly node: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly lasted: number
}

/** `tell` is called once a minute, and of each move at once. */
export async function soak(
  segment: Segment,
  contender: Contender,
  { minutes, tell }: { readonly minutes: number; readonly tell: (line: string) => void },
): Promise<Soaked> {
  await segment.watch({ udp: 0, arp: 20 })
  await contender.start()
  await sleep(2000)
  for (const name of segment.names) await segment.node(name).lose(loss)
  segment.forget()
  const begun = performance.now()
  let [pauses, longest, told] = [0, 0, begun]
  const [moves, latest]: [string[], Pause[]] = [[], []]
  let last: Sighting | undefined
  while (performance.now() < begun + minutes * 60_000) {
    await sleep(Math.random() * between)
    const name = segment.names[Math.floor(Math.random() * segment.names.length)] ?? ''
    latest.push(await pause(contender, name))
    if ((latest.at(-1)?.lasted ?? 0) <= longestPause) pauses += 1
    if (latest.length > remembered) latest.shift()
    for (const seen of segment.look().arp) {
      if (last !== undefined && last.mac !== seen.mac) {
        moves.push(moveText(segment, [last, seen], latest))
        tell(moves.at(-1) ?? '')
      }
      if (last !== undefined) longest = Math.max(longest, seen.at - last.at)
      last = seen
    }
    segment.forget()
    if (performance.now() - told < tellEvery) continue
    told = performance.now()
    const passed = ((told - begun) / 60_000).toFixed(0)
    tell(`${passed} of ${minutes} min: ${pauses} pauses, ${moves.length} false moves`)
  }
  await segment.rest()
  return { pauses, moves, longest }
}

async function pause(contender: Contender, node: string): Promise<Pause> {
  const [at, began] = [Date.now(), performance.now()]
  contender.freeze(node)
  await sleep(Math.random() * (longestPause - 10))
  contender.thaw(node)
  return { node, at, lasted: performance.now() - began }
}

/** A pause that this process could not end in time was longer than a node has to bear: that is told too. */
function moveText(
  segment: Segment,
  [last, seen]: readonly [Sighting, Sighting],
  pauses: readonly Pause[],
): string {
  const before = pauses.map(
    ({ node, at, lasted }) => `${node} for ${lasted.toFixed(0)} ms, ${(seen.at - at).toFixed(0)} ms before`,
  )
  const [from, to] = [last, seen].map(({ mac }) => segment.whoHas(mac) ?? mac)
  const when = new Date(seen.at).toISOString()
  return `moved at ${when} from ${from} to ${to}, ${(seen.at - last.at).toFixed(0)} ms after the last answer; paused: ${before.join('; ')}`
}
