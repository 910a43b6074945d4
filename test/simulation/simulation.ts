/* One scenario from the first boot to the calm after its faults. */
import type { Bugs } from './bugs.ts'
import { settlingBound } from './bounds.ts'
import { Judge, type Violation } from './judge.ts'
import type { Scenario } from './scenario.ts'
import { World } from './world.ts'

export interface Outcome {
  readonly violation?: Violation
  /** Events that happened. */
  readonly steps: number
  readonly datagrams: number
  /** Of the datagrams. */
  readonly lost: number
  readonly virtualMs: number
}

const noBugs: Bugs = new Set()
/** No scenario needs as many events. */
const mostSteps = 5_000_000

export function simulate(scenario: Scenario, bugs: Bugs = noBugs, trace?: (line: string) => void): Outcome {
  const world = new World(scenario, bugs, trace)
  const judge = new Judge(world)
  const { agenda } = world
  const look = (): boolean => {
    if (agenda.steps > mostSteps) throw new Error(`seed ${scenario.seed}: events without end`)
    return judge.look()
  }
  const calm = (bound: number): boolean => {
    const until = agenda.now + bound
    const { beatEvery } = scenario.timing
    for (let calmFor = 0; calmFor < 2 && judge.violation === undefined;) {
      if (agenda.now >= until) judge.neverSettled()
      else agenda.run(agenda.now + beatEvery, look)
      calmFor = judge.settled() ? calmFor + 1 : 0
    }
    return judge.violation === undefined
  }
  world.begin()
  if (calm(settlingBound(scenario))) {
    judge.faultsBegin()
    const end = strikeAll(world, scenario)
    agenda.run(end, look)
    if (judge.violation === undefined) calm(settlingBound(scenario))
  }
  const { violation } = judge
  const { sent, lost } = world.network
  return {
    ...(violation && { violation }),
    steps: agenda.steps,
    datagrams: sent,
    lost,
    virtualMs: agenda.now,
  }
}

/** Returns when the last of them is over. */
function strikeAll(world: World, { faults }: Scenario): number {
  const { agenda } = world
  let end = agenda.now
  for (const fault of faults) {
    const at = agenda.now + fault.at
    end = Math.max(end, at + fault.lasts)
    agenda.plan(at, () => world.strike(fault))
    agenda.plan(at + fault.lasts, () => world.mend(fault))
  }
  return end
}
