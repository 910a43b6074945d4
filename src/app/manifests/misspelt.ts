/*
 * Below `spec`, Kubernetes' own kinds are open, since a newer API server may know more fields than we do. A field
 * that differs from a known one only in case or by a plural `s` is no such news but a slip.
 */
import { FaultTrail, type SchemaFault } from '#core/config/fault-trail.ts'
import { planOf, type SchemaPlan } from '#core/config/schema-plan.ts'
import { isJsonObject, type JsonObject, type JsonSchema } from '#core/model/json.ts'
import { quote } from '#core/model/wording.ts'

export function misspelt(value: unknown, schema: JsonSchema, path = ''): SchemaFault[] {
  const trail = new FaultTrail(path)
  search(value, planOf(schema), trail)
  return trail.faults
}

function search(value: unknown, plan: SchemaPlan, trail: FaultTrail): void {
  if (Array.isArray(value)) searchItems(value, plan, trail)
  else if (isJsonObject(value) && plan.fields.size > 0) searchFields(value, plan, trail)
}

function searchItems(value: readonly unknown[], { items }: SchemaPlan, trail: FaultTrail): void {
  if (items === undefined) return
  for (const [index, item] of value.entries()) {
    trail.enter(index)
    search(item, items, trail)
    trail.leave()
  }
}

function searchFields(value: JsonObject, plan: SchemaPlan, trail: FaultTrail): void {
  for (const name of Object.keys(value)) {
    const fieldPlan = plan.fields.get(name)
    if (fieldPlan !== undefined) {
      trail.enter(name)
      search(value[name], fieldPlan, trail)
      trail.leave()
    } else if (plan.open) {
      const meant = foldedNames(plan).get(folded(name))
      if (meant !== undefined) trail.add('UnknownField', slip(meant), name)
    }
  }
}

function slip(meant: string): string {
  return `found an unknown field, allowed: ${meant}; did you mean ${quote(meant)}?`
}

/** The known fields of an open object by their folded names, kept: manifests full of newer fields ask often. */
const foldedByPlan = new WeakMap<SchemaPlan, ReadonlyMap<string, string>>()

function foldedNames(plan: SchemaPlan): ReadonlyMap<string, string> {
  const known = foldedByPlan.get(plan)
  if (known !== undefined) return known
  const names = new Map([...plan.fields.keys()].map((name) => [folded(name), name]))
  foldedByPlan.set(plan, names)
  return names
}

function folded(name: string): string {
  return name.toLowerCase().replace(/s$/, '')
}
