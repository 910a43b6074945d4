/* Watches planned moves come true: each is acknowledged when an heir serves it and the former node does not. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { PlannedMove } from '#core/moves/contests.ts'
import { counted } from '#core/moves/text.ts'

import type { MovePlace, Serving } from './place.ts'

export interface Watch {
  readonly place: Pick<MovePlace, 'serving' | 'lookEvery'>
  /** Milliseconds. */
  readonly timeout: number
  readonly say: (text: string) => void
  /** The heir has to be the one that is planned; otherwise any will do. */
  readonly exact?: boolean
}

/**
 * Says each when it is done; returns those that are not when time is up. The nodes go on with what was asked for whether
 * or not it can be seen: a look that fails is followed by the next one.
 */
export async function carriedOut(
  moves: readonly PlannedMove[],
  { place, timeout, say, exact = false }: Watch,
): Promise<readonly PlannedMove[]> {
  const until = Date.now() + timeout
  let left = moves
  let toldAt = Date.now()
  for (;;) {
    const before = left
    let news = `still to come: ${counted(left.length, 'address', 'es')}, ${left[0]?.address} next`
    try {
      const serving = await place.serving()
      left = left.filter((move) => !isDone(move, serving, exact))
      for (const move of before.filter((move) => !left.includes(move))) say(doneText(move, serving))
    } catch (cause) {
      news = `cannot be seen now: ${cause instanceof Error ? cause.message : String(cause)}`
    }
    if (left.length === 0 || Date.now() >= until) break
    if (left.length < before.length) toldAt = Date.now()
    else if (Date.now() - toldAt >= tellEvery) {
      say(`  ${news}`)
      toldAt = Date.now()
    }
    await sleep(place.lookEvery)
  }
  return left
}

const tellEvery = 5000

function isDone({ addresses, from, to }: PlannedMove, serving: Serving, exact: boolean): boolean {
  return addresses.every((address) => {
    const nodes = serving.get(address)
    return nodes !== undefined && !nodes.has(from) && (exact ? nodes.has(to) : nodes.size > 0)
  })
}

function doneText({ addresses, from }: PlannedMove, serving: Serving): string {
  const nodes = [...new Set(addresses.flatMap((address) => [...(serving.get(address) ?? [])]))]
  return `  ${addresses.join(', ')}: ${nodes.join(', ')} serves, ${from} is silent`
}
