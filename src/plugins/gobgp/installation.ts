/* Everything of ours in a gobgpd as data: what is there, what should be, and the changes from one to the other. Pure. */
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'
import type { Address } from '#core/model/address.ts'

import { beltPolicy } from './belt.ts'
import type { DefinedSet, Direction, MarkedPath, NeighborSpec, SetName, Statement } from './client.ts'
import {
  anyMarkSet,
  assigned,
  isOurs,
  kindOfSet,
  markPattern,
  markSet,
  markStatement,
  parseDescription,
  parseRouteStatement,
  peerSet,
  peerStatement,
  policies,
  routeStatement,
  type Treatment,
} from './marks.ts'
import type { Before, Routing } from './routing.ts'
import { parseAction } from './treatment.ts'

export interface Found {
  /** Names of our sets. */
  readonly sets: ReadonlySet<string>
  /** Our policies by name, each with the names of its statements. */
  readonly policies: ReadonlyMap<string, readonly string[]>
  /** Names of all policies, in the order of evaluation. */
  readonly assignments: Readonly<Record<Direction, readonly string[]>>
  /** Our paths by prefix text. */
  readonly paths: ReadonlyMap<string, MarkedPath>
  /** Descriptions of all neighbours, ours or not. */
  readonly neighbors: ReadonlyMap<Address, string>
}

export interface Wanted {
  readonly sets: ReadonlyMap<string, DefinedSet>
  readonly statements: ReadonlyMap<string, Statement>
  readonly paths: ReadonlyMap<string, MarkedPath>
  /** `keep`: as it is there, whatever that is. */
  readonly neighbors: ReadonlyMap<Address, NeighborSpec | 'keep'>
}

export interface Changes {
  readonly addSets: readonly DefinedSet[]
  /** By policy; a policy that does not exist yet has an entry, if only an empty one. */
  readonly addStatements: ReadonlyMap<string, readonly Statement[]>
  readonly assign: readonly { readonly direction: Direction; readonly policies: readonly string[] }[]
  readonly put: readonly MarkedPath[]
  readonly withdraw: readonly MarkedPath[]
  readonly dropNeighbors: readonly Address[]
  readonly addNeighbors: readonly NeighborSpec[]
  readonly dropStatements: ReadonlyMap<string, readonly string[]>
  readonly dropSets: readonly SetName[]
}

/** What gobgpd's statements and neighbours say about the meaning of marks. */
export function beforeOf({ policies: found, neighbors }: Found): Before {
  const names = found.get(policies.routes) ?? []
  return {
    treatments: names.flatMap((name) => parseRouteStatement(name) ?? []),
    neighbors: new Set(
      [...neighbors].filter(([, text]) => parseDescription(text)).map(([address]) => address),
    ),
  }
}

export function wantedOf(
  { paths, treatments }: Routing,
  neighbors: ReadonlyMap<Address, NeighborSpec | 'keep'>,
  belt: SafetyBelt,
): Wanted {
  const outbound = beltPolicy(belt)
  const marks = [...new Set(treatments.map(({ mark }) => mark))]
  const anyMark: DefinedSet = { name: anyMarkSet, kind: 'large-community', list: [markPattern()] }
  const sets = [
    anyMark,
    ...outbound.sets,
    ...marks.map((mark): DefinedSet => ({
      name: markSet(mark),
      kind: 'large-community',
      list: [markPattern(mark)],
    })),
    ...[...neighbors.keys()].map((address): DefinedSet => ({
      name: peerSet(address),
      kind: 'neighbor',
      list: [hostPrefix(address)],
    })),
  ]
  const statements: Statement[] = [
    ...outbound.statements,
    { name: markStatement, policy: policies.marks, markSet: anyMarkSet, verdict: 'reject' },
    ...treatments.map(routing),
    ...[...neighbors.keys()].map((address): Statement => ({
      name: peerStatement(address),
      policy: policies.peers,
      neighborSet: peerSet(address),
      verdict: 'reject',
    })),
  ]
  return { sets: byName(sets), statements: byName(statements), paths, neighbors }
}

