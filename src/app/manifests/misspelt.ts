/*
 * Below `spec`, Kubernetes' own kinds are open, since a newer API server may know more fields than we do. A field
 * that differs from a known one only in case or by a plural `s` is no such news but a slip.
 */
import type { SchemaFault } from '#core/config/schema-check.ts'
import { below } from '#core/model/field-path.ts'
import { isJsonObject, type JsonSchema } from '#core/model/json.ts'
import { quote } from '#core/model/wording.ts'

export function misspelt(value: unknown, schema: JsonSchema, path = ''): SchemaFault[] {
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined
      ? []
      : value.flatMap((item, index) => misspelt(item, items, below(path, index)))
  }
  const { properties } = schema
  if (!isJsonObject(value) || properties === undefined) return []
  return Object.entries(value).flatMap(([name, field]) => {
    const fieldSchema = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (fieldSchema !== undefined) return misspelt(field, fieldSchema, below(path, name))
    return schema.additionalProperties === true ? slip(name, Object.keys(properties), path) : []
  })
}

function slip(name: string, known: readonly string[], path: string): SchemaFault[] {
  const meant = known.find((candidate) => folded(candidate) === folded(name))
  if (meant === undefined) return []
  const message = `found an unknown field, allowed: ${meant}; did you mean ${quote(meant)}?`
  return [{ path: below(path, name), reason: 'UnknownField', message }]
}

function folded(name: string): string {
  return name.toLowerCase().replace(/s$/, '')
}
