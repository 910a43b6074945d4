/*
 * What the rules say of objects that the reader refused for some of their fields: the rest of each may be at fault as
 * well, and its author wants to hear everything at once. Such an object is used for nothing else.
 */
import { configOf } from './decide.ts'
import type { Problem } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
import { refOf, type ConfigObject } from './model/objects.ts'
import type { ReasonCode } from './reasons.ts'

/** An object without the fields that are at fault, defaults in their place. */
export interface Remains {
  readonly object: ConfigObject
  /** Paths of what is left out, as `spec.nodeSelectors`. */
  readonly without: readonly string[]
}

/** Two objects are at odds, which may be for want of what was left out. */
const ofTwo: ReadonlySet<ReasonCode> = new Set([
  'ConflictingAttributes',
  'DuplicateObject',
  'DuplicatePeer',
  'RouterMismatch',
])

/** Without them an advertisement covers all pools, which may be more than it can. */
const poolSelection = ['spec.ipAddressPools', 'spec.ipAddressPoolSelectors']

export function faultsOfRemains(facts: Facts, remains: readonly Remains[]): Problem[] {
  if (remains.length === 0) return []
  const left = new Map(remains.map(({ object, without }) => [refOf(object), without]))
  const refused = (facts.refused ?? []).filter((ref) => !left.has(ref))
  const config = [...facts.config, ...remains.map(({ object }) => object)]
  return configOf({ ...facts, config, refused }).problems.filter(({ object, field, reason, message }) => {
    const without = left.get(object)
    if (without === undefined || ofTwo.has(reason)) return false
    if (reason === 'InvalidAggregationLength' && poolSelection.some((path) => without.includes(path)))
      return false
    return !without.some((path) => isWithin(field, path) || names(message, path))
  })
}

/** A rule about several fields tells of all of them, and one that is left out may have met it. */
function names(message: string, path: string): boolean {
  return message.split(/[^\w.]+/).includes(path.slice('spec.'.length))
}

function isWithin(field: string, path: string): boolean {
  return field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`)
}