function routing(treatment: Treatment): Statement {
  const { mark, neighbor, action } = treatment
  return {
    name: routeStatement(treatment),
    policy: policies.routes,
    neighborSet: peerSet(neighbor),
    markSet: markSet(mark),
    verdict: 'accept',
    ...parseAction(action),
  }
}

export function changesFrom(found: Found, wanted: Wanted): Changes {
  const names = new Set([...found.policies.values()].flat())
  const differing = [...wanted.neighbors].filter(
    ([address, spec]) => spec !== 'keep' && found.neighbors.get(address) !== spec.description,
  )
  const ours = [...found.neighbors].filter(([, text]) => parseDescription(text)).map(([address]) => address)
  const replaced = new Set(differing.map(([address]) => address))
  return {
    addSets: [...wanted.sets.values()].filter(({ name }) => !found.sets.has(name)),
    addStatements: missingStatements(found, wanted, names),
    assign: (['import', 'export'] as const).flatMap((direction) => assignmentChange(found, direction)),
    put: [...wanted.paths.values()].filter(({ key, mark }) => found.paths.get(key)?.mark !== mark),
    withdraw: [...found.paths.values()].filter(({ key }) => !wanted.paths.has(key)),
    dropNeighbors: ours.filter((address) => replaced.has(address) || !wanted.neighbors.has(address)),
    addNeighbors: differing.flatMap(([, spec]) => (spec === 'keep' ? [] : [spec])),
    dropStatements: staleStatements(found, wanted),
    dropSets: [...found.sets]
      .filter((name) => !wanted.sets.has(name))
      .map((name) => ({ name, kind: kindOfSet(name) })),
  }
}

/** What is there once the changes are made. */
export function foundAfter(found: Found, wanted: Wanted): Found {
  const statements = Object.values(policies).map((policy): [string, string[]] => [
    policy,
    [...wanted.statements.values()].filter((one) => one.policy === policy).map(({ name }) => name),
  ])
  const foreign = [...found.neighbors].filter(([, text]) => parseDescription(text) === undefined)
  const ours = [...wanted.neighbors].map(([address, spec]): [Address, string] => [
    address,
    spec === 'keep' ? (found.neighbors.get(address) ?? '') : spec.description,
  ])
  const changed = (['import', 'export'] as const).flatMap((direction) => assignmentChange(found, direction))
  return {
    sets: new Set(wanted.sets.keys()),
    policies: new Map(statements),
    assignments: {
      ...found.assignments,
      ...Object.fromEntries(changed.map((one) => [one.direction, one.policies])),
    },
    paths: wanted.paths,
    neighbors: new Map([...foreign, ...ours]),
  }
}

/** Ours come first: they decide about our neighbours and our routes only, and leave the rest to the operator's. */
function assignmentChange({ assignments }: Found, direction: Direction): Changes['assign'] {
  const now = assignments[direction]
  const wanted = [...assigned[direction], ...now.filter((name) => !isOurs(name))]
  return wanted.join() === now.join() ? [] : [{ direction, policies: wanted }]
}

function missingStatements(
  found: Found,
  wanted: Wanted,
  names: ReadonlySet<string>,
): Changes['addStatements'] {
  const missing = new Map<string, Statement[]>()
  for (const policy of Object.values(policies)) if (!found.policies.has(policy)) missing.set(policy, [])
  for (const statement of wanted.statements.values()) {
    if (names.has(statement.name)) continue
    missing.set(statement.policy, [...(missing.get(statement.policy) ?? []), statement])
  }
  return missing
}

function staleStatements(found: Found, wanted: Wanted): Changes['dropStatements'] {
  const stale = [...found.policies].map(([policy, names]): [string, string[]] => [
    policy,
    names.filter((name) => !wanted.statements.has(name)),
  ])
  return new Map(stale.filter(([, names]) => names.length > 0))
}

function byName<T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.name, one]))
}

function hostPrefix(address: Address): string {
  return `${address}/${address.includes(':') ? 128 : 32}`
}
