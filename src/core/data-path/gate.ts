/*
 * The gate of one address on one node: whether connections to it through the node's own proxy succeed.
 *
 *              success                  failures in a row
 *   untried ─────────────► open ──────────────────────────► shut
 *      │                     ▲               success          │
 *      │ failures in a row   └────────────────────────────────┤
 *      └──────────────────────────────────────────────────────┘
 *
 * One success opens, for the proxy is programmed or it is not; one failure may be a backend that is going away. While
 * `shut`, the node comes after all others. One whose gate has never been open does not announce at all; one whose gate
 * has goes on when no other node does better: that all fail at once says more of the Service than of the proxies.
 */
export type GateState = 'untried' | 'open' | 'shut'

export interface Gate {
  readonly state: GateState
  /** Failures in a row. */
  readonly failures: number
  /** It has been open since this node was first asked to announce the address. */
  readonly opened: boolean
  /** Why the last attempt failed. */
  readonly cause?: string
}

export type Attempt = { readonly ok: true } | { readonly ok: false; readonly cause: string }

/** So many failures in a row shut a gate. */
export const failuresToShut = 3

export const newGate: Gate = { state: 'untried', failures: 0, opened: false }

export function afterAttempt({ state, failures, opened }: Gate, attempt: Attempt): Gate {
  if (attempt.ok) return { state: 'open', failures: 0, opened: true }
  const count = Math.min(failures + 1, failuresToShut)
  return {
    state: count === failuresToShut ? 'shut' : state,
    failures: count,
    opened,
    cause: attempt.cause,
  }
}

/** Whether the node may announce the address, once the decision is that it should. */
export function permits({ state, opened }: Gate): boolean {
  return state === 'open' || (state === 'shut' && opened)
}

/** The next attempt decides something: it is made soon, and before those that only confirm. */
export function isInDoubt({ state, failures }: Gate): boolean {
  return state === 'untried' || (state === 'open' && failures > 0)
}
