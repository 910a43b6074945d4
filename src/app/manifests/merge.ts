/* All sources together: objects by kind, duplicates told, and the way back from an object to its line. */
import {
  placeOf,
  type Note,
  type Place,
  type ReadObject,
  type ReadRemains,
  type SourceDocuments,
  type SourcedProblem,
} from './source.ts'
import type { Secret } from '#core/announcer.ts'
import { stepsOf } from '#core/model/field-path.ts'
import type { Facts } from '#core/model/facts.ts'
import type { AnyObject, ConfigObject } from '#core/model/objects.ts'
import type { Remains } from '#core/remains.ts'

/** The part of the facts that manifests give; a kind of which no object occurs is absent, save Services and our own. */
type ManifestFacts = Pick<
  Facts,
  'config' | 'refused' | 'services' | 'nodes' | 'namespaces' | 'endpointSlices' | 'secrets'
>

export interface ManifestSet extends ManifestFacts {
  /** In the order of the sources, and of the lines of each. */
  readonly problems: readonly SourcedProblem[]
  /** Of objects that are refused for some of their fields, each once. */
  readonly remains: readonly Remains[]
  readonly notes: readonly Note[]
  /** Objects of kinds that Herald does not read, counted by `apiVersion Kind`. */
  readonly ignored: Readonly<Record<string, number>>
  /** Where an object (`Kind namespace/name`) or one of its fields stands; undefined for an object that is not here. */
  locate(object: string, field?: string): Place | undefined
  /** The bytes of a Secret that `secrets` names. */
  secretBytes(ref: { readonly namespace: string; readonly name: string }): Secret | undefined
}

export function mergeSources(sources: readonly SourceDocuments[]): ManifestSet {
  const firsts = new Map<string, First>()
  const problems = sources.flatMap((source) => {
    const duplicates = addFirsts(source, firsts)
    return [...source.problems, ...duplicates].sort((a, b) => a.line - b.line)
  })
  const refused = refusedAmong(problems, firsts)
  const remains = remainsAmong(sources, firsts)
  return {
    ...(refused.length === 0 ? {} : { refused }),
    ...byKind([...firsts.values()].map(({ read }) => read.object)),
    problems,
    remains: [...remains.values()],
    notes: sources.flatMap((source) => source.notes),
    ignored: sumOf(sources.map((source) => source.ignored)),
    locate(object, field = '') {
      const origin = firsts.get(object)?.read.origin ?? remains.get(object)?.origin
      return origin === undefined ? undefined : placeOf(origin, stepsOf(field))
    },
    secretBytes({ namespace, name }) {
      const ref = `Secret ${namespace}/${name}`
      return firsts.get(ref)?.source.secretBytes(ref)
    },
  }
}

/** What has faults and is not among the objects all the same, say by its last good version. */
function refusedAmong(problems: readonly SourcedProblem[], firsts: ReadonlyMap<string, First>): string[] {
  return [...new Set(problems.map(({ object }) => object))].filter((ref) => !firsts.has(ref)).sort()
}

/** By `Kind namespace/name`; the first of each that has no sound definition anywhere. */
function remainsAmong(
  sources: readonly SourceDocuments[],
  firsts: ReadonlyMap<string, First>,
): ReadonlyMap<string, ReadRemains> {
  const remains = new Map<string, ReadRemains>()
  for (const one of sources.flatMap((source) => source.remains ?? []))
    if (!firsts.has(one.ref) && !remains.has(one.ref)) remains.set(one.ref, one)
  return remains
}

/** The first definition of an object, and the source that knows its bytes. */
interface First {
  readonly read: ReadObject
  readonly source: SourceDocuments
}

/** Adds what is new in `source` to `firsts`, and returns a problem for each object that is not. */
function addFirsts(source: SourceDocuments, firsts: Map<string, First>): SourcedProblem[] {
  return source.objects.flatMap((read) => {
    const first = firsts.get(read.ref)
    if (first !== undefined) return [duplicate(read, first.read)]
    firsts.set(read.ref, { read, source })
    return []
  })
}

function duplicate(second: ReadObject, first: ReadObject): SourcedProblem {
  const { file, line } = placeOf(first.origin)
  const message = `found a second definition, allowed: one; the first, at ${file}:${line}, is used`
  return { ...placeOf(second.origin), object: second.ref, field: '', reason: 'DuplicateObject', message }
}

function byKind(objects: readonly AnyObject[]): ManifestFacts {
  const coreKinds = new Set<string>(['Service', 'Node', 'Namespace', 'EndpointSlice', 'Secret'])
  const ofKind = <Kind extends AnyObject['kind']>(kind: Kind): Extract<AnyObject, { kind: Kind }>[] =>
    objects.filter((object): object is Extract<AnyObject, { kind: Kind }> => object.kind === kind)
  return {
    config: objects.filter((object): object is ConfigObject => !coreKinds.has(object.kind)),
    services: ofKind('Service'),
    ...ifAny('nodes', ofKind('Node')),
    ...ifAny('namespaces', ofKind('Namespace')),
    ...ifAny('endpointSlices', ofKind('EndpointSlice')),
    ...ifAny('secrets', ofKind('Secret')),
  }
}

function ifAny<Field extends string, Item>(field: Field, items: Item[]): Partial<Record<Field, Item[]>> {
  return items.length === 0 ? {} : ({ [field]: items } as Record<Field, Item[]>)
}

function sumOf(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {}
  for (const [what, count] of counts.flatMap((one) => Object.entries(one)))
    sum[what] = (sum[what] ?? 0) + count
  return sum
}
