/* One scenario in forty asks for the gate of the local data path; data paths break beside what happens anyway, or alone. */
import { Chance } from './random.ts'

/** The proxy of a node carries no connection to a Service: each is refused, or waits in vain. */
export interface PathFault {
  readonly kind: 'path'
  readonly node: number
  readonly unanswered: boolean
}

type When = { readonly at: number; readonly lasts: number }

interface Gated {
  readonly mild: boolean
  readonly nodes: number
}

/**
 * `alone`: nothing else happens. Undefined: nobody asks for the gate. Paths that break take seconds to be noticed and to
 * be open again: such a scenario costs four times as much as another one.
 */
export function pathFaultsOf(
  seed: number,
  scenario: Gated,
): { readonly alone: boolean; readonly faults: readonly (PathFault & When)[] } | undefined {
  const chance = new Chance(seed, 'data paths')
  if (!chance.happens(1 / 40)) return undefined
  const alone = chance.happens(0.6)
  const count = alone ? chance.one([1, 2, 2, 3]) : scenario.mild ? 0 : 1
  return { alone, faults: Array.from({ length: count }, () => pathFault(scenario, chance)) }
}

function pathFault({ nodes }: Gated, chance: Chance): PathFault & When {
  const lasts = chance.one([500, 2000, 8000, 20_000])
  const unanswered = chance.happens(0.3)
  return { kind: 'path', node: chance.whole(0, nodes - 1), unanswered, at: chance.between(0, 4000), lasts }
}
