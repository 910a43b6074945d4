/* The smallest scenario that still breaks the same rule: fewer faults, nodes and Services, better weather, rounder times. */
import type { Bugs } from './bugs.ts'
import type { Edit } from './cluster.ts'
import type { Violation } from './judge.ts'
import type { Fault, Scenario } from './scenario.ts'
import { simulate } from './simulation.ts'

/** Runs spent at most. */
const patience = 400

export function shrunk(scenario: Scenario, rule: Violation['rule'], bugs: Bugs): Scenario {
  let best = scenario
  let runs = 0
  const fails = (candidate: Scenario): boolean => {
    runs++
    return simulate(candidate, bugs).violation?.rule === rule
  }
  for (;;) {
    const found = simpler(best).find((candidate) => runs < patience && fails(candidate))
    if (found === undefined) return best
    best = found
  }
}

/** The greatest steps first. */
function* simplerOnes(scenario: Scenario): Generator<Scenario> {
  const { faults, nodes, services, weather, policy } = scenario
  for (const index of faults.keys()) yield { ...scenario, faults: faults.filter((_, at) => at !== index) }
  if (nodes > 2) {
    const fewer = Math.max(2, nodes > 8 ? Math.floor(nodes / 2) : nodes - 1)
    yield { ...scenario, nodes: fewer, faults: faults.flatMap((fault) => within(fault, fewer)) }
  }
  if (scenario.election === 'stable') yield { ...scenario, election: 'hash' }
  if (scenario.budget < 300) yield { ...scenario, budget: 300 }
  if (scenario.unready.length > 0) yield { ...scenario, unready: [] }
  if (services > 1) yield { ...scenario, services: 1 }
  if (weather.loss > 0) yield { ...scenario, weather: { ...weather, loss: 0 } }
  if (weather.delay > 0.2) yield { ...scenario, weather: { ...weather, delay: 0.2 } }
  if (policy === 'majority') yield { ...scenario, policy: 'available' }
  for (const [index, fault] of faults.entries())
    for (const rounder of rounderOnes(fault))
      yield { ...scenario, faults: faults.map((one, at) => (at === index ? rounder : one)) }
}

function simpler(scenario: Scenario): Scenario[] {
  return [...simplerOnes(scenario)]
}

function rounderOnes(fault: Fault): Fault[] {
  return ([100, 10, 1] as const).flatMap((step) => {
    const round = (value: number): number => Math.round(value / step) * step
    const rounder = { ...fault, at: round(fault.at), lasts: round(fault.lasts) }
    return rounder.at === fault.at && rounder.lasts === fault.lasts ? [] : [rounder]
  })
}

/** Without the nodes beyond the first `count`; nothing when nobody is left. */
function within(fault: Fault, count: number): Fault[] {
  const kept = (nodes: readonly number[]): number[] => nodes.filter((node) => node < count)
  switch (fault.kind) {
    case 'partition':
      return kept(fault.nodes).length === 0 ? [] : [{ ...fault, nodes: kept(fault.nodes) }]
    case 'one-way': {
      const [from, to] = [kept(fault.from), kept(fault.to)]
      return from.length === 0 || to.length === 0 ? [] : [{ ...fault, from, to }]
    }
    case 'edit':
      return [{ ...fault, edit: editWithin(fault.edit, kept) }]
    default:
      return 'node' in fault && fault.node >= count ? [] : [fault]
  }
}

function editWithin(edit: Edit, kept: (nodes: readonly number[]) => number[]): Edit {
  return 'nodes' in edit ? { ...edit, nodes: kept(edit.nodes) } : edit
}
