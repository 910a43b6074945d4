/*
 * Advertisements that contradict each other because both select one Service, once per pair however many Services and
 * peers they meet at. Pairs without serviceSelectors are reported with the configuration, whatever the Services.
 */
import type { Conflict } from './every-node.ts'
import { groupBy } from '../model/collections.ts'
import type { Problem } from '../model/decisions.ts'
import { quote } from '../model/wording.ts'

export function conflictProblems(conflicts: readonly Conflict[]): Problem[] {
  const atServices = conflicts.filter(({ later, first }) =>
    [later, first].some(({ ad }) => ad.serviceSelectors.length > 0),
  )
  const pairs = groupBy(atServices, ({ later, first }) => `${later.ad.ref}\n${first.ad.ref}`)
  return [...pairs.values()].flatMap((found) => {
    const [example] = found
    return example === undefined
      ? []
      : [problemOf(example, new Set(found.map(({ service }) => service)).size)]
  })
}

function problemOf({ later, first, service, address, peer }: Conflict, services: number): Problem {
  const [own, other] = [later.ad.options['localPref'], first.ad.options['localPref']]
  const more = services === 1 ? '' : ` (and for ${services - 1} more)`
  return {
    object: later.ad.ref,
    field: 'spec.localPref',
    reason: 'ConflictingAttributes',
    message:
      `${shown(own)} for ${address} of ${service}${more} towards peer ${peer} contradicts ${shown(other)} of ` +
      `${first.ad.ref}, which comes first by name and is used`,
  }
}

function shown(localPref: unknown): string {
  return localPref === undefined ? 'no local preference' : `local preference ${quote(localPref)}`
}
