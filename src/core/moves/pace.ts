/*
 * Whose turn it is: the addresses that a node is to hand over while it could go on answering. A few are on offer at a
 * time, no more begin in a minute than the budget allows, and one that nobody comes for is held again and offered
 * later, so that it holds up nobody. Time is a value: milliseconds on any clock that only goes forward.
 *
 *   waiting ──its turn──► on offer ──its heir serves it──► (gone from the list)
 *      ▲                     │ nobody came for it
 *      └──────rested─────────┘
 */
import { allowanceAt, minute, type Budget } from './budget.ts'

/** An heir announces each as it takes it over: a crowd at once would be a storm on the segment. */
const atOnce = 8
/** How long an offer stands that nobody comes for. */
const patience = 3000
/** Until it is offered again. */
const rest = 10_000

export interface Pace {
  /** When the moves so far began, ascending; a minute's worth. */
  readonly begun: readonly number[]
  /** Since when each is on offer. */
  readonly offered: ReadonlyMap<string, number>
  /** Until when each is left alone that nobody came for. */
  readonly resting: ReadonlyMap<string, number>
}

export const atRest: Pace = { begun: [], offered: new Map(), resting: new Map() }

export interface Turns {
  readonly pace: Pace
  /** Whom nobody came for: from now on held again. */
  readonly untaken: readonly string[]
  /** When to look again if nothing changes. */
  readonly next?: number
}

/** `moves`: all that are still to be handed over, in their order. */
export function takeTurns(pace: Pace, moves: readonly string[], budget: Budget, now: number): Turns {
  const wanted = new Set(moves)
  const offered = new Map([...pace.offered].filter(([move]) => wanted.has(move)))
  const resting = new Map([...pace.resting].filter(([move, until]) => wanted.has(move) && until > now))
  const untaken = [...offered].flatMap(([move, since]) => (since + patience <= now ? [move] : []))
  for (const move of untaken) {
    offered.delete(move)
    resting.set(move, now + rest)
  }
  const waiting = moves.filter((move) => !offered.has(move) && !resting.has(move))
  const allowance = allowanceAt(budget, pace.begun, now)
  const chosen = waiting.slice(0, Math.max(0, Math.min(allowance.due, atOnce - offered.size)))
  for (const move of chosen) offered.set(move, now)
  const begun = [...pace.begun.filter((at) => at > now - minute), ...chosen.map(() => now)]
  const short = waiting.length > chosen.length && offered.size < atOnce
  const instants = [
    ...[...offered.values()].map((since) => since + patience),
    ...resting.values(),
    ...(short ? [allowanceAt(budget, begun, now).next ?? now] : []),
  ]
  const next = instants.length === 0 ? undefined : Math.min(...instants)
  return { pace: { begun, offered, resting }, untaken, ...(next === undefined ? {} : { next }) }
}
