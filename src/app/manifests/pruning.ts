/*
 * An object without what its schema refuses, so that the other rules can judge the rest. Of each fault the smallest
 * part that may be missing is left out: a label, an item of a list of the spec, else a field of the spec.
 */
import { below, stepsOf, type FieldStep } from '#core/model/field-path.ts'
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '#core/model/json.ts'
import type { Remains } from '#core/remains.ts'

interface Pruned extends Required<Omit<Remains, 'object'>> {
  readonly value: JsonObject
}

/** `fields`: paths of the faults. Undefined where one of them is in a part that cannot be missing. */
export function pruned(raw: JsonObject, schema: JsonSchema, fields: readonly string[]): Pruned | undefined {
  const { metadata, spec } = raw
  const faults = fields.map(stepsOf)
  if (!isJsonObject(metadata) || !isJsonObject(spec) || !faults.every(mayBeMissing)) return undefined
  const rest: Record<string, Json> = { ...spec }
  const without: string[] = []
  const indices = new Map<string, readonly number[]>()
  for (const [name, places] of placesByField(faults)) {
    const path = below('spec', name)
    const list = soundItems(spec[name], places)
    if (list === undefined) {
      without.push(path)
      fillIn(rest, name, schema.properties?.['spec'] ?? {})
    } else {
      without.push(...[...places].flatMap((place) => (place === undefined ? [] : below(path, place))))
      indices.set(path, list.indices)
      rest[name] = list.items
    }
  }
  return { value: { ...raw, metadata: withoutLabels(metadata, faults), spec: rest }, without, indices }
}

function mayBeMissing([top, name, label]: readonly FieldStep[]): boolean {
  if (top === 'spec') return typeof name === 'string'
  return top === 'metadata' && name === 'labels' && label !== undefined
}

/** The fields of the spec that hold faults, with the steps below each; undefined for the field itself. */
function placesByField(
  faults: readonly (readonly FieldStep[])[],
): Map<string, ReadonlySet<FieldStep | undefined>> {
  const byField = new Map<string, Set<FieldStep | undefined>>()
  for (const [top, name, place] of faults) {
    if (top !== 'spec' || typeof name !== 'string') continue
    byField.set(name, (byField.get(name) ?? new Set()).add(place))
  }
  return byField
}

/** Undefined for what is no list, and for a list without a sound item. */
function soundItems(
  value: Json | undefined,
  places: ReadonlySet<FieldStep | undefined>,
): { readonly items: readonly Json[]; readonly indices: readonly number[] } | undefined {
  if (!Array.isArray(value) || ![...places].every((place) => typeof place === 'number')) return undefined
  const list: readonly Json[] = value
  const indices = [...list.keys()].filter((index) => !places.has(index))
  if (indices.length === 0) return undefined
  return { items: list.filter((_, index) => !places.has(index)), indices }
}

/** A required field stays, with nothing in it. */
function fillIn(spec: Record<string, Json>, name: string, { required = [], properties }: JsonSchema): void {
  if (required.includes(name)) spec[name] = emptyOf(properties?.[name])
  else delete spec[name]
}

function emptyOf(schema: JsonSchema | undefined): Json {
  switch (schema?.type) {
    case 'array':
      return []
    case 'string':
      return ''
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
    default:
      return {}
  }
}

function withoutLabels(metadata: JsonObject, faults: readonly (readonly FieldStep[])[]): JsonObject {
  const { labels } = metadata
  const faulty = new Set(faults.flatMap(([top, , label]) => (top === 'metadata' ? label : [])))
  if (!isJsonObject(labels) || faulty.size === 0) return metadata
  const sound = Object.entries(labels).filter(([name]) => !faulty.has(name))
  return { ...metadata, labels: Object.fromEntries(sound) }
}
