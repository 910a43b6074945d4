/*
 * What the rules say of objects that the reader refused for some of their fields: the rest of each may be at fault as
 * well, and its author wants to hear everything at once. Such an object is used for nothing else.
 */
import { allocate } from './allocator/allocate.ts'
import { configOf } from './decide.ts'
import type { Problem } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
import { below } from './model/field-path.ts'
import { refOf, type ConfigObject, type ServiceObject } from './model/objects.ts'
import type { ReasonCode } from './reasons.ts'
import { requestProblems } from './request-problems.ts'

/** An object without the fields, and the items of lists, that are at fault; defaults in place of the fields. */
export interface Remains {
  readonly object: ConfigObject | ServiceObject
  /** Paths of what is left out, as `spec.nodeSelectors` or `spec.addresses[1]`. */
  readonly without: readonly string[]
  /** Of lists that lost items, by path: at which index of the whole list each item is that is left. */
  readonly indices?: ReadonlyMap<string, readonly number[]>
}

/** Two objects are at odds, which may be for want of what was left out. */
const ofTwo: ReadonlySet<ReasonCode> = new Set([
  'ConflictingAttributes',
  'DuplicateObject',
  'DuplicatePeer',
  'RouterMismatch',
])

/** Rules about fields that a message does not name: they may have been met by what was left out. */
const basis: Partial<Record<ReasonCode, readonly string[]>> = {
  // Without a selection an advertisement covers all pools, which may be more than it can.
  InvalidAggregationLength: ['spec.ipAddressPools', 'spec.ipAddressPoolSelectors'],
  FamilyMismatch: ['spec.clusterIP', 'spec.clusterIPs', 'spec.ipFamilies', 'spec.ipFamilyPolicy'],
}

export function faultsOfRemains(facts: Facts, remains: readonly Remains[]): Problem[] {
  if (remains.length === 0) return []
  const left = new Map(remains.map((one) => [refOf(one.object), one]))
  const refused = (facts.refused ?? []).filter((ref) => !left.has(ref))
  const objects = remains.map(({ object }) => object)
  const config = [...facts.config, ...objects.filter((object) => object.kind !== 'Service')]
  const requests = faultyRequests(
    facts,
    objects.filter((object) => object.kind === 'Service'),
  )
  return [...configOf({ ...facts, config, refused }).problems, ...requests].flatMap((problem) => {
    const rest = left.get(problem.object)
    if (rest === undefined || ofTwo.has(problem.reason)) return []
    const fault = { ...problem, field: fieldInWhole(problem.field, rest) }
    return isForWant(fault, rest.without) ? [] : [fault]
  })
}

/** Of the Services alone: what they ask for is at fault or not, whoever else is there. */
function faultyRequests(facts: Facts, services: readonly ServiceObject[]): Problem[] {
  if (services.length === 0) return []
  const { lbClass = '' } = facts.settings
  const { assignments } = allocate({ lbClass, pools: configOf(facts).config.pools, services })
  return requestProblems(services, assignments)
}

/** Whether the fault may be there only because of what is left out. */
function isForWant({ field, message, reason }: Problem, without: readonly string[]): boolean {
  if (basis[reason]?.some((path) => without.some((lost) => isWithin(lost, path)))) return true
  return without.some((path) => isWithin(field, path) || names(message, path))
}

/** The path of a field, were nothing left out of its list. */
function fieldInWhole(field: string, { indices }: Remains): string {
  for (const [list, kept] of indices ?? []) {
    if (!field.startsWith(`${list}[`)) continue
    const [index = '', ...further] = field.slice(list.length + 1).split(']')
    return `${below(list, kept[Number(index)] ?? 0)}${further.join(']')}`
  }
  return field
}

/** A rule about several fields tells of all of them, and one that is left out may have met it. */
function names(message: string, path: string): boolean {
  return message.split(/[^\w.]+/).includes(path.slice('spec.'.length))
}

function isWithin(field: string, path: string): boolean {
  return field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`)
}
