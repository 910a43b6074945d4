/*
 * The explanation of one Service in a running process, at the cost of that Service: the rest is decided already. Stable
 * election spreads new placements over all Services, so there everything is decided once more.
 */
import type { Allocation } from '../allocator/allocate.ts'
import type { ParsedConfig } from '../config/parse.ts'
import { decideWith } from '../decide.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf } from '../model/objects.ts'
import { SharingGroups } from '../selection/sharing-groups.ts'
import { explain, type Explanation } from './explanation.ts'

/** `service` as `namespace/name`; undefined when the facts do not have it. `allocation`: what is in force. */
export function explainOne(
  facts: Facts,
  parsed: ParsedConfig,
  allocation: Allocation,
  service: string,
): Explanation | undefined {
  if (facts.settings.election === 'stable')
    return explain(facts, decideWith(facts, parsed, allocation), service)
  const involved = whoSharesWith(allocation, service)
  const few: Facts = {
    ...facts,
    services: facts.services.filter((candidate) => involved.has(nameOf(candidate))),
  }
  const assignments = allocation.assignments.filter((assignment) => involved.has(assignment.service))
  return explain(few, decideWith(few, parsed, { ...allocation, assignments }), service)
}

/** Services that share an address have one owner between them, so none can be explained without the others. */
function whoSharesWith({ assignments }: Allocation, service: string): ReadonlySet<string> {
  const groups = new SharingGroups()
  for (const { service, addresses } of assignments) groups.set(service, addresses)
  return new Set([service, ...(groups.groupOf(service)?.services ?? [])])
}
