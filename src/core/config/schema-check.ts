/*
 * The part of JSON Schema that a CRD's structural schema and a plugin's options schema consist of. Objects are
 * closed, as the API server's strict field validation has it: a field that no schema names is a fault.
 */
import { below } from '../model/field-path.ts'
import { isJsonObject } from '../model/json.ts'
import type { Json, JsonObject, JsonSchema } from '../model/json.ts'
import { didYouMean, oneOf, quote } from '../model/wording.ts'

export interface SchemaFault {
  /** Below the value that was checked: `spec.addresses[0]`, or empty for the value itself. */
  readonly path: string
  readonly reason: 'UnknownField' | 'MissingField' | 'WrongType' | 'InvalidValue'
  /** What was found and what is allowed. */
  readonly message: string
}

/**
 * Every fault of `value`, in the order of its fields. Null for a field that is not nullable counts as absent, as
 * the API server has it.
 */
export function checkSchema(value: unknown, schema: JsonSchema, path = ''): SchemaFault[] {
  if (value === null && schema.nullable === true) return []
  if (!hasType(value, schema)) return [{ path, reason: 'WrongType', message: wrongType(value, schema) }]
  const faults = scalarFaults(value, schema).map((message): SchemaFault => ({
    path,
    reason: 'InvalidValue',
    message,
  }))
  if (Array.isArray(value)) faults.push(...itemFaults(value, schema, path))
  else if (isJsonObject(value)) faults.push(...fieldFaults(value, schema, path))
  return faults
}

/**
 * `value` with the schema's defaults filled in at every depth, and nulls dropped from fields that are not nullable;
 * what needs neither is shared, not copied. Total: what the schema does not describe stays as it is.
 */
export function applyDefaults(value: Json, schema: JsonSchema): Json {
  if (Array.isArray(value)) return schema.items === undefined ? value : itemDefaults(value, schema.items)
  return isJsonObject(value) ? fieldDefaults(value, schema) : value
}

function itemDefaults(value: readonly Json[], items: JsonSchema): Json {
  const filled = value.map((item) => applyDefaults(item, items))
  return filled.every((item, index) => item === value[index]) ? value : filled
}

function fieldDefaults(value: JsonObject, schema: JsonSchema): Json {
  const fields: [string, Json][] = []
  let changed = false
  for (const [name, field] of Object.entries(value)) {
    const fieldSchema = schemaOfField(name, schema)
    const kept = fieldSchema === undefined || !isAbsent(value, name, fieldSchema)
    const filled = fieldSchema === undefined ? field : applyDefaults(field, fieldSchema)
    if (kept) fields.push([name, filled])
    changed ||= !kept || filled !== field
  }
  const defaults = missingDefaults(value, schema)
  return changed || defaults.length > 0 ? Object.fromEntries([...fields, ...defaults]) : value
}

function missingDefaults(value: JsonObject, schema: JsonSchema): [string, Json][] {
  const missing: [string, Json][] = []
  for (const [name, fieldSchema] of Object.entries(schema.properties ?? {})) {
    if (fieldSchema.default === undefined || !isAbsent(value, name, fieldSchema)) continue
    missing.push([name, applyDefaults(fieldSchema.default, fieldSchema)])
  }
  return missing
}

function isAbsent(value: JsonObject, name: string, schema: JsonSchema): boolean {
  return !Object.hasOwn(value, name) || (value[name] === null && schema.nullable !== true)
}

