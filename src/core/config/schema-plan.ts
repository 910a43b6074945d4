/*
 * A schema, prepared once for the many values that are held against it: fields as maps, patterns compiled. Most
 * values have no fault and need no default, and a plan lets a walk see that without work.
 */
import type { Json, JsonSchema } from '../model/json.ts'

export type SchemaType = NonNullable<JsonSchema['type']> | 'integer or string' | 'any value'

export interface SchemaPlan {
  /** What messages are made of. */
  readonly schema: JsonSchema
  readonly type: SchemaType
  readonly nullable: boolean
  /** Whether a scalar of the right type may still be wrong. */
  readonly constrained: boolean
  readonly pattern: RegExp | undefined
  readonly default: Json | undefined
  readonly items: SchemaPlan | undefined
  /** The fields that the schema names. */
  readonly fields: ReadonlyMap<string, SchemaPlan>
  /** What every other field is held against; absent where the schema describes none. */
  readonly others: SchemaPlan | undefined
  /** Fields that the schema does not describe are taken as they are. */
  readonly open: boolean
  readonly required: readonly string[]
  /** Those of `fields` that have a default. */
  readonly defaulted: readonly (readonly [string, SchemaPlan])[]
}

const plans = new WeakMap<JsonSchema, SchemaPlan>()

export function planOf(schema: JsonSchema): SchemaPlan {
  const known = plans.get(schema)
  if (known !== undefined) return known
  const plan = prepared(schema)
  plans.set(schema, plan)
  return plan
}

export function planOfField(name: string, plan: SchemaPlan): SchemaPlan | undefined {
  return plan.fields.get(name) ?? plan.others
}

function prepared(schema: JsonSchema): SchemaPlan {
  const { items, pattern, additionalProperties: others } = schema
  const fields = new Map(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [name, planOf(field)]),
  )
  return {
    schema,
    type: schema['x-kubernetes-int-or-string'] === true ? 'integer or string' : (schema.type ?? 'any value'),
    nullable: schema.nullable === true,
    constrained: isConstrained(schema),
    pattern: pattern === undefined ? undefined : new RegExp(pattern),
    default: schema.default,
    items: items === undefined ? undefined : planOf(items),
    fields,
    others: typeof others === 'object' ? planOf(others) : undefined,
    open: others === true || schema['x-kubernetes-preserve-unknown-fields'] === true,
    required: schema.required ?? [],
    defaulted: [...fields].filter(([, field]) => field.default !== undefined),
  }
}

function isConstrained(schema: JsonSchema): boolean {
  const { enum: values, pattern, minimum, maximum, minLength, maxLength } = schema
  return [values, pattern, minimum, maximum, minLength, maxLength].some((bound) => bound !== undefined)
}
