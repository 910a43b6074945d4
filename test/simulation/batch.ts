/* A run of seeds, one after the other. */
import type { Bugs } from './bugs.ts'
import { scenarioOf } from './scenario.ts'
import { simulate } from './simulation.ts'
import { count, emptyTally, type Tally } from './tally.ts'

export interface Batch {
  readonly from: number
  readonly seeds: number
}

export function runBatch({ from, seeds }: Batch, bugs: Bugs): Tally {
  const tally = emptyTally()
  const began = process.cpuUsage()
  for (let seed = from; seed < from + seeds; seed++) {
    const scenario = scenarioOf(seed)
    count(tally, scenario, simulate(scenario, bugs))
  }
  const { user, system } = process.cpuUsage(began)
  tally.cpuMs = Math.round((user + system) / 1000)
  return tally
}
