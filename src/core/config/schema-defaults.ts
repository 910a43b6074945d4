/* The defaults of a schema, filled in. */
import { planOf, planOfField, type SchemaPlan } from './schema-plan.ts'
import { isJsonObject } from '../model/json.ts'
import type { Json, JsonObject, JsonSchema } from '../model/json.ts'

/**
 * `value` with the schema's defaults filled in at every depth, and nulls dropped from fields that are not nullable;
 * what needs neither is shared, not copied. Total: what the schema does not describe stays as it is.
 */
export function applyDefaults(value: Json, schema: JsonSchema): Json {
  return filled(value, planOf(schema))
}

function filled(value: Json, plan: SchemaPlan): Json {
  if (Array.isArray(value)) return plan.items === undefined ? value : filledItems(value, plan.items)
  return isJsonObject(value) ? filledFields(value, plan) : value
}

function filledItems(value: readonly Json[], items: SchemaPlan): Json {
  let copy: Json[] | undefined
  for (const [index, item] of value.entries()) {
    const complete = filled(item, items)
    if (complete === item) continue
    copy ??= [...value]
    copy[index] = complete
  }
  return copy ?? value
}

function filledFields(value: JsonObject, plan: SchemaPlan): JsonObject {
  return withMissing(withFilled(value, plan), plan)
}

/** The fields that are there, each complete. */
function withFilled(value: JsonObject, plan: SchemaPlan): JsonObject {
  let copy: Record<string, Json> | undefined
  for (const name of Object.keys(value)) {
    const field = value[name] ?? null
    const fieldPlan = planOfField(name, plan)
    if (fieldPlan === undefined) continue
    const complete = field === null && !fieldPlan.nullable ? undefined : filled(field, fieldPlan)
    if (complete === field) continue
    copy ??= { ...value }
    if (complete === undefined) delete copy[name]
    else copy[name] = complete
  }
  return copy ?? value
}

/** The defaults of the fields that are not. */
function withMissing(value: JsonObject, plan: SchemaPlan): JsonObject {
  let copy: Record<string, Json> | undefined
  for (const [name, fieldPlan] of plan.defaulted) {
    if (fieldPlan.default === undefined || Object.hasOwn(value, name)) continue
    copy ??= { ...value }
    copy[name] = filled(fieldPlan.default, fieldPlan)
  }
  return copy ?? value
}
