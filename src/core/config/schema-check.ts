/*
 * The part of JSON Schema that a CRD's structural schema and a plugin's options schema consist of. Objects are
 * closed, as the API server's strict field validation has it: a field that no schema names is a fault.
 */
import { FaultTrail, type SchemaFault } from './fault-trail.ts'
import { planOf, planOfField, type SchemaPlan, type SchemaType } from './schema-plan.ts'
import { isJsonObject } from '../model/json.ts'
import type { Json, JsonObject, JsonSchema } from '../model/json.ts'
import { didYouMean, oneOf, quote } from '../model/wording.ts'

/**
 * Every fault of `value`, in the order of its fields. Null for a field that is not nullable counts as absent, as
 * the API server has it.
 */
export function checkSchema(value: unknown, schema: JsonSchema, path = ''): SchemaFault[] {
  const trail = new FaultTrail(path)
  check(value, planOf(schema), trail)
  return trail.faults
}

function check(value: unknown, plan: SchemaPlan, trail: FaultTrail): void {
  if (value === null && plan.nullable) return
  if (!hasType(value, plan.type)) {
    trail.add('WrongType', wrongType(value, plan))
    return
  }
  if (plan.constrained) {
    for (const message of scalarFaults(value, plan)) trail.add('InvalidValue', message)
  }
  if (Array.isArray(value)) checkItems(value, plan, trail)
  else if (isJsonObject(value)) checkFields(value, plan, trail)
}

function checkItems(value: readonly unknown[], { schema, items }: SchemaPlan, trail: FaultTrail): void {
  const bounds = [schema.minItems, schema.maxItems]
  const faults = boundFaults(value.length, bounds, () => `found ${value.length} items`)
  for (const message of faults) trail.add('InvalidValue', message)
  if (items === undefined) return
  for (const [index, item] of value.entries()) {
    trail.enter(index)
    check(item, items, trail)
    trail.leave()
  }
}

function checkFields(value: JsonObject, plan: SchemaPlan, trail: FaultTrail): void {
  for (const name of Object.keys(value)) {
    const field = value[name]
    const fieldPlan = planOfField(name, plan)
    if (fieldPlan === undefined) {
      if (!plan.open) trail.add('UnknownField', unknownField(name, plan), name)
    } else if (field !== null || fieldPlan.nullable) {
      trail.enter(name)
      check(field, fieldPlan, trail)
      trail.leave()
    }
  }
  for (const name of plan.required) {
    if (!isPresent(value, name, plan)) trail.add('MissingField', missing(name, plan), name)
  }
}

function isPresent(value: JsonObject, name: string, plan: SchemaPlan): boolean {
  const field = Object.hasOwn(value, name) ? value[name] : undefined
  return field !== undefined && (field !== null || planOfField(name, plan)?.nullable === true)
}

function hasType(value: unknown, type: SchemaType): boolean {
  switch (type) {
    case 'any value':
      return value !== undefined
    case 'integer or string':
      return Number.isInteger(value) || typeof value === 'string'
    case 'object':
      return isJsonObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    default:
      return typeof value === type
  }
}

function wrongType(value: unknown, { type: allowed, schema }: SchemaPlan): string {
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

function scalarFaults(value: unknown, { schema, pattern }: SchemaPlan): string[] {
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
    if (pattern !== undefined && !pattern.test(value)) {
      faults.push(`${found()}, allowed: text that matches ${schema.pattern}`)
    }
  }
  return faults
}

function boundFaults(size: number, bounds: readonly (number | undefined)[], found: () => string): string[] {
  const [least, most] = bounds
  if (size >= (least ?? -Infinity) && size <= (most ?? Infinity)) return []
  if (most === undefined) return [`${found()}, allowed: at least ${least}`]
  return [
    least === undefined ? `${found()}, allowed: at most ${most}` : `${found()}, allowed: ${least} to ${most}`,
  ]
}

function missing(name: string, plan: SchemaPlan): string {
  const type = planOfField(name, plan)?.schema.type
  return `found nothing, allowed: ${type === undefined ? 'a value' : `a value of type ${type}`} (the field is required)`
}

function unknownField(name: string, { fields }: SchemaPlan): string {
  const known = [...fields.keys()]
  return `found an unknown field, allowed: ${oneOf(known)}${didYouMean(name, known)}`
}

/** Equality of JSON values; only as deep as the values of an `enum`, which are scalars in practice. */
function sameJson(a: Json, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}
