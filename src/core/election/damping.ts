/*
 * Flap damping, after RFC 2439 §4: each return of a node from the dead adds to its penalty, which halves with time. A
 * node above the first threshold is damped until it has come below the second. Time is a value: milliseconds on any
 * clock that only goes forward.
 *
 * A damped node keeps what it holds, and gets what nobody else may have.
 */
import type { Facts } from '../model/facts.ts'

const penaltyOfReturn = 1000
const halfLife = 60_000
/** Reached by the third return in quick succession. */
const suppressAbove = 2000
const reuseBelow = 750
/** However often a node has flapped, it is heard again after this long in peace. */
const longest = 5 * 60_000
/** From which the penalty is back below `reuseBelow` after `longest`. */
const ceiling = reuseBelow * 2 ** (longest / halfLife)

export interface Damping {
  readonly damped: boolean
  /** When a damped node is heard again, if it returns no more until then. */
  readonly until?: number
}

/** `returns`: when the node came back, ascending. */
export function dampingAt(returns: readonly number[], now: number): Damping {
  let penalty = 0
  let last = 0
  let damped = false
  for (const at of returns) {
    const rest = decayed(penalty, at - last)
    damped = damped && rest >= reuseBelow
    penalty = Math.min(ceiling, rest + penaltyOfReturn)
    damped ||= penalty > suppressAbove
    last = at
  }
  if (!damped) return { damped }
  const until = last + halfLife * Math.log2(penalty / reuseBelow)
  return until <= now ? { damped: false } : { damped, until }
}

/** Until when they are damped, by node: none but with stable election, as `hash` asks for nothing but the names. */
export function dampedNodes({ settings, returns }: Pick<Facts, 'settings' | 'returns'>): Map<string, number> {
  const damped = new Map<string, number>()
  if (settings.election !== 'stable' || returns === undefined) return damped
  for (const [node, instants] of returns.byNode) {
    const { until } = dampingAt(instants, returns.now)
    if (until !== undefined) damped.set(node, until)
  }
  return damped
}

function decayed(penalty: number, elapsed: number): number {
  return penalty * 2 ** (-elapsed / halfLife)
}
