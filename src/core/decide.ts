/* decide(facts) is the obviously right form: configure, allocate, announce, each with its reasons. */
import { allocate, type Allocation } from './allocator/allocate.ts'
import { assumptionsOf } from './assumptions.ts'
import { whileAsked, type AwaitingServices } from './awaiting-probe.ts'
import { parseConfig, type ParsedConfig } from './config/parse.ts'
import { compareText } from './model/collections.ts'
import type { Config } from './model/config.ts'
import { compareProblems, type Decisions } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
import { unknownNodeProblems } from './moves/unknown-nodes.ts'
import { requestProblems } from './request-problems.ts'
import type { Detail } from './selection/detail.ts'
import { announce, type AnnouncementDecisions } from './selection/announce.ts'

/** Deterministic, and independent of the order of the input. `pending`: who waits for an answer about what it is to get. */
export function decide(facts: Facts, detail?: Detail, pending: AwaitingServices = new Map()): Decisions {
  const parsed = configOf(facts)
  const allocation = whileAsked(allocateFrom(facts, parsed.config), facts.services, pending)
  return decideWith(facts, parsed, allocation, detail)
}

/** The decisions of a process that follows another one's allocation, or has made its own already. */
export function decideWith(
  facts: Facts,
  parsed: ParsedConfig,
  allocation: Allocation,
  detail?: Detail,
): Decisions {
  const announcements = announce(facts, parsed.config, allocation.assignments, detail)
  return compose(facts, parsed, { ...allocation, ...announcements })
}

/** The halves together, with what concerns both. */
export function compose(
  facts: Facts,
  parsed: ParsedConfig,
  halves: Allocation & AnnouncementDecisions,
): Decisions {
  const { assignments } = halves
  const requests = requestProblems(facts.services, assignments)
  const wishes = unknownNodeProblems(facts, assignments)
  return {
    ...halves,
    assumptions: [...assumptionsOf(facts, assignments), ...parsed.assumptions].sort(compareText),
    problems: [...parsed.problems, ...requests, ...wishes, ...halves.problems].sort(compareProblems),
  }
}

export function configOf(facts: Facts): ParsedConfig {
  const { settings, nodes, namespaces, secrets, digest, refused } = facts
  return parseConfig(facts.config, {
    settings,
    ...(nodes === undefined ? {} : { nodes }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(digest === undefined ? {} : { digest }),
    ...(refused === undefined ? {} : { refused }),
  })
}

function allocateFrom(
  { settings: { lbClass = '' }, services, quarantine = [] }: Facts,
  { pools }: Config,
): Allocation {
  return allocate({ lbClass, pools, services, quarantine })
}
