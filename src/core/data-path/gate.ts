/*
 * The gate of one address on one node: whether connections to it through the node's own proxy succeed.
 *
 *              success                  failures in a row
 *   untried ─────────────► open ──────────────────────────► shut
 *      │                     ▲        successes in a row      │
 *      │ failures in a row   └────────────────────────────────┤
 *      └──────────────────────────────────────────────────────┘
 *
 * The first success opens, for the proxy is programmed or it is not; one failure may be a backend that is going away. A
 * gate that shut after it was open wants several successes, twice as many with each time, until it has been calm: each flip
 * is a move on the segment. While `shut`, the node comes after all others. One whose gate has never been open does not
 * announce at all; one whose gate has goes on when no other node does better: that all fail at once says more of the
 * Service than of the proxies.
 */
import type { PathState } from '../model/facts.ts'

export type GateState = 'untried' | 'open' | 'shut'

export interface Gate {
  readonly state: GateState
  /** In a row. */
  readonly failures: number
  readonly successes: number
  /** It has been open since this node was first asked to announce the address. */
  readonly opened: boolean
  /** Times it shut after it was open, until it was calm. */
  readonly shuts: number
  /** Why the last attempt failed. */
  readonly cause?: string
}

export type Attempt = { readonly ok: true } | { readonly ok: false; readonly cause: string }

/** So many failures in a row shut a gate. */
export const failuresToShut = 3
/** So many successes in a row open one that shut for the first time, and at most so many. */
const [fewest, most] = [3, 48]
/** After so many successes in a row what was before counts no more: five minutes, at one a second. */
const calmAfter = 300

export const newGate: Gate = { state: 'untried', failures: 0, successes: 0, opened: false, shuts: 0 }

/** Of an address that is announced already. */
export const openGate: Gate = { ...newGate, state: 'open', opened: true }

export function afterAttempt(gate: Gate, attempt: Attempt): Gate {
  return attempt.ok ? afterSuccess(gate) : afterFailure(gate, attempt.cause)
}

function afterSuccess({ state, successes, opened, shuts }: Gate): Gate {
  const count = Math.min(successes + 1, calmAfter)
  const waits = state === 'shut' && opened && count < successesToOpen(shuts)
  if (waits) return { state, failures: 0, successes: count, opened, shuts }
  return {
    state: 'open',
    failures: 0,
    successes: count,
    opened: true,
    shuts: count === calmAfter ? 0 : shuts,
  }
}

function afterFailure({ state, failures, opened, shuts }: Gate, cause: string): Gate {
  const count = Math.min(failures + 1, failuresToShut)
  const shutsNow = count === failuresToShut && state === 'open'
  return {
    state: count === failuresToShut ? 'shut' : state,
    failures: count,
    successes: 0,
    opened,
    shuts: shuts + (shutsNow ? 1 : 0),
    cause,
  }
}

function successesToOpen(shuts: number): number {
  return Math.min(most, fewest * 2 ** (shuts - 1))
}

/** Whether the node may announce the address, once the decision is that it should. */
export function permits({ state, opened }: Gate): boolean {
  return state === 'open' || (state === 'shut' && opened)
}

/** What the others are told of it; undefined: nothing. `everyNode`: as they are to announce the address beside this one. */
export function wordOn({ state, opened }: Gate, everyNode: boolean): PathState | undefined {
  if (state === 'shut') return opened ? 'shut' : 'never-open'
  return state === 'untried' && everyNode ? 'untried' : undefined
}

/** The next attempt decides something: it is made soon, and before those that only confirm. */
export function isInDoubt({ state, failures }: Gate): boolean {
  return state === 'untried' || (state === 'open' && failures > 0)
}