function schemaOfField(name: string, schema: JsonSchema): JsonSchema | undefined {
  const { properties, additionalProperties } = schema
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

function hasType(value: unknown, schema: JsonSchema): boolean {
  if (schema['x-kubernetes-int-or-string'] === true)
    return Number.isInteger(value) || typeof value === 'string'
  switch (schema.type) {
    case undefined:
      return value !== undefined
    case 'object':
      return isJsonObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    default:
      return typeof value === schema.type
  }
}

function wrongType(value: unknown, schema: JsonSchema): string {
  const allowed =
    schema['x-kubernetes-int-or-string'] === true ? 'integer or string' : (schema.type ?? 'any value')
  // Where a whole object or list belongs, a scalar may be a misplaced password, and its text explains nothing.
  const shown = typeof value !== 'object' && allowed !== 'object' && allowed !== 'array' && !isHidden(schema)
  const found = shown && value !== undefined ? `${quote(value)} (${typeName(value)})` : typeName(value)
  return `found ${found}, allowed: ${allowed}`
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const isHidden = (schema: JsonSchema): boolean => schema.format === 'password'

function scalarFaults(value: unknown, schema: JsonSchema): string[] {
  // Quoted only where there is a fault: most values have none.
  const found = (): string => (isHidden(schema) ? 'found a value that is not shown' : `found ${quote(value)}`)
  const faults: string[] = []
  if (schema.enum !== undefined && !schema.enum.some((allowed) => sameJson(allowed, value))) {
    faults.push(`${found()}, allowed: ${oneOf(schema.enum.map(quote))}`)
  }
  if (typeof value === 'number') faults.push(...boundFaults(value, [schema.minimum, schema.maximum], found))
  if (typeof value === 'string') {
    const { length } = Array.from(value)
    faults.push(
      ...boundFaults(length, [schema.minLength, schema.maxLength], () => `found ${length} characters`),
    )
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
      faults.push(`${found()}, allowed: text that matches ${schema.pattern}`)
    }
  }
  return faults
}

function itemFaults(value: readonly unknown[], schema: JsonSchema, path: string): SchemaFault[] {
  const { items, minItems, maxItems } = schema
  const faults = boundFaults(value.length, [minItems, maxItems], () => `found ${value.length} items`).map(
    (message): SchemaFault => ({ path, reason: 'InvalidValue', message }),
  )
  if (items === undefined) return faults
  return [...faults, ...value.flatMap((item, index) => checkSchema(item, items, below(path, index)))]
}

function boundFaults(size: number, bounds: readonly (number | undefined)[], found: () => string): string[] {
  const [least, most] = bounds
  if (size >= (least ?? -Infinity) && size <= (most ?? Infinity)) return []
  if (most === undefined) return [`${found()}, allowed: at least ${least}`]
  return [
    least === undefined ? `${found()}, allowed: at most ${most}` : `${found()}, allowed: ${least} to ${most}`,
  ]
}

function fieldFaults(value: JsonObject, schema: JsonSchema, path: string): SchemaFault[] {
  const faults: SchemaFault[] = []
  for (const [name, field] of Object.entries(value)) {
    const fieldSchema = schemaOfField(name, schema)
    if (fieldSchema === undefined) faults.push(...unknownField(name, schema, path))
    else if (field !== null || fieldSchema.nullable === true) {
      faults.push(...checkSchema(field, fieldSchema, below(path, name)))
    }
  }
  for (const name of schema.required ?? []) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined
    if (field !== undefined && (field !== null || schemaOfField(name, schema)?.nullable === true)) continue
    faults.push({ path: below(path, name), reason: 'MissingField', message: missing(name, schema) })
  }
  return faults
}

function missing(name: string, schema: JsonSchema): string {
  const type = schemaOfField(name, schema)?.type
  return `found nothing, allowed: ${type === undefined ? 'a value' : `a value of type ${type}`} (the field is required)`
}

function unknownField(name: string, schema: JsonSchema, path: string): SchemaFault[] {
  if (schema.additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true)
    return []
  const known = Object.keys(schema.properties ?? {})
  const message = `found an unknown field, allowed: ${oneOf(known)}${didYouMean(name, known)}`
  return [{ path: below(path, name), reason: 'UnknownField', message }]
}

/** Equality of JSON values; only as deep as the values of an `enum`, which are scalars in practice. */
function sameJson(a: Json, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}
