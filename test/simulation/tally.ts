/* What became of many seeds. */
import type { Violation } from './judge.ts'
import type { FaultKind, Scenario } from './scenario.ts'
import type { Outcome } from './simulation.ts'

/** Plain JSON: it is kept in a file between runs and passes between processes. */
export interface Tally {
  seeds: number
  /** Of all processes together, by the wall clock. */
  ms: number
  /** Of the processor, in all processes. */
  cpuMs: number
  virtualMs: number
  steps: number
  datagrams: number
  lost: number
  /** Faults that happened, by kind. */
  faults: Partial<Record<FaultKind, number>>
  /** Scenarios by number of nodes. */
  nodes: Record<string, number>
  violations: { readonly seed: number; readonly rule: Violation['rule'] }[]
}

export function emptyTally(): Tally {
  return {
    seeds: 0,
    ms: 0,
    cpuMs: 0,
    virtualMs: 0,
    steps: 0,
    datagrams: 0,
    lost: 0,
    faults: {},
    nodes: {},
    violations: [],
  }
}

export function count(tally: Tally, { seed, nodes, faults }: Scenario, outcome: Outcome): void {
  tally.seeds++
  tally.virtualMs += Math.round(outcome.virtualMs)
  tally.steps += outcome.steps
  tally.datagrams += outcome.datagrams
  tally.lost += outcome.lost
  tally.nodes[nodes] = (tally.nodes[nodes] ?? 0) + 1
  for (const { kind } of faults) tally.faults[kind] = (tally.faults[kind] ?? 0) + 1
  if (outcome.violation) tally.violations.push({ seed, rule: outcome.violation.rule })
}

export function merge(into: Tally, part: Tally): void {
  for (const key of ['seeds', 'cpuMs', 'virtualMs', 'steps', 'datagrams', 'lost'] as const)
    into[key] += part[key]
  for (const key of ['faults', 'nodes'] as const) {
    const [sums, more] = [into[key] as Record<string, number>, part[key] as Record<string, number>]
    for (const [name, times] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + times
  }
  into.violations.push(...part.violations)
}
