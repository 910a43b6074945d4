/* decide(facts) is the obviously right form: configure, allocate, announce, each with its reasons. */
import { allocate } from './allocator/allocate.ts'
import { assumptionsOf } from './assumptions.ts'
import { parseConfig, type ParsedConfig } from './config/parse.ts'
import { compareText } from './model/collections.ts'
import type { Config } from './model/config.ts'
import type { Assignment, Decisions, PoolUsage, Problem } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
import { announce } from './selection/announce.ts'

/** Deterministic, and independent of the order of the input. */
export function decide(facts: Facts): Decisions {
  const parsed = configOf(facts)
  const { assignments, pools } = allocateFrom(facts, parsed.config)
  return decideWith(facts, parsed, { assignments, pools })
}

/** The decisions of a process that follows another one's allocation, or has made its own already. */
export function decideWith(
  facts: Facts,
  parsed: ParsedConfig,
  {
    assignments,
    pools,
  }: { readonly assignments: readonly Assignment[]; readonly pools: readonly PoolUsage[] },
): Decisions {
  const { problems, ...announced } = announce(facts, parsed.config, assignments)
  return {
    assumptions: [...assumptionsOf(facts, assignments), ...parsed.assumptions].sort(compareText),
    problems: [...parsed.problems, ...problems].sort(compareProblems),
    assignments,
    ...announced,
    pools,
  }
}

export function configOf(facts: Facts): ParsedConfig {
  const { settings, nodes, namespaces, secrets, digest } = facts
  return parseConfig(facts.config, {
    settings,
    ...(nodes === undefined ? {} : { nodes }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(digest === undefined ? {} : { digest }),
  })
}

function allocateFrom(
  { settings: { lbClass }, services }: Facts,
  { pools }: Config,
): ReturnType<typeof allocate> {
  return allocate({ ...(lbClass === undefined ? {} : { lbClass }), pools, services })
}

/** By object, field, reason. */
export function compareProblems(a: Problem, b: Problem): number {
  return (
    compareText(a.object, b.object) ||
    compareText(a.field, b.field) ||
    compareText(a.reason, b.reason) ||
    compareText(a.message, b.message)
  )
}
